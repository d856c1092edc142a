"""A page of writing as SVG: filled outlines, to print and to place anywhere.

What else an SVG can be: single strokes for a plotter (plotter.py), or one that writes itself (self_writing.py).

SVG path data from chains of cubic Bézier curves.
"""

from __future__ import annotations

import re
from html import escape

import numpy as np
from numpy.typing import NDArray

from gan.write.page import Glyph, Writing, rules
from gan.write.render.outline import outlines
from gan.write.render.raster import RULE_COLOUR, rule_width

GRID = 50  # whole numbers in the SVG for each unit: 1000 to a digit's height


def to_svg(writing: Writing) -> str:
    """An SVG of outlines: a path for each character, a title for screen readers, the paper's lines below the ink."""
    paths = [f'<path d="{outline(glyph, writing)}"/>' for glyph in writing.glyphs if glyph.strokes]
    return document(writing, f'fill="{writing.request.ink}"', [*ruled(writing), *paths])


def document(writing: Writing, attributes: str, lines: list[str]) -> str:
    """The SVG around these lines, in whole numbers from the paper's top left corner. As large as the PNG."""
    width, height = (round(side / writing.scale * GRID, 2) for side in (writing.width, writing.height))
    label = spoken(writing)
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{writing.width}" height="{writing.height}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{label}" {attributes}>'
    )
    return "\n".join([start, f"<title>{label}</title>", *lines, "</svg>\n"])


def spoken(writing: Writing) -> str:
    """What a screen reader says of it, ready for an attribute."""
    text = ", ".join(filter(None, map(str.strip, writing.request.text.splitlines())))
    return "Handwriting: " + escape(re.sub(r"\s+", " ", text))


def outline(glyph: Glyph, writing: Writing) -> str:
    """Path data of a character's outlines."""
    return relative([on_grid(curves, writing) for curves in outlines(glyph, writing.pen)], closed=True)


def on_grid(points: NDArray[np.float64], writing: Writing) -> NDArray[np.int_]:
    """(..., 2) points in units as whole numbers of the SVG."""
    return np.rint((points - [0, writing.top]) * GRID).astype(int)


def ruled(writing: Writing) -> list[str]:
    """The paper's lines, if there are any: a group of one path."""
    lines = rules(writing)
    if len(lines) == 0:
        return []
    ends = on_grid(lines, writing).tolist()
    path = "".join(f"M{x0} {y0}L{x1} {y1}" for (x0, y0), (x1, y1) in ends)
    colour = "#{:02x}{:02x}{:02x}".format(*RULE_COLOUR)
    width = f"{rule_width(writing) * GRID:.5g}"
    return [f'<g fill="none" stroke="{colour}" stroke-width="{width}"><path d="{path}"/></g>']


def absolute(curves: NDArray[np.float64], decimals: int) -> str:
    """An open line for programs and plotters: `M` and `C` with absolute numbers.

    Parameters
    ----------
    curves : (k, 4, 2), each starting where the one before ends
        A dot, one curve of a single point, becomes a line as short as the decimals allow: what has no length is
        left out by some.
    """
    points = np.round(curves, decimals) + 0.0  # never -0
    numbers = [f"{x:.{decimals}f}".rstrip("0").rstrip(".") for x in points.ravel().tolist()]
    x, y = numbers[:2]
    if len(set(zip(numbers[::2], numbers[1::2], strict=True))) == 1:
        return f"M{x} {y}h{10**-decimals:.{decimals}f}"
    texts = [" ".join(numbers[i + 2 : i + 8]) for i in range(0, len(numbers), 8)]
    return f"M{x} {y}" + "".join("C" + text for text in texts)


def relative(chains: list[NDArray[np.int_]], closed: bool) -> str:
    """Whole numbers, relative and with as little between them as SVG allows: half as long.

    Parameters
    ----------
    chains : list of (k, 4, 2) int
        Points are rounded, not steps: nothing drifts. A dot becomes a line of one.
    closed
        Whether every chain ends where it starts.
    """
    parts, x, y = [], 0, 0
    for points in chains:
        left, top = points[0, 0].tolist()
        parts.append("m" + _numbers([left - x, top - y]))
        steps = (points[:, 1:] - points[:, :1]).ravel().tolist()
        parts.append("c" + _numbers(steps) if any(steps) else "h1")
        x, y = (left, top) if closed or not any(steps) else points[-1, 3].tolist()
        parts.append("z" if closed else "")
    return "".join(parts)


def _numbers(numbers: list[int]) -> str:
    """A minus sign separates too."""
    return " ".join(map(str, numbers)).replace(" -", "-")
