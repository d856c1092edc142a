"""Compile the writer's kernels in advance: `python -m gan.write.warm`.

Compiling them takes half a minute. Like nnet/fast/warm.py, this module calls every kernel once and leaves a stamp file.
`make` runs both modules, and a server's writer processes do the same when they start.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gan.command_line import exit_code
from gan.write import to_png, to_svg, write
from nnet.fast.warm import is_warm, leave_stamp, once

KERNELS = Path(__file__).parent / "kernels"


def write_all() -> None:
    """Write all digits as outlines and pixels, which loads all networks and kernels.

    Raise InputError if there is no generator.
    """
    writing = write("0123456789")
    to_png(writing)
    to_svg(writing)


def warm() -> None:
    """Compile all kernels and leave the stamp file."""
    write_all()
    leave_stamp(KERNELS)


def is_compiled() -> bool:
    """Return whether all kernels have been compiled."""
    return is_warm(KERNELS)


def make_ready() -> None:
    """Load all networks and kernels, and compile kernels if necessary, without printing anything."""
    (write_all if is_compiled() else warm)()


def ready() -> None:
    """Compile the kernels if necessary, and report that on the terminal."""
    once(KERNELS, warm, "the writer's kernels")


def main() -> int:
    """Run `python -m gan.write.warm` and return the exit code."""
    return exit_code("gan.write.warm", ready)


if __name__ == "__main__":
    sys.exit(main())
