"""Outlines of ink: they hold what the PNG blackens, and are few and smooth."""

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from strokes import CROSS, SPECIMEN, circle, covered, dot, line, page

from gan.write.page import Strokes
from gan.write.render.svg import Curves, _fitted, outlines

TWO: Strokes = (line(0, 0, 0, -18), line(6, 0, 6, -18))


def points_of(curves: Curves, n: int = 20) -> NDArray[np.float64]:
    """(k n, 2) along the curves."""
    t = np.linspace(0, 1, n)
    s = 1 - t
    weights = np.stack([s**3, 3 * s**2 * t, 3 * s * t**2, t**3], axis=1)
    return (weights @ curves).reshape(-1, 2)


def filled(lines: Iterable[Curves], height: int, width: int, finer: int = 8) -> NDArray[np.float64]:
    """The share of each pixel within closed lines, in pixels: a hole takes out its place.

    Drawn as polygons so many times enlarged.
    """
    inside = np.zeros((height * finer, width * finer), dtype=bool)
    for curves in lines:
        image = Image.new("1", inside.shape[::-1])
        polygon = points_of(curves) * finer - 0.5
        ImageDraw.Draw(image).polygon([tuple(p) for p in polygon.tolist()], fill=1)
        inside ^= np.asarray(image)
    return inside.reshape(height, finer, width, finer).mean(axis=(1, 3))


@pytest.mark.parametrize("pen", ["felt", "ballpoint"])
def test_they_hold_the_ink(pen: str) -> None:
    writing = page(*SPECIMEN, (circle(6, -14, 4), circle(6, -6, 5)), pen=pen)
    ink, share = covered(writing, 8), np.zeros((writing.height, writing.width))
    for glyph in writing.glyphs:
        lines = [(curves - [0, writing.top]) * writing.scale for curves in outlines(glyph, writing.pen)]
        share = np.maximum(share, filled(lines, *share.shape))
    assert np.abs(share - ink).max() < 0.35
    assert share.sum() == pytest.approx(ink.sum(), rel=0.01)


@pytest.mark.parametrize(
    ("strokes", "lines", "most"),
    [
        ((dot(3, -2),), 1, 4),
        ((circle(6, -10, 8),), 2, 24),
        (CROSS, 1, 40),
        ((line(0, 0, 0, -18), line(6, 0, 6, -18)), 2, 40),
    ],
)
def test_they_are_few(strokes: Strokes, lines: int, most: int) -> None:
    writing = page(strokes)
    found = outlines(writing.glyphs[0], writing.pen)
    assert len(found) == lines
    assert sum(map(len, found)) <= most


def test_a_dot_is_round() -> None:
    writing = page((dot(3, -2),), mark=3.0)
    (curves,) = outlines(writing.glyphs[0], writing.pen)
    np.testing.assert_allclose(np.hypot(*(points_of(curves) - [8, -2]).T), 1.5, atol=0.015)


def test_the_finest_ballpoint_is_whole() -> None:
    """Half of its usual thickness: still one line, wherever it lies between the samples."""
    for shift in np.arange(0, 1, 0.13):
        writing = page((line(0, -1 + shift, 12, -2 + shift),), pen="ballpoint", mark=0.45)
        assert len(outlines(writing.glyphs[0], writing.pen)) == 1


def test_what_was_moved_is_not_fitted_again() -> None:
    _fitted.cache_clear()
    writing = page(CROSS, CROSS, CROSS, gap=13.7)
    first, *others = (outlines(glyph, writing.pen) for glyph in writing.glyphs)
    assert _fitted.cache_info().misses == 1
    for i, other in enumerate(others, start=1):
        np.testing.assert_allclose(other[0] - first[0], np.broadcast_to([13.7 * i, 0], first[0].shape))
    outlines(page(CROSS, pen="ballpoint").glyphs[0], page(CROSS, pen="ballpoint").pen)
    assert _fitted.cache_info().misses == 2


def test_a_space_has_none() -> None:
    assert outlines(page(()).glyphs[0], page(()).pen) == ()
