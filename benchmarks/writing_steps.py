"""How a drawing becomes ink, step by step: `python -m benchmarks.writing_steps --out docs/writing.png`.

A row for each digit of one handwriting, a column for each step of docs/writing.md.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.contest.report import guarded
from gan.command import SEED, Parser, new_file, whole
from gan.config import DIGITS
from gan.write.glyphs.drawing_rules import FELT
from gan.write.glyphs.glyph_cache import handwriting_of
from gan.write.glyphs.handwriting import source_of
from gan.write.page import along
from gan.write.request import PENS, Pen
from gan.write.vectorize.ink import ENLARGED, SIZE, Picture, depths_of, ink_of, thin
from gan.write.vectorize.trace import graph_of, trace
from gan.write.vectorize.vectorize import STUBS, Redrawn, redraw
from nnet.durable_write import replacing

CELL = 4 * SIZE  # pixels of a cell's side, drawn FINE times as large
FINE = 2
SCALE = FINE * CELL / SIZE  # pixels for each unit
HEAD = 22
PALE, DARK, MARKED = (205, 205, 200), (30, 30, 30), (200, 60, 20)
COLOURS = ((23, 94, 168), (200, 60, 20), (30, 130, 70))  # of the first stroke, the second, the third


class Cell:
    """A square of paper on which a digit's pixels are SCALE wide."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (FINE * CELL, FINE * CELL), "white")
        self.pen = ImageDraw.Draw(self.image)

    def pixels(self, shades: NDArray[np.uint8], colour: tuple[int, int, int] = DARK) -> None:
        """Lay a picture on it, (n, n), 255 in this colour."""
        mask = Image.fromarray(shades).resize(self.image.size, Image.Resampling.NEAREST)
        self.image.paste(colour, (0, 0), mask)

    def line(self, points: NDArray[np.float64], colour: tuple[int, int, int], width: int = 3) -> None:
        """Through points (n, 2) in pixels of the drawing."""
        self.pen.line([tuple(point) for point in (points * SCALE).tolist()], fill=colour, width=width, joint="curve")

    def discs(
        self, points: NDArray[np.float64], radii: NDArray[np.float64] | float, colour: tuple[int, int, int]
    ) -> None:
        """Filled, at points (n, 2), in pixels of the drawing."""
        for (x, y), r in zip((points * SCALE).tolist(), np.broadcast_to(radii, len(points)) * SCALE, strict=True):
            self.pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def drawing(cell: Cell, picture: Picture, digit: int) -> None:
    """What the generator drew."""
    cell.pixels(picture)


def ink(cell: Cell, picture: Picture, digit: int) -> None:
    """Enlarged, and where it is dark enough."""
    cell.pixels(np.uint8(255) * ink_of(picture))


def middle(cell: Cell, picture: Picture, digit: int) -> None:
    """Thinned."""
    cell.pixels(np.uint8(255) * ink_of(picture), PALE)
    cell.discs((thin(ink_of(picture))[:, ::-1] + 0.5) / ENLARGED, 0.12, MARKED)


def lines(cell: Cell, picture: Picture, digit: int) -> None:
    """Lines and nodes, hairs cut off and bridges drawn together; a colour for each path of the pen."""
    bare = ink_of(picture)
    points = thin(bare)
    radii = depths_of(bare, points)
    graph = graph_of(points, radii)
    graph.clean(float(np.median(radii)))
    cell.pixels(np.uint8(255) * bare, PALE)
    for i, path in enumerate(trace(graph, float(np.median(radii)), STUBS.get(digit))):
        cell.line(path.points, COLOURS[i % len(COLOURS)])
    cell.discs(np.array([*graph.nodes.values()]), 0.5, DARK)


def strokes(cell: Cell, picture: Picture, digit: int) -> None:
    """Smooth, in order and direction: a dot where each begins, and corners."""
    drawn = redraw(picture, digit)
    cell.pixels(np.uint8(255) * drawn.ink, PALE)
    for i, stroke in enumerate(drawn.strokes):
        points, _ = stroke.sampled(0.1)
        cell.line(points, COLOURS[i % len(COLOURS)], 4)
        cell.discs(points[:1], 0.8, COLOURS[i % len(COLOURS)])
    cell.discs(drawn.corners, 0.45, DARK)


def inked(cell: Cell, drawn: Redrawn, pen: Pen) -> None:
    """By a pen."""
    points, pressure, _ = along(drawn.strokes, 0.1)
    cell.discs(points, pen.radii(pressure, pen.mark(2 * drawn.radius / FELT.width)), DARK)


STEPS: dict[str, Callable[[Cell, Picture, int], None]] = {
    "1 drawing": drawing,
    "2 ink": ink,
    "3 middle line": middle,
    "4 lines": lines,
    "5 strokes": strokes,
    "6 felt tip": lambda cell, picture, digit: inked(cell, redraw(picture, digit), PENS["felt"]),
    "ballpoint": lambda cell, picture, digit: inked(cell, redraw(picture, digit), PENS["ballpoint"]),
}


def table(pictures: Sequence[Picture]) -> Image.Image:
    """The pictures of the digits 0, 1, 2 ... through all STEPS."""
    page = Image.new("RGB", (len(STEPS) * CELL, HEAD + len(pictures) * CELL), "white")
    pen = ImageDraw.Draw(page)
    for column, (name, show) in enumerate(STEPS.items()):
        pen.text((column * CELL + 8, 6), name, fill=DARK)
        for digit, picture in enumerate(pictures):
            cell = Cell()
            show(cell, picture, digit)
            small = cell.image.resize((CELL, CELL), Image.Resampling.BOX)
            page.paste(small, (column * CELL, HEAD + digit * CELL))
    return page


def save(arguments: argparse.Namespace) -> None:
    """Take the drawings that a handwriting's digits were made from, and show what became of them."""
    source, writer = source_of("one", arguments.seed), handwriting_of("one", arguments.seed)
    forms = writer.forms([(digit, 0, 0) for digit in range(DIGITS)])
    page = table([source.draw([form.digit], [form.latent[None]])[0][0] for form in forms])
    with replacing(arguments.out) as beside:
        page.quantize(32).save(beside, "PNG", optimize=True)
    print(f"{arguments.out}: {page.width} x {page.height} pixels")


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.writing_steps", description="From a drawing to ink, step by step.")
    parser.add_argument("--seed", type=whole(*SEED), default=7, help="of the handwriting (default 7)")
    parser.add_argument("--out", type=new_file(".png"), required=True, metavar="FILE.png")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.writing_steps`; returns the exit code."""
    return guarded("writing_steps", lambda: save(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
