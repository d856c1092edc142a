"""A line of writing as PNG, SVG and JSON. The same writing gives the same bytes."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from gan.write.compose import Glyph, Writing
from gan.write.curves import contours, fit
from gan.write.pen import SAMPLES, TOP, Array, Ink

Floats = NDArray[np.floating[Any]]

LIGHTEST = 0.72  # opacity of the lightest stretch of a stroke; the darkest is 1
SVG_GRID = 20  # whole numbers in the SVG for each unit: 400 to a digit's height, finer than a pixel below 400 pixels
SVG_TOLERANCE = 0.05  # units between outline and curve: a quarter of a per cent of a digit's height


def to_png(writing: Writing) -> bytes:
    """A PNG with transparent paper: the ink's colour everywhere, its opacity from the edge and the generator's grey."""
    from PIL import Image  # here: SVG and JSON do not need it

    picture = np.empty((writing.height, writing.width, 4), dtype=np.uint8)
    picture[:, :, :3] = writing.request.rgb
    picture[:, :, 3] = opacity(writing)
    file = io.BytesIO()
    Image.fromarray(picture, "RGBA").save(file, format="PNG", compress_level=6)
    return file.getvalue()


def opacity(writing: Writing) -> NDArray[np.uint8]:
    """(height, width) uint8: 0 paper, 255 full ink. An edge is one pixel wide, so it is smooth at any size."""
    page = np.zeros((writing.height, writing.width), dtype=np.uint8)
    for glyph in writing.glyphs:
        if glyph.ink is None:
            continue
        x0 = max(0, int(np.floor(glyph.x * writing.scale)))
        x1 = min(writing.width, int(np.ceil((glyph.x + glyph.ink.distance.shape[1] / SAMPLES) * writing.scale)))
        columns = ((np.arange(x0, x1) + 0.5) / writing.scale - glyph.x) * SAMPLES - 0.5
        rows = ((np.arange(writing.height) + 0.5) / writing.scale + writing.top - TOP) * SAMPLES - 0.5
        distance = _between(glyph.ink.distance, rows, columns)
        edge = np.clip(0.5 - distance * writing.scale, 0, 1)
        pressure = LIGHTEST + (1 - LIGHTEST) * _between(glyph.ink.pressure, rows, columns)
        box = page[:, x0:x1]
        np.maximum(box, np.round(255 * edge * pressure).astype(np.uint8), out=box)
    return page


def _between(field: Array, rows: Floats, columns: Floats) -> Array:
    """Bilinear interpolation at every pair of a row and a column, both in samples; the border repeats."""
    for axis, at in ((0, rows), (1, columns)):
        last = field.shape[axis] - 1
        near = np.clip(at, 0, last)
        low = np.minimum(near.astype(int), last - 1)
        part = (near - low).astype(np.float32)
        part = part[:, None] if axis == 0 else part
        field = field.take(low, axis) * (1 - part) + field.take(low + 1, axis) * part
    return field


def to_svg(writing: Writing) -> str:
    """An SVG of outlines: one path for each glyph, whole-number coordinates, a title for screen readers."""
    # The paper is a whole number of pixels, as in the PNG.
    width, height = (round(side / writing.scale * SVG_GRID, 2) for side in (writing.width, writing.height))
    label = escape(f"The number {writing.request.number} in handwriting")
    paths = "".join(
        f'<path d="{_path(glyph.ink, glyph.x, writing.top)}"/>\n' for glyph in writing.glyphs if glyph.ink is not None
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{writing.width}" height="{writing.height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{label}" fill="{writing.request.ink}">\n'
        f"<title>{label}</title>\n{paths}</svg>\n"
    )


def outlines(ink: Ink) -> list[NDArray[np.float64]]:
    """Closed outlines of a glyph as cubic Béziers, each (k, 4, 2), x from the left of its grid and y in units."""
    lines = [(line + 0.5) / SAMPLES + np.array([0, TOP]) for line in contours(ink.distance)]
    return [fit(line, SVG_TOLERANCE) for line in lines]


def _path(ink: Ink, x: float, top: float) -> str:
    """SVG path data: one `m ... z` for each outline, relative cubics. Rounded points, not rounded steps: no drift."""
    parts = []
    here = np.zeros(2, dtype=int)
    for curves in outlines(ink):
        points = np.round((curves + np.array([x, -top])) * SVG_GRID).astype(int)  # (k, 4, 2)
        start = points[0, 0]
        parts.append("m" + _numbers(start - here))
        parts.append("c" + _numbers(*(points[:, 1:] - points[:, :1]).reshape(-1, 2)) + "z")
        here = start
    return "".join(parts)


def _numbers(*pairs: NDArray[np.int_]) -> str:
    """Whole numbers with as little between them as SVG allows: a minus sign separates too."""
    text = " ".join(f"{x} {y}" for x, y in pairs)
    return text.replace(" -", "-")


def to_json(writing: Writing) -> dict[str, Any]:
    """What was written and where: boxes in pixels of the PNG, seeds, choices. Plain values, ready for `json`."""
    request = writing.request
    return {
        "number": request.number,
        "seed": request.seed,
        "ink": request.ink,
        "size": request.size,
        "slant": request.slant,
        "thickness": request.thickness,
        "hand": request.hand,
        "width": writing.width,
        "height": writing.height,
        "baseline": round(-writing.top * writing.scale, 2),
        "glyphs": [_glyph(glyph, writing) for glyph in writing.glyphs],
    }


def _glyph(glyph: Glyph, writing: Writing) -> dict[str, Any]:
    told: dict[str, Any] = {"character": glyph.character, "position": glyph.position}
    if glyph.ink is None:
        return told | {"box": None}
    mask = glyph.ink.distance < 0
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = glyph.x + columns[0] / SAMPLES, TOP + rows[0] / SAMPLES - writing.top
    sides = (left, top, len(columns) / SAMPLES, len(rows) / SAMPLES)
    x, y, width, height = (round(float(side) * writing.scale, 2) for side in sides)
    told["box"] = {"x": x, "y": y, "width": width, "height": height}
    if glyph.choice is not None:
        told["digit"] = int(glyph.character)
        told["seed"] = [writing.request.seed, glyph.position, ord(glyph.character)]
        told["candidate"] = glyph.choice.index
        told["broken_rules"] = list(glyph.choice.broken)
    return told
