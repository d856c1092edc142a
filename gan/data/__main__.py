"""The command that fetches the digits and checks them.

python -m gan.data download [--to DIR]     # fetch the full MNIST, 11 MB
python -m gan.data check [DIR]             # tell what is there and whether it is right
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gan.data import DOWNLOAD_DIRECTORY, checksums
from gan.errors import InputError
from gan.shipped import SAMPLE


def _download(arguments: argparse.Namespace) -> int:
    # Imported here, so that nothing but this command even loads the code that reaches the network.
    from gan.data.download import download

    download(arguments.to)
    print(f"The full MNIST is in {arguments.to}, verified. Train on it with: python train.py --data {arguments.to}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    """Print a line a file; 0 if all of them are there and right, else 2."""
    print("shipped sample")
    sample = checksums.check(SAMPLE, checksums.SAMPLE)
    print(*(f"  {verdict}" for verdict in sample), sep="\n")
    print(f"{arguments.directory}{'' if arguments.directory.is_dir() else ' (no such folder)'}")
    full = checksums.check(arguments.directory, checksums.FULL_SET)
    print(*(f"  {verdict}" for verdict in full), sep="\n")
    return 2 if any(verdict.problem for verdict in sample + full) else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``python -m gan.data`` and give its exit code: 0 done, 2 bad input or no network, 130 stopped by Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m gan.data", description="The digits to learn from.")
    commands = parser.add_subparsers(required=True, metavar="download | check")
    download = commands.add_parser("download", help="fetch the full MNIST (11 MB); a stopped download is resumed")
    folder: dict[str, Any] = {"type": Path, "default": DOWNLOAD_DIRECTORY, "metavar": "DIR"}
    download.add_argument("--to", help="the folder to fill (default: %(default)s)", **folder)
    download.set_defaults(run=_download)
    check = commands.add_parser("check", help="tell which files are there and whether they are right")
    check.add_argument("directory", nargs="?", help="the folder to check (default: %(default)s)", **folder)
    check.set_defaults(run=_check)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. What has arrived is kept; the same command goes on from there.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
