"""gan/drawings/match_mnist_grey_levels.py: drawings get real digits' grey levels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.data.images_and_sheets import Pictures, to_ink, to_unit
from gan.drawings.match_mnist_grey_levels import (
    MOST_CHANGE,
    count_greys,
    fit,
    with_finish,
    without_finish,
)
from nnet import Dense, Reshape, Sequential
from nnet.clipped_tanh_and_finish import FULL, STEPS, Finish
from nnet.fast.accelerate import accelerate
from tests.helpers.digits import real_digits
from tests.helpers.strategies import Array

REAL = real_digits(3)
COUNTS = count_greys(REAL)


def finished(output: Array) -> Pictures:
    return to_ink(fit(output, COUNTS).forward(output)[0])


def outputs(n: int = 64) -> Array:
    """Return real digits in other grey levels, (n, 28, 28, 1) float32."""
    noise = np.random.default_rng(0).normal(0, 0.05, (n, 28, 28, 1))
    return np.tanh(1.5 * to_unit(REAL[:n]) + noise).astype(np.float32)


@given(st.integers(0, 2**32 - 1), st.integers(1, 300))
def test_levels_by_a_slow_oracle(seed: int, count: int) -> None:
    """Compare the levels with those of their definition.

    A value's level is the smallest with at least as many real pixels up to it as drawn
    ones below the value.
    """
    rng = np.random.default_rng(seed)
    output = (
        rng.choice(rng.integers(1 - STEPS, STEPS + 1, count), (2, 28, 28, 1)).astype(
            np.float32
        )
        / STEPS
    )
    output[0, 9] = 1
    levels = finished(output)
    up_to = np.cumsum(COUNTS) / COUNTS.sum()
    paper = (
        np.floor(FULL * (1 - output.astype(float).mean((1, 2, 3), keepdims=True)) / 2)
        / FULL
    )
    values = output + (output == 1) * paper
    for value in np.unique(values)[:: -max(1, count // 5)]:
        below = (values < value).sum() + (values == value).sum() / 2
        expected = next(
            level for level in range(256) if up_to[level] >= below / output.size
        )
        ends = np.float32(min(value, 1)) + np.array(
            [[[-MOST_CHANGE, MOST_CHANGE]]], np.float32
        )
        least, most = to_ink(ends).ravel()
        assert set(levels[values[..., 0] == value]) == {np.clip(expected, least, most)}


def test_clipped_values_stay_paper_and_get_the_levels_of_real_ink() -> None:
    output = outputs(500)
    full = output > np.quantile(output, 1 - COUNTS[252:].sum() / COUNTS.sum())
    # more blank paper than real digits have
    output[output < -0.5] = -1
    output[full] = 1
    levels = finished(output)[..., None]
    assert set(levels[output == -1]) == {0}
    assert set(levels[output == 1]) == {252, 253, 254, 255}
    for level in range(253, 256):
        assert (levels == level).sum() == pytest.approx(COUNTS[level], rel=0.1), (
            "as many as in the 500 real digits"
        )


@pytest.mark.parametrize(("value", "level"), [(-1, 0), (0, 96), (1, 223), (np.nan, 0)])
def test_a_pixel_changes_by_at_most_32_levels(value: float, level: int) -> None:
    assert set(finished(np.full((2, 28, 28, 1), value, np.float32)).ravel()) == {level}


def test_paper_stays_paper_in_half_precision() -> None:
    output = outputs()
    output[0], output[1:] = -1, output[1:] * np.float32(1e-5) - 1
    finish = fit(output, COUNTS)
    finish.params["thresholds"] = (
        finish.params["thresholds"].astype(np.float16).astype(np.float32)
    )
    assert not to_ink(finish.forward(output)[0])[0].any()


def test_a_finish_is_added_and_removed_and_accelerated() -> None:
    rng = np.random.default_rng(0)
    generator = Sequential(Dense(3, 16, rng), Reshape(4, 4, 1))
    both = with_finish(generator, Finish(np.linspace(-1, 1, 255, dtype=np.float32)))
    assert list(both.parameters()) == ["0.W", "0.b", "2.thresholds"]
    assert both.parameters()["0.W"] is generator.parameters()["0.W"]
    x = rng.standard_normal((5, 3)).astype(np.float32)
    np.testing.assert_allclose(
        accelerate(both).forward(x)[0], both.forward(x)[0], atol=1e-6
    )
    np.testing.assert_allclose(
        without_finish(both).forward(x)[0], generator.forward(x)[0]
    )
    assert list(without_finish(generator).parameters()) == ["0.W", "0.b"]
