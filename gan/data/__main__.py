"""Download the full MNIST data set.

python -m gan.data download [DIR]  # 11 MB
"""

import sys
from collections.abc import Sequence

from gan.cli.command_line import Parser, command, exit_code, some_path
from gan.data import DOWNLOAD_DIRECTORY


def build_parser() -> Parser:
    parser = Parser(command("gan.data"), description="Download the training digits.")
    commands = parser.add_subparsers(required=True, metavar="download")
    download = commands.add_parser("download", help="download the full MNIST (11 MB), and verify it")
    words = f"folder (default: {DOWNLOAD_DIRECTORY})"
    download.add_argument("directory", type=some_path, nargs="?", default=DOWNLOAD_DIRECTORY, metavar="DIR", help=words)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    def task() -> None:
        folder = build_parser().parse_args(argv).directory
        from gan.data.download import download  # imported here so that only this loads code that accesses the internet

        download(folder)
        print(f"The full MNIST is in {folder}, verified. Train on it with: {command('train.py')} --data {folder}")

    return exit_code("gan.data", task)


if __name__ == "__main__":
    sys.exit(main())
