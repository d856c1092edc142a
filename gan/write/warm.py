"""Compile the writer's kernels in advance: `python -m gan.write.warm`.

Compiling them takes half a minute. Like nnet/fast/warm.py, this module calls them all once and leaves a stamp; `make`
runs both, and the writer processes of a server do the same as they start.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gan.command import exit_code
from gan.write import to_png, to_svg, write
from nnet.fast.warm import is_warm, leave_stamp, once

KERNELS = Path(__file__).parent / "kernels"


def write_all() -> None:
    """Write all digits as outlines and pixels, which loads networks and kernels. InputError without a generator."""
    writing = write("0123456789")
    to_png(writing)
    to_svg(writing)


def warm() -> None:
    """Compile all kernels and leave the stamp."""
    write_all()
    leave_stamp(KERNELS)


def is_compiled() -> bool:
    """Whether all kernels are compiled."""
    return is_warm(KERNELS)


def make_ready() -> None:
    """Load and, if needed, compile everything, without output."""
    (write_all if is_compiled() else warm)()


def ready() -> None:
    """Compile missing kernels and report it."""
    once(KERNELS, warm, "the writer's kernels")


def main() -> int:
    """Run `python -m gan.write.warm`; return the exit code."""
    return exit_code("gan.write.warm", ready)


if __name__ == "__main__":
    sys.exit(main())
