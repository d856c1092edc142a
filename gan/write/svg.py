"""Encode a page as SVG: filled outlines of the ink.

Strokes cross and touch themselves, so their two sides do not form the outline of the
ink. Instead, the distance to the ink is computed on a grid, and curves are fitted to
its zero contour (gan/write/kernels/outlines.py).
"""

import re
from functools import lru_cache
from html import escape

import numpy as np
from numpy.typing import NDArray

from gan.write.raster import RULE_COLOUR, box_of, capsules_of, rule_width, scaled
from gan.write.strokes_and_pages import Glyph, Writing, rules

Curves = NDArray[np.float64]  # (k, 4, 2) a closed chain of cubic Bézier curves

SAMPLES = 6.0  # samples per unit; the thinnest ballpoint line is five samples wide
REACH = 2.0  # distance from the edge, in samples, up to which the distance is computed
# maximum distance in units between a stroke and its pieces; the accuracy of outlines
# and boxes
STRAY = 0.005
# maximum distance in units between the edge and its curve, 0.05 % of a digit's height
TOLERANCE = 0.01
# decimal places in units; with this rounding a moved glyph keeps its cache key
CAPSULE_DECIMALS = 4
REMEMBERED = 1024  # number of cached glyphs, about 3 kB each


def outline(glyph: Glyph, writing: Writing) -> str:
    """Return the path data of the closed outlines of a character's ink.

    The character must have strokes.

    The outlines do not cross, and points inside an odd number of them are ink. On the
    screen, outer outlines run anticlockwise and holes clockwise. The fitted curves are
    cached and reused when the same glyph appears elsewhere.
    """
    capsules = capsules_of(glyph, writing.pen, STRAY)
    start = capsules[0, :2]
    # turns -0.0 into 0.0, which has other bytes
    own = np.round(scaled(capsules, 1.0, *-start), CAPSULE_DECIMALS) + 0.0
    chains = [on_grid(curves + start, writing) for curves in _fitted(own.tobytes())]
    return relative(chains, closed=True)


@lru_cache(maxsize=REMEMBERED)
def _fitted(capsules: bytes) -> tuple[Curves, ...]:
    """Return the outlines of capsules, given as the bytes of (n, 6) float64."""
    from gan.write.kernels.components_and_marks import press
    from gan.write.kernels.outlines import contours, fit

    ink = scaled(np.frombuffer(capsules).reshape(-1, 6), SAMPLES)  # in samples
    left, top, right, bottom = box_of(ink)
    corner = np.floor([left - REACH, top - REACH])
    columns, rows = np.ceil([right + REACH, bottom + REACH] - corner).astype(int) + 1
    distance = np.full((rows, columns), REACH, np.float32)
    press(distance, scaled(ink, 1.0, *-corner), REACH)
    points, ends = contours(distance)
    lines = np.split(points + corner, ends[:-1])
    return tuple(
        fit(line, TOLERANCE * SAMPLES) / SAMPLES for line in lines if len(line) >= 4
    )


GRID = 50  # integer SVG coordinates per unit, so 1000 for a digit's height


def to_svg(writing: Writing) -> str:
    """Return an SVG with an outline path per character, over the rules of the paper."""
    paths = [
        f'<path d="{outline(glyph, writing)}"/>'
        for glyph in writing.glyphs
        if glyph.strokes
    ]
    return document(writing, f'fill="{writing.request.ink}"', [*ruled(writing), *paths])


def document(writing: Writing, attributes: str, lines: list[str]) -> str:
    """Return an SVG document as large as the PNG.

    Coordinates are integers from the top left of the paper, GRID per unit. A unit has
    `writing.scale` pixels. So the viewBox is the size in pixels / scale * GRID.
    """
    width = round(writing.width / writing.scale * GRID, 2)
    height = round(writing.height / writing.scale * GRID, 2)
    size = f'width="{writing.width}" height="{writing.height}"'
    text = ", ".join(filter(None, map(str.strip, writing.request.text.splitlines())))
    label = "Handwriting: " + escape(re.sub(r"\s+", " ", text))  # for screen readers
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{label}" '
        f"{attributes}>"
    )
    return "\n".join([start, f"<title>{label}</title>", *lines, "</svg>\n"])


def on_grid(points: NDArray[np.float64], writing: Writing) -> NDArray[np.int_]:
    """Convert points (..., 2) from units to integer SVG coordinates."""
    return np.rint((points - [0, writing.top]) * GRID).astype(int)


def ruled(writing: Writing) -> list[str]:
    """Return the paper's rules as a group with one path, or an empty list if none."""
    lines = rules(writing)
    if len(lines) == 0:
        return []
    path = "".join(
        f"M{x0} {y0}L{x1} {y1}"
        for (x0, y0), (x1, y1) in on_grid(lines, writing).tolist()
    )
    colour = "#{:02x}{:02x}{:02x}".format(*RULE_COLOUR)
    width = f"{rule_width(writing) * GRID:.5g}"
    return [
        f'<g fill="none" stroke="{colour}" stroke-width="{width}">'
        f'<path d="{path}"/></g>'
    ]


def absolute(curves: NDArray[np.float64], decimals: int) -> str:
    """Return the path data of an open chain (k, 4, 2) in absolute coordinates.

    It has only `M` and `C`, for other programs. A dot, which is one curve whose points
    coincide, becomes a line of minimal length, because some programs drop empty lines.
    """
    points = np.round(curves, decimals) + 0.0  # turns -0 into 0
    numbers = [
        f"{x:.{decimals}f}".rstrip("0").rstrip(".") for x in points.ravel().tolist()
    ]
    x, y = numbers[:2]
    if len(set(zip(numbers[::2], numbers[1::2], strict=True))) == 1:
        return f"M{x} {y}h{10**-decimals:.{decimals}f}"
    texts = [" ".join(numbers[i + 2 : i + 8]) for i in range(0, len(numbers), 8)]
    return f"M{x} {y}" + "".join("C" + text for text in texts)


def relative(chains: list[NDArray[np.int_]], closed: bool) -> str:
    """Return the path data of chains (k, 4, 2) in relative integer coordinates.

    It is half as long as with absolute coordinates. Points are rounded instead of
    steps, so that errors do not accumulate. A dot becomes a line of length 1. A closed
    chain ends where it starts.
    """
    parts = []
    x = 0
    y = 0
    for points in chains:
        left, top = points[0, 0].tolist()
        parts.append("m" + _numbers([left - x, top - y]))
        steps = (points[:, 1:] - points[:, :1]).ravel().tolist()
        parts.append("c" + _numbers(steps) if any(steps) else "h1")
        x, y = (left, top) if closed or not any(steps) else points[-1, 3].tolist()
        parts.append("z" if closed else "")
    return "".join(parts)


def _numbers(numbers: list[int]) -> str:
    """Join numbers with spaces, but without a space before a minus sign."""
    return " ".join(map(str, numbers)).replace(" -", "-")
