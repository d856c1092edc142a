"""Compile the writer's kernels in advance: `python -m gan.write.warm`.

This takes 8 s of CPU (measured by `python -m benchmarks.writer --cold`). `make test`
runs this module, and a server's writer processes do the same when they start.
"""

import sys

from gan.cli.command_line import exit_code
from gan.write import to_png, to_svg, write
from nnet.fast.warm import announced


def write_all() -> None:
    """Write all digits as PNG and SVG, so that every kernel is compiled or loaded.

    Raise InputError if the bundled generator is missing.
    """
    writing = write("0123456789")
    to_png(writing)
    to_svg(writing)


def main() -> int:
    return exit_code(
        "gan.write.warm", lambda: announced(write_all, "the writer's kernels")
    )


if __name__ == "__main__":
    sys.exit(main())
