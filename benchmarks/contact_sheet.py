"""Many numbers to look at: `python -m benchmarks.contact_sheet --pen felt --out docs/pens-felt.png`.

A hundred numbers of as many handwritings, at the usual unevenness, on one sheet. docs/writing.md shows one of each pen.
What is wrong with a few of them is seen here first.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.contest.report import guarded
from gan.command import SEED, Parser, new_file, whole
from gan.write import Writing, write
from gan.write.render.raster import opacity
from gan.write.request import PENS
from nnet.durable_write import replacing

COLUMNS = 5
GAP = 14  # pixels around every number
LABEL = 16  # pixels to the left for its number on the sheet
PAPER, LABEL_GREY = 255, 150
# Kinds of numbers that people write: # is any digit, 9 one that is not 0.
KINDS = (
    "9#",
    "9##",
    "9###",
    "9##.##",
    "9 ###",
    "20##-09-1#",
    "1#:3#",
    "0## 9## ####",
    "9#,## €",
    "9# + 9#",
    "9##%",
    "1/9",
)


def random_numbers(n: int, rng: np.random.Generator) -> list[str]:
    """Texts of all KINDS."""
    kinds = [KINDS[i] for i in rng.integers(0, len(KINDS), n)]
    return ["".join({"#": str(rng.integers(0, 10)), "9": str(rng.integers(1, 10))}.get(c, c) for c in k) for k in kinds]


def sheet(writings: Sequence[Writing], labelled: bool = False) -> Image.Image:
    """Grey on white, five in a row, each with its number before it if they are labelled."""
    inks = [opacity(writing) for writing in writings]
    height = max(ink.shape[0] for ink in inks) + GAP
    width = max(ink.shape[1] for ink in inks) + GAP + (LABEL if labelled else 0)
    rows = -(-len(inks) // COLUMNS)
    page = Image.new("L", (COLUMNS * width + GAP, rows * height + GAP), PAPER)
    pen = ImageDraw.Draw(page)
    for i, ink in enumerate(inks):
        x, y = GAP + i % COLUMNS * width, GAP + i // COLUMNS * height
        if labelled:
            pen.text((x, y + height // 3), str(i + 1), fill=LABEL_GREY)
            x += LABEL
        page.paste(Image.fromarray(PAPER - ink), (x, y))
    return page


def save(arguments: argparse.Namespace) -> None:
    """Write the numbers, and put them on a sheet of 16 greys."""
    texts = random_numbers(arguments.count, np.random.default_rng(arguments.seed))
    looks = {"pen": arguments.pen, "size": arguments.size}
    page = sheet([write(text, seed=arguments.seed + i, **looks) for i, text in enumerate(texts)])
    with replacing(arguments.out) as beside:
        page.quantize(16).save(beside, "PNG", optimize=True)
    print(f"{arguments.out}: {arguments.count} numbers, {page.width} x {page.height} pixels")


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.contact_sheet", description="Many numbers on one sheet.")
    add = parser.add_argument
    add("--pen", choices=tuple(PENS), default="felt", help="(default felt)")
    add("--count", type=whole(1, 1000), default=100, help="numbers (default 100)")
    add("--size", type=whole(16, 96), default=32, help="pixels a digit (default 32)")
    add("--seed", type=whole(*SEED), default=0, help="of the first handwriting, and of the texts (default 0)")
    add("--out", type=new_file(".png"), required=True, metavar="FILE.png")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.contact_sheet`; returns the exit code."""
    return guarded("contact_sheet", lambda: save(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
