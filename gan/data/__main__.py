"""Write MNIST's files for other programs.

python -m gan.data write FOLDER  # 55 MB
"""

import sys
from collections.abc import Sequence

from gan.cli.command_line import Parser, command, exit_code, some_path
from gan.data.mnist import write


def build_parser() -> Parser:
    parser = Parser(command("gan.data"), description="Write MNIST's files for other programs.")
    commands = parser.add_subparsers(required=True, metavar="write")
    parts = commands.add_parser("write", help="write MNIST's four files in their original format (55 MB)")
    parts.add_argument("folder", type=some_path, metavar="FOLDER", help="folder to write to; created if missing")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    def task() -> None:
        for path in write(build_parser().parse_args(argv).folder):
            print(path)

    return exit_code("gan.data", task)


if __name__ == "__main__":
    sys.exit(main())
