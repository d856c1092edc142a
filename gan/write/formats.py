"""Define the output formats by name, and encode a page as JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gan.base.errors import InputError
from gan.write.options_and_limits import LOOK
from gan.write.raster import box_of, capsules_of, to_png
from gan.write.self_writing_svg import to_self_writing
from gan.write.strokes_and_pages import Glyph, Stroke, Writing
from gan.write.svg import absolute, to_svg


@dataclass(frozen=True)
class Format:
    suffix: str
    content_type: str
    encode: Callable[..., bytes]  # takes a Writing, and the format's options by keyword


FORMATS = {
    "png": Format(".png", "image/png", to_png),
    "svg": Format(".svg", "image/svg+xml", lambda writing: to_svg(writing).encode()),
    "animated": Format(
        ".svg",
        "image/svg+xml",
        lambda *page, **options: to_self_writing(*page, **options).encode(),
    ),
    "json": Format(
        ".json",
        "application/json",
        lambda page: json.dumps(to_json(page), indent=1).encode() + b"\n",
    ),
}


def check_options(form: str, options: Mapping[str, Any]) -> None:
    """Raise InputError if a format does not support the given options.

    Only "animated" has options. The error's `field` is the name of an option.
    """
    if options and form != "animated":
        name = next(iter(options))
        raise InputError(
            f"{name}: expected only with animated; choose animated, or leave it out",
            name,
        )


def encoded(writing: Writing, form: str, options: Mapping[str, Any]) -> bytes:
    """Encode a page in a format, and return the content of the file.

    `form` is a key of FORMATS. Raise InputError if the format does not support the
    options, or if a PNG would be too large.
    """
    check_options(form, options)
    return FORMATS[form].encode(writing, **options)


DECIMALS = 2  # decimal places of positions in pixels
STRAY = 0.01  # accuracy of the characters' boxes in units


def to_json(writing: Writing) -> dict[str, Any]:
    """Return the request, and each character's box, strokes and latent vector.

    All positions are in pixels of the PNG; x points to the right and y downwards from
    its top left corner. Only digits have `latent` and `candidate`, because the strokes
    of a sign are made by rule. A stroke's `path` is SVG path data of its centreline, in
    the direction of writing. `pressure` contains the pressures at the ends of its
    curves. Where the pressure is 1, its usual value, the ink is `mark` pixels wide.
    """
    request = writing.request
    baselines = [
        round((y - writing.top) * writing.scale, DECIMALS) for y in writing.baselines
    ]
    return {
        "number": request.text,
        **{name: getattr(request, name) for name in LOOK},
        "width": writing.width,
        "height": writing.height,
        "baseline": baselines[0],
        "baselines": baselines,
        "glyphs": [_glyph(glyph, writing) for glyph in writing.glyphs],
    }


def _glyph(glyph: Glyph, writing: Writing) -> dict[str, Any]:
    form = glyph.form
    entry: dict[str, Any] = {
        "character": glyph.character,
        "position": glyph.position,
        "line": glyph.line,
        "learned": form is not None,
        "box": _box(glyph, writing),
    }
    if form is not None:
        entry |= {
            "digit": form.digit,
            "candidate": form.candidate,
            "broken_rules": list(form.broken),
            "latent": [round(value, 4) for value in form.latent.tolist()],
        }
    entry["mark"] = round(glyph.mark * writing.scale, DECIMALS)
    entry["strokes"] = [_stroke(stroke, writing) for stroke in glyph.strokes]
    return entry


def _box(glyph: Glyph, writing: Writing) -> dict[str, float] | None:
    """Return the bounding box of a character's ink in pixels, or None for a space."""
    if not glyph.strokes:
        return None
    left, top, right, bottom = box_of(capsules_of(glyph, writing.pen, STRAY))
    sides = {
        "x": left,
        "y": top - writing.top,
        "width": right - left,
        "height": bottom - top,
    }
    return {name: round(side * writing.scale, DECIMALS) for name, side in sides.items()}


def _stroke(stroke: Stroke, writing: Writing) -> dict[str, Any]:
    curves = (stroke.curves - np.array([0, writing.top])) * writing.scale
    return {
        "path": absolute(curves, DECIMALS),
        "pressure": [round(p, 3) for p in stroke.pressure.tolist()],
    }
