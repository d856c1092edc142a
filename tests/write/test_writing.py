"""Sampled, moved and slanted strokes; rules and squares on the paper."""

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from gan.write.compose import write
from gan.write.signs import spline
from gan.write.writing import PITCH, SQUARE, Stroke, Writing, along, box, leaning, rules
from tests.helpers.handmade import Handmade

points = arrays(float, st.tuples(st.integers(2, 6), st.just(2)), elements=st.floats(-10, 10))


def stroke_through(through: NDArray[np.float64]) -> Stroke:
    return Stroke(spline(through), np.linspace(0.8, 1.2, len(through)))


def casteljau(curve: NDArray[np.float64], t: float) -> NDArray[np.float64]:
    while len(curve) > 1:
        curve = (1 - t) * curve[:-1] + t * curve[1:]
    return curve[0]


@given(points, st.floats(0.5, 5))
def test_sampled_points_lie_on_the_curves_at_most_a_step_apart(through: NDArray[np.float64], step: float) -> None:
    one = stroke_through(through)
    sampled, pressure = one.sampled(step)
    assert len(sampled) == len(pressure) > len(one.curves)
    np.testing.assert_allclose(sampled[[0, -1]], through[[0, -1]], atol=1e-12)
    assert (np.hypot(*np.diff(sampled, axis=0).T) <= 3 * step + 1e-9).all()  # a curve's speed is up to 3 times its mean
    # Pressure rises linearly, so it determines the curve and its parameter t.
    where = (pressure - 0.8) / 0.4 * len(one.curves)
    for point, at in zip(sampled, where, strict=True):
        which = min(int(at + 1e-9), len(one.curves) - 1)
        np.testing.assert_allclose(point, casteljau(one.curves[which], at - which), atol=1e-6)


@given(st.lists(points, min_size=1, max_size=4), st.floats(0.5, 5))
def test_sampling_strokes_together_equals_sampling_each(all_points: list[NDArray[np.float64]], step: float) -> None:
    strokes = tuple(stroke_through(through) for through in all_points)
    sampled, pressure, stroke_number = along(strokes, step)
    for i, one in enumerate(strokes):
        single, single_pressure = one.sampled(step)
        np.testing.assert_array_equal(sampled[stroke_number == i], single)
        np.testing.assert_array_equal(pressure[stroke_number == i], single_pressure)


def test_a_dot_is_sampled_at_one_place() -> None:
    dot = Stroke(np.full((1, 4, 2), 3.0), np.ones(2))
    sampled, pressure = dot.sampled(0.25)
    assert sampled.tolist() == [[3, 3], [3, 3]]
    assert pressure.tolist() == [1, 1]


@pytest.mark.parametrize(("shear", "height"), [(0.0, 1.0), (0.3, 1.0), (-0.2, 1.1)])
def test_leaning_keeps_the_baseline(shear: float, height: float) -> None:
    one = stroke_through(np.array([[0.0, -20], [0, -10], [0, 0]])).transformed(leaning(shear, height)).moved(5, 0)
    np.testing.assert_allclose(one.curves[0, 0], [5 + 20 * shear * height, -20 * height])
    np.testing.assert_allclose(one.curves[-1, -1], [5, 0])
    left, top, right, bottom = box((one,))
    assert (left, right) == pytest.approx(sorted((5, 5 + 20 * shear * height)))
    assert (top, bottom) == pytest.approx((-20 * height, 0))


# Ruled and squared paper


TEXT = "12.50\n\n+ 7"


def write_on(paper: str, text: str = TEXT, align: str = "left") -> Writing:
    return write(text, handwriting=cast(Any, Handmade()), paper=paper, align=align)


def rule_positions(writing: Writing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the y coordinates of horizontal rules and the x coordinates of vertical rules."""
    lines = rules(writing)
    horizontal = lines[:, 0, 1] == lines[:, 1, 1]
    assert (lines[~horizontal, 0, 0] == lines[~horizontal, 1, 0]).all()
    assert (lines[horizontal][:, :, 0] == [0, writing.right]).all()
    assert (lines[~horizontal][:, :, 1] == [writing.top, writing.bottom]).all()
    return lines[horizontal, 0, 1], lines[~horizontal, 0, 0]


def test_plain_paper_has_no_rules() -> None:
    assert rules(write_on("plain")).shape == (0, 2, 2)


def test_lined_paper_has_a_rule_under_every_line() -> None:
    writing = write_on("lined")
    ys, xs = rule_positions(writing)
    assert tuple(ys) == writing.baselines == (0, PITCH, 2 * PITCH)
    assert len(xs) == 0


@pytest.mark.parametrize("align", ["left", "right"])
@pytest.mark.parametrize("text", [TEXT, "", "1", "($\n," * 3])
def test_squared_paper_has_half_squares_at_the_edge_and_a_character_in_each_square(text: str, align: str) -> None:
    writing = write_on("squared", text, align)
    ys, xs = rule_positions(writing)
    np.testing.assert_allclose(np.diff(ys), SQUARE)
    np.testing.assert_allclose(np.diff(xs), SQUARE)
    assert set(writing.baselines) <= set(ys)
    margins = [ys[0] - writing.top, writing.bottom - ys[-1], xs[0], writing.right - xs[-1]]
    np.testing.assert_allclose(margins, SQUARE / 2)
    for glyph in writing.glyphs:
        if glyph.strokes:
            left, _, right, _ = box(glyph.strokes)
            off = (left + right) / 2 % SQUARE  # the centers of the squares are at multiples of SQUARE
            assert min(off, SQUARE - off) < 3
