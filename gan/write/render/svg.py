"""The outline of a character's ink as a few smooth curves: what an SVG fills.

Strokes cross and touch themselves, so their two sides are no outline. The distance to the ink is: it is taken on a
grid, and its zero is followed around (gan/write/kernels/outlines.py) and covered with curves (kernels/cubics.py).

What a pen leaves on the paper, as capsules: the discs along a short straight piece of a stroke.

A stroke is curved. Cut into pieces so short that nobody sees the corners, its ink is the union of their capsules, and
that is all that the PNG and the outlines need to know. How far a point is from a capsule's edge:
gan/write/kernels/pixels.py.

A page of writing as SVG: filled outlines, to print and to place anywhere.

What else an SVG can be: single strokes for a plotter (plotter.py), or one that writes itself (self_writing.py).

SVG path data from chains of cubic Bézier curves.

A page of writing for a pen plotter: an SVG of single strokes in millimetres, in the order in which they are written.

A plotter follows the middle of each line with a pen of its own, so nothing is filled, and lines on the paper are left
to the paper. No transforms, no style sheet: every program that plots reads it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from math import floor, isfinite

import numpy as np
from numpy.typing import NDArray

from gan.errors import InputError
from gan.write.page import HEIGHT, Glyph, Writing, rules
from gan.write.render.raster import RULE_COLOUR, box_of, capsules_of, rule_width, scaled
from gan.write.request import Pen

Curves = NDArray[np.float64]  # (k, 4, 2) a closed chain of cubic Béziers

SAMPLES = 6.0  # of the grid for each unit: five across the thinnest line of a ballpoint
REACH = 2.0  # samples around the edge at which the distance is wanted
STRAY = 0.005  # units between a stroke and its pieces
TOLERANCE = 0.01  # units between the edge and its curve: a twentieth of a per cent of a digit's height
CAPSULE_DECIMALS = 4  # of the capsules, in units: a glyph that was moved is still the same
REMEMBERED = 1024  # glyphs, of some 3 kB each


def outlines(glyph: Glyph, pen: Pen) -> tuple[Curves, ...]:
    """Closed outlines of a character's ink, in units on the paper.

    They do not cross; what lies within an odd number of them is ink. Outer ones run anticlockwise on the screen, holes
    clockwise. A glyph that stood elsewhere before is not fitted again.
    """
    capsules = capsules_of(glyph, pen, STRAY)
    if len(capsules) == 0:
        return ()
    x, y = capsules[0, :2].tolist()
    own = np.round(scaled(capsules, 1.0, -x, -y), CAPSULE_DECIMALS) + 0.0  # never -0.0, whose bytes are others
    return tuple(curves + np.array([x, y]) for curves in _fitted(own.tobytes()))


@lru_cache(maxsize=REMEMBERED)
def _fitted(capsules: bytes) -> tuple[Curves, ...]:
    """Outlines of the capsules whose (n, 6) float64 these bytes are."""
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


PAGES = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "letter": (215.9, 279.4)}  # mm; "fit" is as large as it must be
FIT = "fit"
DIGIT_MM = (1.0, 100.0)  # millimetres of a digit's height: below, a plotter's own pen is too wide
MARGIN_MM = (0.0, 50.0)
MM_DECIMALS = 3  # a thousandth of a millimetre is finer than any plotter


def to_plotter(writing: Writing, *, digit_mm: float = 8.0, page: str = "A4", margin_mm: float = 10.0) -> str:
    """An SVG of one `<path>` a stroke: no fill, round ends, its width that of the writing's pen.

    Parameters
    ----------
    digit_mm
        Height of a digit in millimetres, 1 to 100.
    page
        "A4", "A5" or "letter", upright, the writing in its top left corner; "fit": as large as writing and margins.
    margin_mm
        Millimetres that stay free on every side, 0 to 50. Some machines cannot reach the paper's edge.

    Raises
    ------
    InputError
        For an argument outside these limits, if there is nothing to plot, or if it does not fit on the page: the error
        says which size would. Its `field` names the argument.
    """
    _check(digit_mm, "digit_mm", DIGIT_MM)
    _check(margin_mm, "margin_mm", MARGIN_MM)
    if page not in PAGES and page != FIT:
        names = ", ".join(PAGES)
        raise InputError(f"page: expected {names} or {FIT}, received {str(page)[:40]!r}", "page")
    inked = [capsules_of(glyph, writing.pen, STRAY) for glyph in writing.glyphs if glyph.strokes]
    if not inked:
        raise InputError("text: expected a digit or a sign to plot, received none", "text")
    left, top, right, bottom = box_of(np.concatenate(inked))
    width, height = _paper((right - left, bottom - top), digit_mm, page, margin_mm)
    return _drawn(writing, digit_mm / HEIGHT, margin_mm, left, top, f"{width:.10g}", f"{height:.10g}")


def _check(value: float, field: str, limits: tuple[float, float]) -> None:
    low, high = limits
    real = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
    if not real or not low <= value <= high:
        raise InputError(f"{field}: expected a number from {low:g} to {high:g}, received {value!r}", field)


def _paper(ink: tuple[float, float], digit_mm: float, page: str, margin_mm: float) -> tuple[float, float]:
    """Width and height of the page in mm, on which ink of this size, in units, has room."""
    wide, high = (side * digit_mm / HEIGHT for side in ink)
    if page == FIT:
        return round(wide + 2 * margin_mm, MM_DECIMALS), round(high + 2 * margin_mm, MM_DECIMALS)
    room = tuple(side - 2 * margin_mm for side in PAGES[page])
    part = min(room[0] / wide, room[1] / high)
    if part < 1:
        fits = floor(digit_mm * part * 10) / 10
        size = f"digits of at most {fits:g} mm" if fits >= DIGIT_MM[0] else "less text"
        raise InputError(
            f"page: expected at most {room[0]:g} x {room[1]:g} mm of writing, what {page} has within margins of "
            f"{margin_mm:g} mm, received {wide:.1f} x {high:.1f}; choose {size}, shorter lines, or a page that is "
            f"{FIT!r}",
            "page",
        )
    return PAGES[page]


def _drawn(writing: Writing, scale: float, margin: float, left: float, top: float, width: str, height: str) -> str:
    """The SVG. `scale` is in mm for each unit; the ink's left and top, in units, come to the margins."""
    corner = np.array([left, top])
    paths: list[tuple[str, str]] = []  # width of the pen, path data
    for glyph in writing.glyphs:
        for stroke in glyph.strokes:
            usual = float(2 * writing.pen.radii(stroke.pressure, glyph.mark).mean() * scale)
            paths.append((f"{usual:.2f}", absolute((stroke.curves - corner) * scale + margin, MM_DECIMALS)))
    label = spoken(writing)
    lines = [f'<path stroke-width="{wide}" d="{data}"/>' for wide, data in paths]
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
