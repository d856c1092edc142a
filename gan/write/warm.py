"""Compile the writer's kernels in advance: `python -m gan.write.warm`.

Compiling them takes 8 s of CPU (`python -m benchmarks.writer --cold`). `make test` runs
this module, and a server's writer processes do the same when they start.
"""

import sys

from gan.cli.command_line import exit_code
from gan.write import to_png, to_svg, write
from nnet.fast.warm import announced


def write_all() -> None:
    """Use all networks and kernels, which compiles them if necessary.

    Raise InputError if there is no generator.
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
