"""SVG output: filled outlines, or single strokes for a pen plotter.

Strokes cross and touch themselves, so their two sides are not the outline. Instead the distance to the ink is computed
on a grid, and its zero contour is fitted with curves (gan/write/kernels/outlines.py).

A plotter follows the middle of each stroke with its own pen, so its SVG has one unfilled path per stroke, in
millimetres and writing order, without the lines of the paper, transforms or style sheets: any plotting program can read
it.

For the SVG that writes itself see self_writing.py.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from math import floor

import numpy as np
from numpy.typing import NDArray

from gan.errors import InputError
from gan.write.render.raster import RULE_COLOUR, box_of, capsules_of, rule_width, scaled
from gan.write.request import FIT, PAGES, WRITING, Pen
from gan.write.writing import HEIGHT, Glyph, Writing, rules

Curves = NDArray[np.float64]  # (k, 4, 2) a closed chain of cubic Béziers

SAMPLES = 6.0  # per unit: five across the thinnest line of a ballpoint
REACH = 2.0  # samples around the edge for which the distance is computed
STRAY = 0.005  # units between a stroke and its pieces: accuracy of outlines and boxes
TOLERANCE = 0.01  # units between the edge and its curve: 0.05 % of a digit's height
CAPSULE_DECIMALS = 4  # of a unit: makes the cache key of a moved glyph the same
REMEMBERED = 1024  # cached glyphs, some 3 kB each


def outlines(glyph: Glyph, pen: Pen) -> tuple[Curves, ...]:
    """Return closed outlines of a character's ink, in units on the paper.

    They do not cross; points inside an odd number of them are ink. Outer ones run anticlockwise on the screen, holes
    clockwise. The fit is cached for a glyph at any place.
    """
    capsules = capsules_of(glyph, pen, STRAY)
    if len(capsules) == 0:
        return ()
    x, y = capsules[0, :2].tolist()
    own = np.round(scaled(capsules, 1.0, -x, -y), CAPSULE_DECIMALS) + 0.0  # never -0.0, which has other bytes
    return tuple(curves + np.array([x, y]) for curves in _fitted(own.tobytes()))


@lru_cache(maxsize=REMEMBERED)
def _fitted(capsules: bytes) -> tuple[Curves, ...]:
    """Return outlines of the capsules given as the bytes of (n, 6) float64."""
    from gan.write.kernels.outlines import contours, fit
    from gan.write.kernels.pixels import press

    ink = scaled(np.frombuffer(capsules).reshape(-1, 6), SAMPLES)  # in samples
    left, top, right, bottom = box_of(ink)
    corner = np.floor([left - REACH, top - REACH])
    columns, rows = np.ceil([right + REACH, bottom + REACH] - corner).astype(int) + 1
    distance = np.full((rows, columns), REACH, np.float32)
    press(distance, scaled(ink, 1.0, *-corner), REACH)
    points, ends = contours(distance)
    lines = np.split(points + corner, ends[:-1])
    return tuple(fit(line, TOLERANCE * SAMPLES) / SAMPLES for line in lines if len(line) >= 4)


GRID = 50  # SVG integers per unit: 1000 to a digit's height


def to_svg(writing: Writing) -> str:
    """Return an SVG of outlines: a path per character, a title for screen readers, the paper's rules below the ink."""
    paths = [f'<path d="{outline(glyph, writing)}"/>' for glyph in writing.glyphs if glyph.strokes]
    return document(writing, f'fill="{writing.request.ink}"', [*ruled(writing), *paths])


def document(writing: Writing, attributes: str, lines: list[str]) -> str:
    """Return the SVG with this content, in integers from the top left corner of the paper; as large as the PNG."""
    width, height = (round(side / writing.scale * GRID, 2) for side in (writing.width, writing.height))
    label = spoken(writing)
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{writing.width}" height="{writing.height}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{label}" {attributes}>'
    )
    return "\n".join([start, f"<title>{label}</title>", *lines, "</svg>\n"])


def spoken(writing: Writing) -> str:
    """Return the text for screen readers, escaped for an attribute."""
    text = ", ".join(filter(None, map(str.strip, writing.request.text.splitlines())))
    return "Handwriting: " + escape(re.sub(r"\s+", " ", text))


def outline(glyph: Glyph, writing: Writing) -> str:
    """Return path data of a character's outlines."""
    return relative([on_grid(curves, writing) for curves in outlines(glyph, writing.pen)], closed=True)


def on_grid(points: NDArray[np.float64], writing: Writing) -> NDArray[np.int_]:
    """Convert points (..., 2) from units to integers of the SVG."""
    return np.rint((points - [0, writing.top]) * GRID).astype(int)


def ruled(writing: Writing) -> list[str]:
    """Return the paper's rules as a group with one path, or nothing."""
    lines = rules(writing)
    if len(lines) == 0:
        return []
    ends = on_grid(lines, writing).tolist()
    path = "".join(f"M{x0} {y0}L{x1} {y1}" for (x0, y0), (x1, y1) in ends)
    colour = "#{:02x}{:02x}{:02x}".format(*RULE_COLOUR)
    width = f"{rule_width(writing) * GRID:.5g}"
    return [f'<g fill="none" stroke="{colour}" stroke-width="{width}"><path d="{path}"/></g>']


