"""Signs: all are available, sized like digits, drawn in handwriting order, and never exactly the same twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gan.write.request import SIGNS
from gan.write.signs import DESIGNS, sign, spline
from gan.write.writing import Strokes, box, leaning

STROKES = {"+": 2, "×": 2, "÷": 3, "=": 2, ":": 2, "%": 3, "€": 3, "$": 2, "£": 2}  # all other signs have one stroke


def copies(character: str, n: int = 40, *, wobble: float = 0.2, human: float = 0.5) -> list[Strokes]:
    return [sign(character, np.random.default_rng(seed), wobble=wobble, human=human) for seed in range(n)]


def test_every_sign_has_the_expected_strokes() -> None:
    assert set(DESIGNS) == set(SIGNS)
    for character in SIGNS:
        assert len(copies(character, 1)[0]) == STROKES.get(character, 1)


@pytest.mark.parametrize("character", SIGNS)
def test_copies_differ_and_are_deterministic(character: str) -> None:
    drawn = [strokes[0].curves.tobytes() for strokes in copies(character, wobble=0.0, human=0.0)]
    assert len(set(drawn)) == len(drawn)
    assert drawn == [strokes[0].curves.tobytes() for strokes in copies(character, wobble=0.0, human=0.0)]


@pytest.mark.parametrize("character", SIGNS)
@pytest.mark.parametrize("human", [0.0, 1.0])
def test_signs_have_the_size_of_digits(character: str, human: float) -> None:
    for strokes in copies(character, wobble=0.4, human=human):
        left, top, right, bottom = box(strokes)
        assert -3 < left < 4
        assert right - left < 20
        assert -26 < top <= bottom < 6
        for stroke in strokes:
            assert stroke.curves.shape == (len(stroke.pressure) - 1, 4, 2)
            assert ((stroke.pressure > 0.8) & (stroke.pressure < 1.2)).all()


@pytest.mark.parametrize(("character", "least", "most"), [("-", -12, -6), ("−", -13, -6), (".", -3, 0), (",", -4, 5)])
def test_the_height_of_signs(character: str, least: float, most: float) -> None:
    """Dashes are at half height, a point is on the baseline, and a comma reaches below it."""
    for strokes in copies(character):
        _, top, _, bottom = box(strokes)
        assert least < top <= bottom < most


def test_a_hyphen_is_shorter_than_a_minus_and_a_minus_than_a_dash() -> None:
    def length(character: str) -> float:
        return float(np.mean([box(strokes)[2] - box(strokes)[0] for strokes in copies(character)]))

    assert length("-") + 1 < length("−") < length("–") - 1


@pytest.mark.parametrize("character", "-−–+=÷€£")
def test_bars_run_right_and_are_slightly_bent(character: str) -> None:
    bends = []
    for strokes in copies(character):
        bar = next(stroke for stroke in strokes[::-1] if np.ptp(stroke.curves[..., 0]) > 5)
        points, _ = bar.sampled(0.25)
        assert points[0, 0] < points[-1, 0] - 4
        along, across = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[1]
        bends.append(across / along)
    assert 0.003 < np.mean(bends) < 0.08


def test_the_order_of_strokes() -> None:
    for c in SIGNS:
        ys = [np.mean(stroke.curves[..., 1]) for stroke in copies(c, 1)[0]]
        if c in "=:€":
            assert ys[-2] < ys[-1]  # the upper part comes first
        if c == "÷":
            assert ys[1] < ys[0] < ys[2]  # the bar, then the upper dot, then the lower dot
    for c in "/()$":  # these strokes run down
        curves = copies(c, 1)[0][-1].curves
        assert curves[0, 0, 1] < curves[-1, -1, 1] - 15


def test_the_circles_of_a_percent_sign_are_closed() -> None:
    for strokes in copies("%", wobble=0.3):
        for circle in (strokes[0], strokes[2]):
            points, _ = circle.sampled(0.25)
            half = len(points) // 2
            # The ends are closer than the width of a ballpoint stroke.
            assert np.hypot(*(points[:half, None] - points[half + 8 :]).transpose(2, 0, 1)).min() < 0.9


def test_wobble_and_human_increase_the_variation() -> None:
    def spread(wobble: float, human: float) -> float:
        """Return the standard deviation of a dash's points over many copies."""
        curves = np.array([strokes[0].curves for strokes in copies("–", wobble=wobble, human=human)])
        return float(curves.std(axis=0).mean())

    assert spread(wobble=0.0, human=0.0) < spread(wobble=0.0, human=1.0) / 2
    assert spread(wobble=0.0, human=0.0) < spread(wobble=0.8, human=0.0)


def test_wobble_is_as_strong_at_the_ends_as_in_the_middle() -> None:
    heights = np.array([strokes[0].curves[:, 0, 1] for strokes in copies("–", 400, wobble=8.0)])
    start, middle = heights[:, [0, heights.shape[1] // 2]].std(axis=0)
    assert start == pytest.approx(middle, rel=0.2)


def test_the_dots_of_a_division_sign_are_equally_far_and_the_bars_of_an_equals_sign_parallel() -> None:
    bar, above, below = (points.mean(axis=0) for points in DESIGNS["÷"])
    np.testing.assert_allclose((above + below) / 2, bar, atol=0.2)
    upper, lower = (points[-1] - points[0] for points in DESIGNS["="])
    np.testing.assert_allclose(upper, lower, atol=0.1)


def test_signs_lean_like_digits() -> None:
    upright = np.mean(
        [strokes[0].transformed(leaning(-0.1)).curves[[0, -1], [0, -1]] for strokes in copies("(")], axis=0
    )
    assert abs(upright[0, 0] - upright[1, 0]) < 0.5


@given(arrays(float, st.tuples(st.integers(2, 20), st.just(2)), elements=st.floats(-20, 20)))
def test_a_spline_interpolates_with_continuous_second_derivative(points: np.ndarray) -> None:
    curves = spline(points)
    np.testing.assert_array_equal(np.concatenate([curves[:, 0], curves[-1:, 3]]), points)
    at_start = curves[:, 0] - 2 * curves[:, 1] + curves[:, 2]  # equals a sixth of the second derivative
    at_end = curves[:, 1] - 2 * curves[:, 2] + curves[:, 3]
    np.testing.assert_allclose(curves[:-1, 3] - curves[:-1, 2], curves[1:, 1] - curves[1:, 0], atol=1e-9)
    np.testing.assert_allclose(at_end[:-1], at_start[1:], atol=1e-9)
    np.testing.assert_allclose([at_start[0], at_end[-1]], 0, atol=1e-9)
