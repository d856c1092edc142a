"""Encode a page as an SVG of filled outlines.

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

Curves = NDArray[np.float64]  # (k, 4, 2) closed chain of cubic Bézier curves

SAMPLES = 6.0  # grid samples per unit; a ballpoint line is five samples wide
REACH = 2.0  # distances from the ink are computed up to this one, in samples
# maximum distance in units between a stroke and the capsules that approximate its ink
STRAY = 0.005
# maximum distance in units between the contour and the fitted curves, 0.05 % of a
# digit's height
TOLERANCE = 0.01
# decimal places of capsules in units; with this rounding a glyph has the same cache key
# wherever it is placed
CAPSULE_DECIMALS = 4
REMEMBERED = 1024  # number of cached glyphs, about 3 kB each


def outline(glyph: Glyph, writing: Writing) -> str:
    """Return the SVG path data of the closed outlines of a character's ink.

    The character must have strokes. The outlines do not cross. On the screen, outer
    ones run anticlockwise and holes clockwise, so both of SVG's fill rules give the
    ink. The fitted curves are cached, and reused when the same glyph appears elsewhere.
    """
    capsules = capsules_of(glyph, writing.pen, STRAY)
    start = capsules[0, :2]
    # adding 0.0 turns -0.0 into 0.0, because the cache key is the bytes
    own = np.round(scaled(capsules, 1.0, *-start), CAPSULE_DECIMALS) + 0.0
    chains = [on_grid(curves + start, writing) for curves in _fitted(own.tobytes())]
    return relative(chains, closed=True)


@lru_cache(maxsize=REMEMBERED)
def _fitted(capsules: bytes) -> tuple[Curves, ...]:
    """Return the outlines of capsules, given as bytes of (n, 6) float64 in units."""
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
    """Return an SVG document with the same size in pixels as the PNG.

    `attributes` belong to the root element, and `lines` are its content. Coordinates
    are integers from the top left of the paper, GRID per unit. A unit has
    `writing.scale` pixels, so the viewBox is the size in pixels / scale * GRID.
    """
    width = round(writing.width / writing.scale * GRID, 2)
    height = round(writing.height / writing.scale * GRID, 2)
    size = f'width="{writing.width}" height="{writing.height}"'
    text = ", ".join(filter(None, map(str.strip, writing.request.text.splitlines())))
    # read aloud by screen readers
    label = "Handwriting: " + escape(re.sub(r"\s+", " ", text))
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
    """Return the paper's rules as an SVG group, or an empty list if there are none."""
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
    """Return the SVG path data of an open chain (k, 4, 2) in absolute coordinates.

    It has only the commands `M` and `C`, which are easy to parse. The exception is a
    dot, which is one curve whose points coincide: it becomes a line `h` of minimal
    length, because some programs drop empty curves.
    """
    points = np.round(curves, decimals) + 0.0  # adding 0.0 turns -0.0 into 0.0
    numbers = [
        f"{x:.{decimals}f}".rstrip("0").rstrip(".") for x in points.ravel().tolist()
    ]
    x, y = numbers[:2]
    if len(set(zip(numbers[::2], numbers[1::2], strict=True))) == 1:
        return f"M{x} {y}h{10**-decimals:.{decimals}f}"
    texts = [" ".join(numbers[i + 2 : i + 8]) for i in range(0, len(numbers), 8)]
    return f"M{x} {y}" + "".join("C" + text for text in texts)


def relative(chains: list[NDArray[np.int_]], closed: bool) -> str:
    """Return the SVG path data of chains (k, 4, 2) in relative integer coordinates.

    It is half as long as with absolute coordinates. The steps are differences of
    rounded points, so rounding errors do not accumulate. A dot becomes a line of length
    1. With `closed`, every chain must end where it starts.
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
