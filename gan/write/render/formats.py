"""The files that a page of writing becomes, by the names under which the command line and the server offer them.

What was written and where, as plain values for JSON: labels for whoever reads handwriting, strokes for who draws.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gan.errors import InputError
from gan.write.page import Glyph, Stroke, Writing
from gan.write.render.raster import box_of, capsules_of, to_png
from gan.write.render.self_writing import to_self_writing
from gan.write.render.svg import absolute, to_plotter, to_svg

OPTIONS = {  # what one format may be told, and no other
    "strokes": ("page", "digit_mm", "margin_mm"),
    "animated": ("written", "seconds"),
}


@dataclass(frozen=True)
class Format:
    """A kind of file."""

    suffix: str
    content_type: str
    encode: Callable[..., bytes]  # of a Writing


FORMATS = {
    "png": Format(".png", "image/png", to_png),
    "svg": Format(".svg", "image/svg+xml", lambda writing: to_svg(writing).encode()),
    "strokes": Format(".svg", "image/svg+xml", lambda writing, **told: to_plotter(writing, **told).encode()),
    "animated": Format(".svg", "image/svg+xml", lambda writing, **told: to_self_writing(writing, **told).encode()),
    "json": Format(
        ".json", "application/json", lambda writing: json.dumps(to_json(writing), indent=1).encode() + b"\n"
    ),
}


def check_options(form: str, options: Mapping[str, Any]) -> None:
    """Refuse an option of another format; InputError, its `field` the first of them."""
    for name in options:
        if name not in OPTIONS.get(form, ()):
            other = next(other for other, names in OPTIONS.items() if name in names)
            raise InputError(f"{name}: expected with {other} alone; ask for {other}, or leave it out", name)


def encoded(writing: Writing, form: str, options: Mapping[str, Any] | None = None) -> bytes:
    """The content of a file.

    Parameters
    ----------
    form
        One of FORMATS.
    options
        Some of this form's OPTIONS.

    Raises
    ------
    InputError
        For what `to_png`, `to_plotter` and `to_self_writing` refuse, and for an option of another form.
    """
    check_options(form, options or {})
    return FORMATS[form].encode(writing, **(options or {}))


DECIMALS = 2  # of a pixel
STRAY = 0.01  # units: how exactly boxes are measured


def to_json(writing: Writing) -> dict[str, Any]:
    """Text, request, and every character: its box, strokes, and what the generator drew it from.

    All places are in pixels of the PNG, x to the right and y downwards from its top left corner. `latent` and
    `candidate` are those of learned characters, the digits; a sign's strokes are made by rule. A stroke's `path` is SVG
    path data of its middle line, in the order and direction of writing; `pressure` is that at the ends of its curves,
    1 the usual, where the ink is `mark` wide.
    """
    request = writing.request
    baselines = [round((y - writing.top) * writing.scale, DECIMALS) for y in writing.baselines]
    return {
        "number": request.text,
        "seed": request.seed,
        "pen": request.pen,
        "ink": request.ink,
        "size": request.size,
        "slant": request.slant,
        "thickness": request.thickness,
        "human": request.human,
        "align": request.align,
        "paper": request.paper,
        "networks": request.networks,
        "choices": [list(choice) for choice in request.choices],
        "width": writing.width,
        "height": writing.height,
        "baseline": baselines[0],
        "baselines": baselines,
        "glyphs": [_glyph(glyph, writing) for glyph in writing.glyphs],
    }


def _glyph(glyph: Glyph, writing: Writing) -> dict[str, Any]:
    told: dict[str, Any] = {
        "character": glyph.character,
        "position": glyph.position,
        "line": glyph.line,
        "learned": glyph.form is not None,
        "box": _box(glyph, writing),
    }
    if glyph.form is not None:
        told["digit"] = glyph.form.digit
        told["candidate"] = glyph.form.candidate
        told["broken_rules"] = list(glyph.form.broken)
        told["latent"] = [round(value, 4) for value in glyph.form.latent.tolist()]
    told["mark"] = round(glyph.mark * writing.scale, DECIMALS)
    told["strokes"] = [_stroke(stroke, writing) for stroke in glyph.strokes]
    return told


def _box(glyph: Glyph, writing: Writing) -> dict[str, float] | None:
    """Left, top, width and height of the ink; None for a space."""
    if not glyph.strokes:
        return None
    left, top, right, bottom = box_of(capsules_of(glyph, writing.pen, STRAY))
    sides = {"x": left, "y": top - writing.top, "width": right - left, "height": bottom - top}
    return {name: round(side * writing.scale, DECIMALS) for name, side in sides.items()}


def _stroke(stroke: Stroke, writing: Writing) -> dict[str, Any]:
    curves = (stroke.curves - np.array([0, writing.top])) * writing.scale
    return {"path": absolute(curves, DECIMALS), "pressure": [round(p, 3) for p in stroke.pressure.tolist()]}
