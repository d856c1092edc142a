"""From a drawing to its middle line, on lines whose middle and width are known."""

import numpy as np
import pytest
from drawings import arc, drawn, to_lines
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gan.data import load
from gan.write.vectorize.ink import (
    EDGE,
    ENLARGED,
    SPLINE,
    Picture,
    depths_at,
    depths_of,
    enlarge,
    ink_of,
    loops,
    sizes,
    thin,
)

pictures = arrays(np.uint8, (28, 28), elements=st.integers(0, 255))
SHAPES = {
    "upright": [(14.0, 5.0), (14.0, 23.0)],
    "leaning": [(18.0, 4.5), (9.0, 23.0)],
    "level": [(5.0, 12.0), (23.0, 12.5)],
    "ring": arc(14, 14, 7, 9, 0, 360),
    "bow": arc(14, 14, 8, 8, 40, 300),
}


@given(pictures)
def test_enlarging_stays_between_the_pixels_and_mirrors(picture: Picture) -> None:
    grey = enlarge(picture)
    assert grey.shape == (224, 224)
    assert 0 <= grey.min()
    assert grey.max() <= picture.max() / 255 + 1e-6
    np.testing.assert_allclose(enlarge(picture[:, ::-1]), grey[:, ::-1], atol=1e-6)
    np.testing.assert_allclose(enlarge(picture.T), grey.T, atol=1e-6)


def test_enlarging_keeps_what_is_straight() -> None:
    """B-splines hand on every line of grey as it is, away from the border."""
    slope = np.broadcast_to(np.arange(28, dtype=np.uint8) * 9, (28, 28))
    grey = enlarge(slope)[100, 16:-16]
    x = (np.arange(224) + 0.5)[16:-16] / ENLARGED - 0.5
    np.testing.assert_allclose(grey, 9 * x / 255, atol=1e-5)
    np.testing.assert_allclose(SPLINE[16:-16].sum(axis=1), 1, atol=1e-6)


def test_ink_begins_at_a_share_of_the_darkest() -> None:
    faint = drawn(SHAPES["upright"]) // 3
    np.testing.assert_array_equal(ink_of(faint), enlarge(faint) > EDGE * enlarge(faint).max())
    assert ink_of(faint).sum() == pytest.approx(ink_of(drawn(SHAPES["upright"])).sum(), rel=0.03)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("radius", [0.9, 1.3, 1.8])
def test_the_middle_line_lies_in_the_middle_and_knows_the_width(name: str, radius: float) -> None:
    ink = ink_of(drawn(SHAPES[name], radius=radius))
    points = thin(ink)
    places = (points[:, ::-1] + 0.5) / ENLARGED
    away = to_lines(places, SHAPES[name])
    assert np.quantile(away, 0.95) < 0.21  # pixels
    assert np.median(depths_of(ink, points)) == pytest.approx(radius, abs=0.25)


def test_pieces_and_loops_of_digits_stay() -> None:
    images = load().images[::250]
    for picture in images:
        ink = ink_of(picture)
        line = np.zeros_like(ink)
        line[tuple(thin(ink).T)] = True
        assert (len(sizes(line)), loops(line)) == (len(sizes(ink)), loops(ink))
        assert not (line & ~ink).any()


def test_depth_between_points_is_that_of_the_point_there() -> None:
    ink = ink_of(drawn(SHAPES["leaning"]))
    places = np.array([[14.0, 14.0], [11.99, 16.0], [0.0, 0.0], [-3.0, 40.0], [9.3, 99.0]])
    points = np.array([[112, 112], [128, 95], [0, 0], [223, 0], [223, 74]])
    np.testing.assert_array_equal(depths_at(ink, places), depths_of(ink, points))
    assert depths_at(ink, places)[:2].min() > 0.5
