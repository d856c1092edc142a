"""Corners on lines whose corners are known, and ink that fills a corner which thinning goes round."""

import numpy as np
import pytest
from drawings import arc, drawn, graph_from, path_of
from hypothesis import assume, given
from hypothesis import strategies as st

from gan.write.vectorize.ink import ink_of
from gan.write.vectorize.smooth import STEP, corners_of, even, sharpened
from gan.write.vectorize.trace import Path, trace


@given(st.floats(0, 360), st.floats(70, 140), st.booleans())
def test_a_corner_is_found_where_it_is(turn: float, sharp: float, left: bool) -> None:
    angles = np.radians([turn, turn + (-sharp if left else sharp)])  # y goes down: less is to the left
    out = 8 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    path = path_of(tuple(-out[0]), (0, 0), tuple(out[1]))
    (corner,) = corners_of(path)
    np.testing.assert_allclose(path.points[corner], 0, atol=0.3)
    assert corners_of(path, left_only=True) == ([corner] if left else [])


@given(st.floats(2.8, 9), st.floats(2.8, 9))
def test_a_bend_has_no_corner(across: float, up: float) -> None:
    """However it is drawn, as long as it is no tighter than the pen is wide."""
    assume(2.2 < across**2 / up and 2.2 < up**2 / across)
    assert corners_of(path_of(*arc(0, 0, across, up, 0, 300))) == []
    assert corners_of(path_of(*arc(0, 0, across, up, 0, 360, n=100), closed=True)) == []


def test_corners_lie_apart_and_none_near_an_end() -> None:
    zigzag = path_of((0, 0), (5, 6), (10, 0), (15, 6), (15.3, 5.5))
    found = zigzag.points[corners_of(zigzag)]
    np.testing.assert_allclose(found, [(5, 6), (10, 0), (15, 6)][: len(found)], atol=0.3)
    assert len(found) == 2


def thinned(*corners: tuple[float, float], towards: tuple[int, int]) -> tuple[Path, Path]:
    """The path that thinning leaves of one line, and the same led into the corners that the ink fills."""
    picture = drawn(corners)
    graph, radius = graph_from(picture)
    graph.clean(radius)
    (path,) = trace(graph, radius, None)
    path = even(path)
    return path, sharpened(path, ink_of(picture), radius, towards)


def nearest(path: Path, place: tuple[float, float]) -> float:
    return float(np.hypot(*(path.points - place).T).min())


@pytest.mark.parametrize("inside", [80, 95, 110])
@pytest.mark.parametrize("turned", [0, 35])
def test_a_pen_goes_into_the_corner_that_its_ink_fills(inside: int, turned: int) -> None:
    at = (11.0, 9.0)
    ends = [np.array(at) + 11 * np.array([np.cos(a), np.sin(a)]) for a in np.radians([turned, turned + inside])]
    path, led = thinned(tuple(ends[0].tolist()), at, tuple(ends[1].tolist()), towards=(-1, -1))
    assert nearest(led, at) < min(0.75, nearest(path, at) - 0.15)
    (corner,) = corners_of(led)
    assert np.hypot(*(led.points[corner] - at)) < 0.9
    steps = np.hypot(*np.diff(led.points, axis=0).T)
    assert steps.max() < STEP + 0.05  # a corner is cut by what lies evenly
    assert len(led.points) == len(led.radii)
    np.testing.assert_array_equal(led.points[[0, -1]], path.points[[0, -1]])


def test_a_corner_that_points_elsewhere_is_left_as_it_is() -> None:
    at = ((21.0, 9.0), (9.0, 9.0), (9.0, 21.0))
    assert nearest(thinned(*at, towards=(-1, -2))[1], at[1]) < 0.75
    path, led = thinned(*at, towards=(1, 1))
    assert led is path


def test_two_corners_of_one_line() -> None:
    _, led = thinned((6.0, 21.0), (6.0, 7.0), (21.0, 7.0), (21.0, 20.0), towards=(0, -1))
    assert [nearest(led, at) < 0.75 for at in ((6.0, 7.0), (21.0, 7.0))] == [True, True]
    assert len(corners_of(led)) == 2


@pytest.mark.parametrize("radius", [4.0, 6.0, 9.0])
def test_a_bend_is_left_as_it_is(radius: float) -> None:
    path, led = thinned(*arc(14, 14, radius, radius, 60, 300), towards=(-1, 0))
    assert led is path


def test_rings_and_short_lines_are_left_as_they_are() -> None:
    ink = np.ones((224, 224), bool)
    ring, short = path_of(*arc(14, 14, 6, 6, 0, 360), closed=True), path_of((5, 5), (6, 5))
    assert sharpened(ring, ink, 1.0, (1, 0)) is ring
    assert sharpened(short, ink, 1.0, (1, 0)) is short
