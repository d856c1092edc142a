"""Strokes along paths: rings, pressure, ends snapped onto other strokes, and roughness."""

import numpy as np
import pytest

from gan.write.kernels.curves import spline
from gan.write.strokes_and_pages import Stroke
from gan.write.vectorize.pen_paths import Path
from gan.write.vectorize.smooth import PRESSURES, SNAP, roughness, snapped, stroke_of
from tests.helpers.drawings import arc, path_of

RING = path_of(*arc(0, 0, 6, 8, 90, 450, n=200), closed=True, loose=(False, False))


def test_rings_close_smoothly_and_may_have_corners_anywhere() -> None:
    stroke = stroke_of(RING, [], 1.0)
    first, last = stroke.curves[0], stroke.curves[-1]
    np.testing.assert_allclose(first[1] - first[0], last[3] - last[2], atol=1e-9)
    for corners in ([0], [1], [len(RING.points) - 1], [2, 40]):
        cut = stroke_of(RING, corners, 1.0)
        np.testing.assert_allclose(cut.curves[1:, 0], cut.curves[:-1, 3], atol=0.01)
        points = cut.sampled(0.25)[0]
        assert np.abs(np.hypot(points[:, 0] / 6, points[:, 1] / 8) - 1).max() < 0.05


def test_pressure_follows_the_width_within_limits() -> None:
    path = path_of((0, 0), (20, 0))
    wide = Path(path.points, np.linspace(0.2, 4, len(path.points)), False, [])
    stroke = stroke_of(wide, [], 1.0)
    assert len(stroke.pressure) == len(stroke.curves) + 1
    assert (stroke.pressure.min(), stroke.pressure.max()) == PRESSURES
    assert (np.diff(stroke.pressure) >= 0).all()
    assert stroke_of(path, [], 1.0).pressure == pytest.approx(1)


def test_a_near_end_is_snapped_onto_another_stroke() -> None:
    bar = path_of((-10, 0), (10, 0))
    for gap, snaps in ((0.9, True), (SNAP + 0.5, False)):
        stem = path_of((0, gap), (0, 12), loose=(False, True))
        before = stem.points.copy()
        _, stroke = snapped([bar, stem], [[], []], 1.0)
        start = stroke.curves[0, 0]
        assert start == pytest.approx([0, 0] if snaps else [0, gap], abs=0.1)
        assert stroke.curves[-1, 3] == pytest.approx([0, 12], abs=0.01)
        np.testing.assert_array_equal(stem.points, before)  # the input is not modified
        loose = path_of((0, gap), (0, 12))
        assert snapped([bar, loose], [[], []], 1.0)[1].curves[0, 0] == pytest.approx([0, gap], abs=0.01)


@pytest.mark.parametrize("size", [0.2, 0.4])
def test_roughness_is_the_rms_of_waves(size: float) -> None:
    """The RMS of a wave of amplitude s is s / sqrt(2)."""
    y = np.linspace(0, 20, 200)
    curves = spline(np.stack([size * np.sin(1.3 * y), y], axis=1), np.ones(200), 1.6, stiff=0)
    assert roughness(Stroke(curves, np.ones(len(curves) + 1))) == pytest.approx(size / np.sqrt(2), rel=0.25)
