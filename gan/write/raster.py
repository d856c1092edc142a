"""Encode a page as PNG, and compute the shape of a pen's ink.

The ink of a stroke is approximated by *capsules*. A capsule is the ink of a short
straight piece of the stroke, with a disc at each end. Both the PNG and the outlines in
the SVG are built from capsules. The distance from a point to a capsule is computed in
gan/write/kernels/components_and_marks.py.

The PNG has transparent paper, a single ink colour, and antialiased edges, one pixel
wide at any size. A pixel's opacity depends on the distance from its centre to the edge
of the ink: it is full 0.5 pixels inside, zero 0.5 pixels outside, and linear in
between. Where glyphs overlap, a pixel gets the highest opacity.
"""

import io
import zlib
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.write.options_and_limits import Pen
from gan.write.strokes_and_pages import Glyph, Writing, along, rules

# maximum picture size; takes about 100 MB with Pillow's copies
MOST_PIXELS = 50_000_000
# maximum distance in pixels between a curve and its capsules; an antialiased edge is 20
# times as wide
STRAY = 0.05
RULE_COLOUR = (192, 212, 232)  # pale blue, as on school paper
RULE_WIDTH = 0.15  # units; see `rule_width`

Capsules = NDArray[np.float64]  # (n, 6) x, y and radius at one end, then at the other

# smallest radius in units for which a bend is drawn as accurately as requested; a digit
# is 20 units high
SHARPEST = 1.0


def capsules_of(glyph: Glyph, pen: Pen, stray: float) -> Capsules:
    """Return a character's ink as capsules, (n, 6) in units, in writing order.

    The character must have strokes. A dot becomes a capsule of length 0. `stray`, above
    0, is the maximum distance between a capsule's centreline and the curve, in units. A
    chord of length s deviates by s^2 / 8R from an arc of radius R, so capsules are
    sqrt(8 R stray) long, with R = SHARPEST.
    """
    length = float(np.sqrt(8 * SHARPEST * stray))
    points, pressure, stroke = along(glyph.strokes, length)
    ends = np.column_stack([points, pen.radii(pressure, glyph.mark)])  # (n, 3)
    pieces: Capsules = np.concatenate([ends[:-1], ends[1:]], axis=1)
    return pieces[stroke[:-1] == stroke[1:]]


def box_of(capsules: Capsules) -> tuple[float, float, float, float]:
    """Return the left, top, right and bottom of the ink of one or more capsules."""
    ends = capsules.reshape(-1, 3)  # (2n, 3)
    low = ends[:, :2] - ends[:, 2:]
    high = ends[:, :2] + ends[:, 2:]
    (left, top), (right, bottom) = low.min(axis=0).tolist(), high.max(axis=0).tolist()
    return left, top, right, bottom


def scaled(
    capsules: Capsules, scale: float, x: float = 0.0, y: float = 0.0
) -> Capsules:
    """Return capsules that are first moved by (x, y), then scaled about the origin."""
    place: NDArray[Any] = np.array([x, y, 0.0, x, y, 0.0])
    return (capsules + place) * scale


def to_png(writing: Writing) -> bytes:
    """Return the page as a PNG with a palette of opacities of the ink.

    With rules on the paper, half of the palette is for ink on a rule.

    A pixel takes one byte instead of four, and most pixels repeat the previous one, so
    run-length encoding (zlib's Z_RLE) compresses well and fast. Ten digits at 96 pixels
    take 0.7 ms, whereas RGBA takes 9 ms and needs 50 % more space.

    Raise InputError if the picture is too large (see `opacity`).
    """
    from PIL import Image  # imported here because only this format needs it

    page = opacity(writing)
    lines = rules(writing)
    ruled = len(lines) > 0
    if ruled:
        page >>= 1  # leave 128 opacities on bare paper, and 128 on a rule
        page |= _rule_mask(writing, lines)
    colours = _palette([*bytes.fromhex(writing.request.ink[1:])], ruled)  # (256, 4)
    image = Image.fromarray(page)
    image.putpalette(colours[:, :3].tobytes())
    file = io.BytesIO()
    alpha = colours[:, 3].tobytes()
    image.save(file, "PNG", transparency=alpha, compress_type=zlib.Z_RLE)
    return file.getvalue()


