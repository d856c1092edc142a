"""A stroke: what its curves are, sampled, moved and bent, against Bézier's formula by de Casteljau."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from gan.write.page import Stroke, along, box, leaning
from gan.write.signs import spline

points = arrays(float, st.tuples(st.integers(2, 6), st.just(2)), elements=st.floats(-10, 10))


def stroke(through: NDArray[np.float64]) -> Stroke:
    return Stroke(spline(through), np.linspace(0.8, 1.2, len(through)))


def casteljau(curve: NDArray[np.float64], t: float) -> NDArray[np.float64]:
    while len(curve) > 1:
        curve = (1 - t) * curve[:-1] + t * curve[1:]
    return curve[0]


@given(points, st.floats(0.5, 5))
def test_sampled_points_lie_on_the_curves_and_near_one_another(through: NDArray[np.float64], step: float) -> None:
    one = stroke(through)
    sampled, pressure = one.sampled(step)
    assert len(sampled) == len(pressure) > len(one.curves)
    np.testing.assert_allclose(sampled[[0, -1]], through[[0, -1]], atol=1e-12)
    assert (np.hypot(*np.diff(sampled, axis=0).T) <= 3 * step + 1e-9).all()  # a curve's speed is up to 3 times its mean
    where = (pressure - 0.8) / 0.4 * len(one.curves)  # pressure rises evenly: it says which curve, and t
    for point, at in zip(sampled, where, strict=True):
        which = min(int(at + 1e-9), len(one.curves) - 1)
        np.testing.assert_allclose(point, casteljau(one.curves[which], at - which), atol=1e-6)


@given(st.lists(points, min_size=1, max_size=4), st.floats(0.5, 5))
def test_several_at_once_are_sampled_as_each_alone(all_points: list[NDArray[np.float64]], step: float) -> None:
    strokes = tuple(stroke(through) for through in all_points)
    together, pressure, whose = along(strokes, step)
    for i, one in enumerate(strokes):
        alone, pressed = one.sampled(step)
        np.testing.assert_array_equal(together[whose == i], alone)
        np.testing.assert_array_equal(pressure[whose == i], pressed)


def test_a_dot_is_one_place() -> None:
    dot = Stroke(np.full((1, 4, 2), 3.0), np.ones(2))
    sampled, pressure = dot.sampled(0.25)
    assert sampled.tolist() == [[3, 3], [3, 3]]
    assert pressure.tolist() == [1, 1]


@pytest.mark.parametrize(("shear", "height"), [(0.0, 1.0), (0.3, 1.0), (-0.2, 1.1)])
def test_leaning_keeps_the_baseline_and_moves_the_head(shear: float, height: float) -> None:
    one = stroke(np.array([[0.0, -20], [0, -10], [0, 0]])).transformed(leaning(shear, height)).moved(5, 0)
    np.testing.assert_allclose(one.curves[0, 0], [5 + 20 * shear * height, -20 * height])
    np.testing.assert_allclose(one.curves[-1, -1], [5, 0])
    left, top, right, bottom = box((one,))
    assert (left, right) == pytest.approx(sorted((5, 5 + 20 * shear * height)))
    assert (top, bottom) == pytest.approx((-20 * height, 0))
