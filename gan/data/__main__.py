"""Download the full MNIST data set, and check its files.

python -m gan.data download [DIR]  # download the full MNIST data set, 11 MB
python -m gan.data check [DIR]     # report which files exist and whether their contents are correct
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from gan.cli.command_line import INTERRUPTED, Parser, command, exit_code, some_path
from gan.data import DOWNLOAD_DIRECTORY, SAMPLE, idx
from gan.errors import InputError


def fetch(arguments: argparse.Namespace) -> None:
    """Download the full MNIST data set."""
    # Imported here so that only this command loads the code that accesses the internet.
    from gan.data.download import download

    download(arguments.directory)
    folder = arguments.directory
    print(f"The full MNIST is in {folder}, verified. Train on it with: {command('train.py')} --data {folder}")


def check(arguments: argparse.Namespace) -> None:
    """Print a line for each file; raise InputError unless all files exist and have the correct contents.

    If no folder is named, the default one may have no files at all, because training then uses the sample.
    """
    folder = arguments.directory or DOWNLOAD_DIRECTORY
    print("shipped sample")
    sample = idx.check_files(SAMPLE, idx.SAMPLE_SHA256)
    print(*(f"  {result}" for result in sample), sep="\n")
    print(f"{folder}{'' if folder.is_dir() else ' (no such folder)'}")
    full = idx.check_files(folder, idx.MNIST_SHA256)
    print(*(f"  {result}" for result in full), sep="\n", flush=True)
    if any(result.problem for result in sample):
        raise InputError("expected the shipped sample, found another or none; check out the project again")
    if arguments.directory is None and not any(result.path for result in full):
        print(f"Nothing is downloaded; training uses the sample. For the full MNIST: {command('gan.data')} download")
        return
    if problems := sum(bool(result.problem) for result in full):
        raise InputError(
            f"{folder}: expected MNIST's {len(full)} files, found {problems} missing or wrong; remove "
            f"wrong ones, then: {command('gan.data')} download {folder}"
        )


def build_parser() -> Parser:
    """Build the command line."""
    parser = Parser(command("gan.data"), description="Download and check the training digits.")
    commands = parser.add_subparsers(required=True, metavar="download | check")
    folder: dict[str, Any] = {"type": some_path, "nargs": "?", "default": DOWNLOAD_DIRECTORY, "metavar": "DIR"}
    folder["help"] = "folder (default: %(default)s)"
    download = commands.add_parser("download", help="download the full MNIST (11 MB); a stopped download resumes")
    download.add_argument("directory", **folder)
    download.set_defaults(run=fetch)
    checking = commands.add_parser("check", help="report which files exist and whether they are correct")
    folder |= {
        "default": None,
        "help": f"folder that must have them (default: {DOWNLOAD_DIRECTORY}, which may be empty)",
    }
    checking.add_argument("directory", **folder)
    checking.set_defaults(run=check)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.data` and return the exit code, 130 after Ctrl-C."""
    codes = [0]

    def run() -> None:
        arguments = build_parser().parse_args(argv)
        try:
            arguments.run(arguments)
        except KeyboardInterrupt:
            print("Stopped. The downloaded part is kept. Run the same command to continue.", file=sys.stderr)
            codes[0] = INTERRUPTED

    return exit_code("gan.data", run) or codes[0]


if __name__ == "__main__":
    sys.exit(main())