def opacity(writing: Writing) -> NDArray[np.uint8]:
    """Return the opacity, (height, width) uint8, from 0 for paper to 255 for ink.

    Raise InputError with the field "size" if a picture exceeds MOST_PIXELS. The error
    suggests a size that fits.
    """
    pixels = writing.width * writing.height
    if pixels > MOST_PIXELS:
        size = floor(writing.request.size * (MOST_PIXELS / pixels) ** 0.5)
        raise InputError(
            f"size: expected a picture of at most {MOST_PIXELS // 10**6} megapixels, "
            f"received one of {writing.width} x {writing.height}; for this text choose "
            f"a size of at most {size} pixels, or SVG",
            "size",
        )
    page = np.zeros((writing.height, writing.width), dtype=np.uint8)
    for glyph in writing.glyphs:
        if glyph.strokes:
            _ink(page, glyph, writing)
    return page


def _ink(page: NDArray[np.uint8], glyph: Glyph, writing: Writing) -> None:
    from gan.write.kernels.components_and_marks import press

    capsules = capsules_of(glyph, writing.pen, STRAY / writing.scale)
    capsules = scaled(capsules, writing.scale, y=-writing.top)
    left, top, right, bottom = box_of(capsules)
    x = max(0, floor(left - 0.5))
    y = max(0, floor(top - 0.5))
    box = page[y : max(y, ceil(bottom + 0.5)), x : max(x, ceil(right + 0.5))]
    distance = np.ones(box.shape, dtype=np.float32)
    centre = 0.5  # centre of the first pixel
    press(distance, scaled(capsules, 1.0, -x - centre, -y - centre), 1.0)
    ink = np.rint(255 * np.clip(np.float32(0.5) - distance, 0, 1)).astype(np.uint8)
    np.maximum(box, ink, out=box)


def rule_width(writing: Writing) -> float:
    """Return the width of the rules in units: at least a pixel, to be visible."""
    return max(RULE_WIDTH, 1 / writing.scale)


def _rule_mask(writing: Writing, lines: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return a mask of the rules, (height, width) uint8: 128 on a rule, 0 elsewhere.

    128 is the bit that selects the half of the palette for ink on rules. `lines`,
    (n, 2, 2), are the start and end of each rule, x and y in units. A rule is a box of
    whole pixels, to keep it sharp. A line has no width of its own, so its box is
    enlarged to the width of a rule.
    """
    mask = np.zeros((writing.height, writing.width), dtype=np.uint8)
    width = round(rule_width(writing) * writing.scale)
    pixels = (lines - np.array([0.0, writing.top])) * writing.scale
    starts = np.floor(pixels[:, 0]).astype(int)
    ends = np.maximum(np.ceil(pixels[:, 1]).astype(int), starts + width)
    boxes = np.concatenate([starts, ends], axis=1)  # (n, 4)
    for x0, y0, x1, y1 in np.maximum(boxes, 0).tolist():
        mask[y0:y1, x0:x1] = 128
    return mask


def _palette(ink: list[int], ruled: bool) -> NDArray[np.uint8]:
    colours = np.empty((256, 4))
    colours[:, :3] = ink
    colours[:, 3] = np.arange(256)
    if ruled:
        share = np.linspace(0, 1, 128)  # fraction of ink
        colours[:128, 3] = 255 * share
        colours[128:, :3] = share[:, None] * ink + (1 - share[:, None]) * RULE_COLOUR
        colours[128:, 3] = 255
    return np.rint(colours).astype(np.uint8)
