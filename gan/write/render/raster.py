"""A page of writing as PNG: transparent paper, one ink, edges that are one pixel wide at any size.

How black a pixel is depends on how far its centre lies from the edge of the ink: 0.5 pixels inside it is full, 0.5
outside it is empty, evenly between. Glyph by glyph the distance is found and the darker of old and new ink stays.
"""

from __future__ import annotations

import io
import zlib
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.errors import InputError
from gan.write.page import Glyph, Points, Writing, along, rules
from gan.write.request import Pen

MOST_PIXELS = 50_000_000  # with one byte a pixel, and what Pillow adds, some 100 MB
STRAY = 0.05  # pixels between a curve and its pieces: less than a twentieth of an edge
RULE_COLOUR = (192, 212, 232)  # a pale blue, as of school paper
RULE_WIDTH = 0.15  # units of the lines on the paper, see `rule_width`

Capsules = NDArray[np.float64]  # (n, 6) x, y and radius at one end, then at the other

SHARPEST = 1.0  # units: radius of a bend whose corners nobody is to see; a digit is 20 high


def capsules_of(glyph: Glyph, pen: Pen, stray: float) -> Capsules:
    """The ink of one character.

    Parameters
    ----------
    glyph
        Its strokes are cut where the curves are. A space has none.
    pen
        What it is written with.
    stray
        Units, above 0: how far a piece may lie beside its curve. A chord of length s strays s^2 / 8R from a bend of
        radius R, so pieces are sqrt(8 R stray) long, with R = SHARPEST.

    Returns
    -------
    (n, 6) float64
        In units, on the paper, in the order of writing. A dot is one capsule of no length.
    """
    if not glyph.strokes:
        return np.empty((0, 6))
    points, pressure, whose = along(glyph.strokes, float(np.sqrt(8 * SHARPEST * stray)))
    return between(points, pen.radii(pressure, glyph.mark), whose)


def between(points: Points, radii: NDArray[np.float64], whose: NDArray[np.intp]) -> Capsules:
    """The capsules between neighbouring points (n, 2) of a stroke; whose point each is, (n,), tells strokes apart."""
    ends = np.column_stack([points, radii])  # (n, 3)
    capsules: Capsules = np.concatenate([ends[:-1], ends[1:]], axis=1)[whose[:-1] == whose[1:]]
    return capsules


def box_of(capsules: Capsules) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the ink; there must be some."""
    ends = capsules.reshape(-1, 3)  # (2n, 3)
    low, high = ends[:, :2] - ends[:, 2:], ends[:, :2] + ends[:, 2:]
    (left, top), (right, bottom) = low.min(axis=0).tolist(), high.max(axis=0).tolist()
    return left, top, right, bottom


def scaled(capsules: Capsules, scale: float, x: float = 0.0, y: float = 0.0) -> Capsules:
    """The capsules moved by x and y, in units, then scaled."""
    place: NDArray[Any] = np.array([x, y, 0.0, x, y, 0.0])
    return (capsules + place) * scale


def to_png(writing: Writing) -> bytes:
    """A PNG with a palette: every opacity of the ink, and where there are rules, the ink above them too.

    A pixel takes one byte instead of four, and most repeat the one before, so run lengths (zlib's Z_RLE) compress best
    and quickest: ten digits at 96 pixels in 0.7 ms, where RGBA takes 9 and half as much again of the disk.

    Raises
    ------
    InputError
        Above MOST_PIXELS; its `field` is "size".
    """
    from PIL import Image  # here: SVG and JSON do not need it

    page = opacity(writing)
    lines = rules(writing)
    ruled = len(lines) > 0
    if ruled:
        page >>= 1  # 128 opacities of ink on bare paper, and 128 on a rule
        page |= _rule_mask(writing, lines)
    colours = _palette(writing.request.rgb, ruled)  # (256, 4)
    image = Image.fromarray(page)
    image.putpalette(colours[:, :3].tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", transparency=colours[:, 3].tobytes(), compress_type=zlib.Z_RLE)
    return file.getvalue()


def opacity(writing: Writing) -> NDArray[np.uint8]:
    """(height, width) uint8: 0 paper, 255 full ink.

    Raises
    ------
    InputError
        Above MOST_PIXELS; its `field` is "size".
    """
    check_pixels(writing)
    page = np.zeros((writing.height, writing.width), dtype=np.uint8)
    for glyph in writing.glyphs:
        if glyph.strokes:
            _ink(page, glyph, writing)
    return page


def check_pixels(writing: Writing) -> None:
    """Refuse a picture that would fill the memory; the error says which size will do."""
    pixels = writing.width * writing.height
    if pixels > MOST_PIXELS:
        size = floor(writing.request.size * (MOST_PIXELS / pixels) ** 0.5)
        raise InputError(
            f"size: expected a picture of at most {MOST_PIXELS // 10**6} megapixels, received one of {writing.width} x "
            f"{writing.height}; for so much text choose a size of at most {size} pixels, or SVG",
            "size",
        )


def _ink(page: NDArray[np.uint8], glyph: Glyph, writing: Writing) -> None:
    """Add one glyph to the page."""
    from gan.write.kernels.pixels import press

    capsules = scaled(capsules_of(glyph, writing.pen, STRAY / writing.scale), writing.scale, y=-writing.top)
    left, top, right, bottom = box_of(capsules)
    x, y = max(0, floor(left - 0.5)), max(0, floor(top - 0.5))
    box = page[y : max(y, ceil(bottom + 0.5)), x : max(x, ceil(right + 0.5))]
    distance = np.ones(box.shape, dtype=np.float32)
    centre = 0.5  # of the first pixel
    press(distance, scaled(capsules, 1.0, -x - centre, -y - centre), 1.0)
    black = np.rint(255 * np.clip(np.float32(0.5) - distance, 0, 1)).astype(np.uint8)
    np.maximum(box, black, out=box)


def rule_width(writing: Writing) -> float:
    """Units: RULE_WIDTH, but at least one pixel, or the rules of a small page would fade."""
    return max(RULE_WIDTH, 1 / writing.scale)


def _rule_mask(writing: Writing, lines: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(height, width) uint8: 128 where the paper is ruled. Rules fall on whole pixels, so they are sharp."""
    mask = np.zeros((writing.height, writing.width), dtype=np.uint8)
    width = round(rule_width(writing) * writing.scale)
    places = (lines - np.array([0.0, writing.top])) * writing.scale  # (n, 2, 2) pixels
    starts, ends = np.floor(places[:, 0]).astype(int), np.ceil(places[:, 1]).astype(int)
    ends = np.maximum(ends, starts + width)
    for (x0, y0), (x1, y1) in zip(np.maximum(starts, 0).tolist(), np.maximum(ends, 0).tolist(), strict=True):
        mask[y0:y1, x0:x1] = 128
    return mask


def _palette(ink: tuple[int, int, int], ruled: bool) -> NDArray[np.uint8]:
    """(256, 4) red, green, blue and opacity of every colour on the page."""
    colours = np.empty((256, 4))
    colours[:, :3] = ink
    colours[:, 3] = np.arange(256)
    if ruled:
        share = np.linspace(0, 1, 128)  # of ink
        colours[:128, 3] = 255 * share
        colours[128:, :3] = share[:, None] * ink + (1 - share[:, None]) * RULE_COLOUR
        colours[128:, 3] = 255
    return np.rint(colours).astype(np.uint8)
