"""The command line of the number writer.

python -m gan.write 2026-11-25 -o number.svg [--seed 7 --ink '#123' --slant 5 --thickness 1.2 --size 96]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from gan.command import Parser, decimal, exit_code, new_file, whole
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
from nnet.files import replacing

FORMATS: dict[str, Callable[[Writing], bytes]] = {
    ".png": to_png,
    ".svg": lambda writing: to_svg(writing).encode(),
    ".json": lambda writing: (json.dumps(to_json(writing), indent=1) + "\n").encode(),
}


def build_parser() -> Parser:
    """The options, each with its range; of number and ink `gan.write.write` says what is wrong with them."""
    parser = Parser(
        "python -m gan.write",
        description="Write a number by hand: digits drawn by the trained generators, laid out on a line.",
        epilog="A number that begins with - goes last, after --: python -m gan.write -o number.svg -- -3-4",
    )
    add = parser.add_argument
    add("number", help=f"what to write: digits, spaces and -, at most {LONGEST} characters")
    add("-o", "--out", type=new_file(*FORMATS), required=True, metavar="FILE", help=f"ends in {', '.join(FORMATS)}")
    add("--seed", type=whole(*SEEDS), default=0, help=f"another seed, another hand: {span(SEEDS)} (default 0)")
    add("--ink", default=DEFAULT_INK, help=f"#rgb or #rrggbb (default {DEFAULT_INK})")
    size = f"height of a digit in pixels: {span(SIZES)} (default {DEFAULT_SIZE})"
    add("--size", type=whole(*SIZES), default=DEFAULT_SIZE, help=size)
    slant = f"degrees, added to the hand's: {span(SLANTS)} (default 0)"
    add("--slant", type=decimal(*SLANTS), default=0.0, help=slant)
    thickness = f"times the hand's own stroke: {span(THICKNESSES)} (default 1)"
    add("--thickness", type=decimal(*THICKNESSES), default=1.0, help=thickness)
    add("--hand", choices=HANDS, default=HANDS[0], help="one: all in one hand (default); ten: a network for each digit")
    return parser


def span(limits: tuple[float, float]) -> str:
    """A range in words."""
    return f"{limits[0]:.10g} to {limits[1]:.10g}"


def save(arguments: argparse.Namespace) -> None:
    """Write the file that the arguments ask for; InputError for a bad number or ink, OSError for a full disk."""
    wish = vars(arguments).copy()
    out = wish.pop("out")
    writing = write(**wish)
    content = FORMATS[out.suffix.lower()](writing)
    with replacing(out) as beside:
        beside.write_bytes(content)
    print(f"{out}: {writing.width} x {writing.height} pixels")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.write`; returns the exit code."""
    return exit_code("gan.write", lambda: save(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
