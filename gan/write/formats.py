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
