"""Compile the writer's kernels before they are needed: `python -m gan.write.warm`.

Compiled where somebody waits for the first number, they would take half a minute. As nnet/fast/warm.py does, this calls
them all once and leaves a stamp; `make` runs both, and the server runs this one beside its start.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gan.command import exit_code
from gan.write import to_png, to_svg, write
from nnet.fast.warm import leave_stamp, once

KERNELS = Path(__file__).parent / "kernels"


def warm() -> None:
    """Write all digits, as outlines and as pixels, and leave the stamp; InputError where no generator ships."""
    writing = write("0123456789")
    to_png(writing)
    to_svg(writing)
    leave_stamp(KERNELS)


def ready() -> None:
    """Compile what is not compiled yet, and say so."""
    once(KERNELS, warm, "the writer's kernels")


def main() -> int:
    """Run `python -m gan.write.warm`; returns the exit code."""
    return exit_code("gan.write.warm", ready)


if __name__ == "__main__":
    sys.exit(main())
