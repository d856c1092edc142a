"""Handmade strokes and pages for tests of the output formats."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.write.options_and_limits import PENS, Request
from gan.write.strokes_and_pages import HEIGHT, Form, Glyph, Stroke, Strokes, Writing

Array = NDArray[np.float64]
# length of the Bézier handles for a quarter of a unit circle
KAPPA = 4 / 3 * np.tan(np.pi / 8)


def circle(x: float, y: float, radius: float) -> Stroke:
    """Return a circle, drawn counterclockwise from the top."""
    quarter = np.array([(0, -1), (-KAPPA, -1), (-1, -KAPPA), (-1, 0)])
    turned = [
        quarter @ np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), k)
        for k in range(4)
    ]
    return Stroke(radius * np.array(turned) + np.array([x, y]), np.ones(5))


def line(
    x0: float, y0: float, x1: float, y1: float, pressure: float | list[float] = 1.0
) -> Stroke:
    start = np.array([x0, y0])
    end = np.array([x1, y1])
    part = np.array([0, 1 / 3, 2 / 3, 1])[:, None]
    return Stroke(
        (start + part * (end - start))[None], np.broadcast_to(pressure, 2).astype(float)
    )


def dot(x: float, y: float) -> Stroke:
    return line(x, y, x, y)


def s_shape(x: float) -> Stroke:
    """Return an S with two bends.

    It is 18 units high, starts at y = -19 and has more pressure in the middle.
    """
    points = (
        [(9, -17), (3, -21), (-3, -13), (4, -10)],
        [(4, -10), (11, -7), (7, 1), (0, -3)],
    )
    return Stroke(
        np.array(points, dtype=float) + np.array([x, 0.0]), np.array([0.7, 1.3, 0.8])
    )


CROSS: Strokes = (line(4, -19, 4.5, -1), line(0, -10, 9, -10.5, pressure=[1.2, 0.8]))


def form(digit: int, strokes: Strokes) -> Form:
    return Form(digit, strokes, 2, ("flat",), np.linspace(-1, 1, 7, dtype=np.float32))


def page(*characters: Strokes, gap: float = 14.0, **options: Any) -> Writing:
    """Return a page with one line of characters, `gap` units apart: digits 1, 2, 3, ...
    and dots as signs.
    """
    fields: dict[str, Any] = {"text": "123456789"[: len(characters)], "seed": 3}
    request = Request(**(fields | options))
    width = PENS[request.pen].mark(1.0)
    glyphs = []
    for i, strokes in enumerate(characters):
        own = tuple(one.moved(5 + gap * i, 0) for one in strokes)
        known = (
            form(i + 1, strokes)
            if strokes and np.ptp(strokes[0].curves, axis=(0, 1)).any()
            else None
        )
        glyphs.append(Glyph(request.text[i], i, 0, own, width, known))
    return Writing(
        request, tuple(glyphs), (0.0,), 5 + gap * len(characters) + 3, -HEIGHT - 4, 5.0
    )


def points_of(curves: Array, n: int = 20) -> Array:
    """Return n points along each of k curves, (k n, 2)."""
    t = np.linspace(0, 1, n)
    s = 1 - t
    weights = np.stack([s**3, 3 * s**2 * t, 3 * s * t**2, t**3], axis=1)
    points: Array = (weights @ curves).reshape(-1, 2)
    return points


def bytes_of(strokes: Strokes) -> bytes:
    return b"".join(one.curves.tobytes() + one.pressure.tobytes() for one in strokes)


SPECIMEN: tuple[Strokes, ...] = (
    (circle(6, -10, 8),),
    (s_shape(0),),
    CROSS,
    (dot(3, -2),),
)


def covered(writing: Writing, finer: int = 4) -> Array:
    """Return the fraction of each pixel that is ink, (height, width), from `finer` x
    `finer` samples per pixel.

    A sample is ink if it lies in one of the discs placed every fifth of a pixel along
    the curves.
    """
    fine = finer * writing.scale  # samples per unit
    ink = np.zeros((writing.height * finer, writing.width * finer), dtype=bool)
    for glyph in writing.glyphs:
        for one in glyph.strokes:
            points, pressure = one.sampled(0.2 / writing.scale)
            radii = fine * writing.pen.radii(pressure, glyph.mark)
            for (x, y), r in zip(
                fine * (points - [0, writing.top]) - 0.5, radii, strict=True
            ):
                rows, columns = (
                    np.arange(max(0, int(c - r)), max(0, int(c + r) + 2))
                    for c in (y, x)
                )
                box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
                box |= ((rows[:, None] - y) ** 2 + (columns - x) ** 2 <= r * r)[
                    : len(box), : box.shape[1]
                ]
    return ink.reshape(writing.height, finer, writing.width, finer).mean(axis=(1, 3))
