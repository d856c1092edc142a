"""Compile the writer's kernels before they are needed: `python -m gan.write.warm`.

Compiled where somebody waits for the first number, they would take half a minute. As nnet/fast/warm.py does, this calls
them all once and leaves a stamp; `make` runs both, and a server's writers do this as they start.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gan.command import exit_code
from gan.write import to_png, to_svg, write
from nnet.fast.warm import is_warm, leave_stamp, once

KERNELS = Path(__file__).parent / "kernels"


def write_all() -> None:
    """Write all digits, as outlines and as pixels: loads networks and kernels. InputError where no generator ships."""
    writing = write("0123456789")
    to_png(writing)
    to_svg(writing)


def warm() -> None:
    """Write all digits, and leave the stamp."""
    write_all()
    leave_stamp(KERNELS)


def is_compiled() -> bool:
    """Whether no kernel has to be compiled."""
    return is_warm(KERNELS)


def make_ready() -> None:
    """Make this process ready to write at once, without a word."""
    (write_all if is_compiled() else warm)()


def ready() -> None:
    """Compile what is not compiled yet, and say so."""
    once(KERNELS, warm, "the writer's kernels")


def main() -> int:
    """Run `python -m gan.write.warm`; returns the exit code."""
    return exit_code("gan.write.warm", ready)


if __name__ == "__main__":
    sys.exit(main())
