"""The command line of the number writer.

python -m gan.write 2026-11-25 -o number.svg [--seed 7 --ink '#123' --slant 5 --thickness 1.2 --size 96]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from gan.errors import InputError
from gan.write import (
    DEFAULT_INK,
    DEFAULT_SIZE,
    HANDS,
    LONGEST,
    SEEDS,
    SIZES,
    SLANTS,
    THICKNESSES,
    Writing,
    to_json,
    to_png,
    to_svg,
    write,
)

FORMATS: dict[str, Callable[[Writing], bytes]] = {
    ".png": to_png,
    ".svg": lambda writing: to_svg(writing).encode(),
    ".json": lambda writing: (json.dumps(to_json(writing), indent=1) + "\n").encode(),
}


def parser() -> argparse.ArgumentParser:
    """The options, each with its range."""
    options = argparse.ArgumentParser(
        prog="python -m gan.write",
        description="Write a number by hand: digits drawn by the trained generators, laid out on a line.",
        epilog="A number that begins with - goes last, after --: python -m gan.write -o number.svg -- -3-4",
    )
    add = options.add_argument
    add("number", help=f"what to write: digits, spaces and -, at most {LONGEST} characters")
    add("-o", "--out", type=Path, required=True, metavar="FILE", help="a file ending in .png, .svg or .json")
    add("--seed", type=int, default=0, help=f"another seed, another hand: {SEEDS[0]} to {SEEDS[1]} (default 0)")
    add("--ink", default=DEFAULT_INK, help=f"#rgb or #rrggbb (default {DEFAULT_INK})")
    add(
        "--size",
        type=int,
        default=DEFAULT_SIZE,
        help=f"height of a digit in pixels: {SIZES[0]} to {SIZES[1]} (default {DEFAULT_SIZE})",
    )
    slants = f"{SLANTS[0]:g} to {SLANTS[1]:g}"
    add("--slant", type=float, default=0.0, help=f"degrees, added to the hand's: {slants} (default 0)")
    add(
        "--thickness",
        type=float,
        default=1.0,
        help=f"times the hand's own stroke: {THICKNESSES[0]:g} to {THICKNESSES[1]:g} (default 1)",
    )
    add("--hand", default=HANDS[0], metavar="H", help="one: all in one hand (default); ten: a network for each digit")
    return options


def run(arguments: argparse.Namespace) -> None:
    """Write the file that the arguments ask for.

    Raises
    ------
    InputError
        For a bad argument, an unknown suffix, or a file that cannot be written.
    """
    out: Path = arguments.out
    form = FORMATS.get(out.suffix.lower())
    if form is None:
        raise InputError(f"-o: expected a name that ends in .png, .svg or .json, received {out}", "out")
    writing = write(
        arguments.number,
        seed=arguments.seed,
        ink=arguments.ink,
        size=arguments.size,
        slant=arguments.slant,
        thickness=arguments.thickness,
        hand=arguments.hand,
    )
    _save(out, form(writing))
    print(f"{out}: {writing.width} x {writing.height} pixels")


def _save(out: Path, content: bytes) -> None:
    """Written beside and renamed: a reader never meets half a file."""
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(out)
    except OSError as error:
        with suppress(OSError):  # where it could not be made, it cannot be removed
            beside.unlink()
        raise InputError(f"-o: cannot write {out}: {error.strerror}; choose another place", "out") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 if the file was written, 2 with one line on the error stream if the input was bad."""
    try:
        run(parser().parse_args(arguments))
    except InputError as error:
        print(f"gan.write: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
