"""The fast convolution detects every change to its weights, transforms none twice, and
leaves some shapes to im2col.
"""

from unittest.mock import Mock

import numpy as np
import pytest

from nnet import Conv2D, Layer, LeakyReLU
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels import winograd
from nnet.fast.layers import FastConv2D
from nnet.fast.parallel_forward import forward_on_threads
from nnet.jvp import accumulate, push
from tests.helpers.strategies import (
    BOTH_DTYPES,
    Array,
    as_bytes,
    cast,
    close,
    everything,
    numbers,
    pull,
    threads,
)


@pytest.fixture
def transforms(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Return a Mock that transforms weights and counts its calls."""
    counted = Mock(side_effect=winograd.transform_weights)
    monkeypatch.setattr(winograd, "transform_weights", counted)
    return counted


def conv(dtype: type = np.float64) -> tuple[FastConv2D, Conv2D, Array]:
    """Return a fast layer, a plain layer with the same weights, and an input."""
    rng = np.random.default_rng(0)
    plain = Conv2D(8, 32, rng, LeakyReLU())
    cast(plain, dtype)
    layer = accelerate(plain)
    assert isinstance(layer, FastConv2D)
    return layer, plain, numbers(rng, 3, 14, 14, 8, dtype=dtype)


def assert_same(layer: Layer, plain: Layer, x: Array) -> None:
    """Assert that forward and backward give the same results for both layers."""
    y, saved = layer.forward(x)
    expected, expected_saved = plain.forward(x)
    close(y, expected, x.dtype)
    assert y.dtype == x.dtype
    dy = np.cos(y)
    close(pull(layer, dy, saved), pull(plain, dy, expected_saved), x.dtype)


# Weights that change


@BOTH_DTYPES
@pytest.mark.parametrize("is_other", [False, True])
def test_a_changed_number_and_another_array_are_detected(
    is_other: bool, dtype: type
) -> None:
    layer, plain, x = conv(dtype)
    before, saved = layer.forward(x)
    assert_same(layer, plain, x)
    if is_other:
        layer.params["W"] = layer.params["W"] / 2
    else:
        layer.params["W"][-1, -1, -1, -1] += 1
    plain.params = layer.params
    close(pull(layer, before, saved), pull(plain, before, saved), dtype)
    assert not np.array_equal(layer.forward(x)[0], before)
    assert_same(layer, plain, x)


def test_an_unchanged_weight_is_transformed_once(transforms: Mock) -> None:
    layer, _, x = conv()
    for _ in range(2):
        y, saved = layer.forward(x)
        layer.backward(y, saved)
        push(layer, x, saved)
        accumulate(layer, y, saved, x.copy(), 0.5, np.ones(len(x)))
    assert transforms.call_count == 1
    layer.params["W"][0, 0, 0, 0] += 1
    y, saved = layer.forward(x)
    layer.backward(y, saved)
    assert transforms.call_count == 2


def test_threads_share_transformed_weights(transforms: Mock) -> None:
    layer, plain, x = conv()
    with threads(2):
        for count in (1, 2):
            close(forward_on_threads(layer, x), plain.forward(x)[0])
            assert transforms.call_count == count
            layer.params["W"] *= 2


# Shapes that are left to im2col

FALLBACK = [
    (14, 14, 2, 32, 2),
    (14, 14, 8, 24, 2),
    (28, 28, 8, 32, 2),
    (14, 15, 8, 32, 2),  # it has as many filter positions as 14 x 14
    (7, 6, 1, 32, 2),
    (6, 7, 1, 32, 2),
    (8, 8, 1, 32, 1),
]


@BOTH_DTYPES
@pytest.mark.parametrize(("H", "W", "C", "K", "stride"), FALLBACK)
def test_other_shapes_equal_im2col(
    H: int, W: int, C: int, K: int, stride: int, dtype: type, transforms: Mock
) -> None:
    rng = np.random.default_rng(0)
    plain = cast(Conv2D(C, K, rng, stride=stride), dtype)
    x = numbers(rng, 3, H, W, C, dtype=dtype)
    by_winograd, by_im2col = (
        everything(accelerate(plain, method), x) for method in ("winograd", "im2col")
    )
    assert as_bytes(by_winograd) == as_bytes(by_im2col)
    assert {array.dtype for array in by_winograd.values()} == {np.dtype(dtype)}
    assert transforms.call_count == 0
