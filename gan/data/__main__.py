"""Write MNIST's files for other programs.

python -m gan.data write FOLDER  # 55 MB
"""

import sys
from collections.abc import Sequence

from gan.cli.command_line import Parser, command, exit_code, some_path
from gan.data.mnist import write


def run(argv: Sequence[str] | None) -> None:
    parser = Parser(
        command("gan.data"), description="Write MNIST's files for other programs."
    )
    parser.add_argument(
        "write",
        choices=["write"],
        help="write MNIST's four files in their original format (55 MB)",
    )
    parser.add_argument(
        "folder",
        type=some_path,
        metavar="FOLDER",
        help="folder to write to; created if missing",
    )
    print(*write(parser.parse_args(argv).folder), sep="\n")


def main(argv: Sequence[str] | None = None) -> int:
    return exit_code("gan.data", lambda: run(argv))


if __name__ == "__main__":
    sys.exit(main())