def absolute(curves: NDArray[np.float64], decimals: int) -> str:
    """Return path data of an open chain (k, 4, 2) with absolute coordinates, `M` and `C`, for programs and plotters.

    A dot, one curve with coinciding points, becomes a line of the least length: some programs drop empty lines.
    """
    points = np.round(curves, decimals) + 0.0  # never -0
    numbers = [f"{x:.{decimals}f}".rstrip("0").rstrip(".") for x in points.ravel().tolist()]
    x, y = numbers[:2]
    if len(set(zip(numbers[::2], numbers[1::2], strict=True))) == 1:
        return f"M{x} {y}h{10**-decimals:.{decimals}f}"
    texts = [" ".join(numbers[i + 2 : i + 8]) for i in range(0, len(numbers), 8)]
    return f"M{x} {y}" + "".join("C" + text for text in texts)


def relative(chains: list[NDArray[np.int_]], closed: bool) -> str:
    """Return path data of chains (k, 4, 2) in relative integers with minimal separators: half as long.

    Points are rounded, not steps, so errors do not accumulate. A dot becomes a line of length 1. A closed chain ends
    where it starts.
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
    """Join numbers; a minus sign is a separator, too."""
    return " ".join(map(str, numbers)).replace(" -", "-")


MM_DECIMALS = 3  # a micrometre is finer than any plotter


def to_plotter(writing: Writing, *, digit_mm: float = 8.0, page: str = "A4", margin_mm: float = 10.0) -> str:
    """Return an SVG of one `<path>` per stroke: no fill, round ends, the width of the writing's pen.

    Parameters
    ----------
    digit_mm
        Height of a digit in millimetres, 1 to 100.
    page
        "A4", "A5" or "letter", upright, with the writing in its top left corner; "fit" is as large as writing and
        margins.
    margin_mm
        Free millimetres on every side, 0 to 50. Some machines cannot reach the edge of the paper.

    Raises
    ------
    InputError
        For an argument outside these limits, if there is nothing to plot, or if the writing does not fit on the page:
        the error names a size that fits. Its `field` names the argument.
    """
    for name, value in {"digit_mm": digit_mm, "margin_mm": margin_mm, "page": page}.items():
        WRITING[name].check(value)
    inked = [capsules_of(glyph, writing.pen, STRAY) for glyph in writing.glyphs if glyph.strokes]
    if not inked:
        raise InputError("text: expected a digit or a sign to plot, received none", "text")
    left, top, right, bottom = box_of(np.concatenate(inked))
    width, height = _paper((right - left, bottom - top), digit_mm, page, margin_mm)
    return _drawn(writing, digit_mm / HEIGHT, margin_mm, left, top, f"{width:.10g}", f"{height:.10g}")


def _paper(ink: tuple[float, float], digit_mm: float, page: str, margin_mm: float) -> tuple[float, float]:
    """Return width and height of the page in mm; InputError if ink of this size, in units, does not fit."""
    wide, high = (side * digit_mm / HEIGHT for side in ink)
    if page == FIT:
        return round(wide + 2 * margin_mm, MM_DECIMALS), round(high + 2 * margin_mm, MM_DECIMALS)
    room = tuple(side - 2 * margin_mm for side in PAGES[page])
    part = min(room[0] / wide, room[1] / high)
    if part < 1:
        fits = floor(digit_mm * part * 10) / 10
        size = f"digits of at most {fits:g} mm" if fits >= WRITING["digit_mm"].range[0] else "less text"
        raise InputError(
            f"page: expected at most {room[0]:g} x {room[1]:g} mm of writing, what {page} has within margins of "
            f"{margin_mm:g} mm, received {wide:.1f} x {high:.1f}; choose {size}, shorter lines, or a page that is "
            f"{FIT!r}",
            "page",
        )
    return PAGES[page]


def _drawn(writing: Writing, scale: float, margin: float, left: float, top: float, width: str, height: str) -> str:
    """Return the SVG. `scale` is in mm per unit; the ink's left and top, in units, move to the margins."""
    corner = np.array([left, top])
    lines: list[str] = []
    for glyph in writing.glyphs:
        for stroke in glyph.strokes:
            mean = float(2 * writing.pen.radii(stroke.pressure, glyph.mark).mean() * scale)
            data = absolute((stroke.curves - corner) * scale + margin, MM_DECIMALS)
            lines.append(f'<path stroke-width="{mean:.2f}" d="{data}"/>')
    label = spoken(writing)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
            f'viewBox="0 0 {width} {height}" role="img" aria-label="{label}">',
            f"<title>{label}</title>",
            f'<g fill="none" stroke="{writing.request.ink}" stroke-linecap="round" stroke-linejoin="round">',
            *lines,
            "</g>",
            "</svg>\n",
        ]
    )
