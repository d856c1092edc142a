"""The files that a page of writing becomes, by the names under which the command line and the server offer them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gan.errors import InputError
from gan.write.page import Writing
from gan.write.plotter import to_plotter
from gan.write.raster import to_png
from gan.write.self_writing import to_self_writing
from gan.write.svg import to_svg
from gan.write.told import to_json

PLOTTER = ("page", "digit_mm", "margin_mm")  # what `to_plotter` may be told, and no other format


@dataclass(frozen=True)
class Format:
    """A kind of file."""

    suffix: str
    content_type: str
    encode: Callable[..., bytes]  # of a Writing


FORMATS = {
    "png": Format(".png", "image/png", to_png),
    "svg": Format(".svg", "image/svg+xml", lambda writing: to_svg(writing).encode()),
    "strokes": Format(".svg", "image/svg+xml", lambda writing, **page: to_plotter(writing, **page).encode()),
    "animated": Format(".svg", "image/svg+xml", lambda writing: to_self_writing(writing).encode()),
    "json": Format(
        ".json", "application/json", lambda writing: json.dumps(to_json(writing), indent=1).encode() + b"\n"
    ),
}


def check_plotter(form: str, plotter: Mapping[str, Any]) -> None:
    """Refuse what only a plotter is told where the format is another; InputError, its `field` the first of them."""
    if plotter and form != "strokes":
        name = next(iter(plotter))
        raise InputError(f"{name}: expected for a plotter's file alone; ask for strokes, or leave it out", name)


def encoded(writing: Writing, form: str, plotter: Mapping[str, Any] | None = None) -> bytes:
    """The content of a file.

    Parameters
    ----------
    form
        One of FORMATS.
    plotter
        Some of PLOTTER, if the form is "strokes".

    Raises
    ------
    InputError
        For what `to_png` and `to_plotter` refuse, and for `plotter` with another form.
    """
    check_plotter(form, plotter or {})
    return FORMATS[form].encode(writing, **(plotter or {}))
