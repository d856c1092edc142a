"""A page of writing for a pen plotter: an SVG of single strokes in millimetres, in the order in which they are written.

A plotter follows the middle of each line with a pen of its own, so nothing is filled, and lines on the paper are left
to the paper. No transforms, no style sheet: every program that plots reads it.
"""

from __future__ import annotations

from math import floor, isfinite

import numpy as np

from gan.errors import InputError
from gan.write.page import HEIGHT, Writing
from gan.write.render.outline import box_of, capsules_of
from gan.write.render.svg import absolute, spoken

PAGES = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "letter": (215.9, 279.4)}  # mm; "fit" is as large as it must be
FIT = "fit"
DIGIT_MM = (1.0, 100.0)  # millimetres of a digit's height: below, a plotter's own pen is too wide
MARGIN_MM = (0.0, 50.0)
DECIMALS = 3  # a thousandth of a millimetre is finer than any plotter
STRAY = 0.005  # units: how exactly the ink's box is measured


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
        return round(wide + 2 * margin_mm, DECIMALS), round(high + 2 * margin_mm, DECIMALS)
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
            paths.append((f"{usual:.2f}", absolute((stroke.curves - corner) * scale + margin, DECIMALS)))
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
