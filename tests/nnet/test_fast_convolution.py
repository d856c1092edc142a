"""The fast convolution detects every change to its weights, transforms none twice, and
leaves some shapes to im2col.
"""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from nnet import Conv2D, Layer, LeakyReLU
from nnet.fast.accelerate import accelerate
from nnet.fast.convolution_methods import Im2col, Winograd
from nnet.fast.kernels import im2col, winograd
from nnet.fast.layers import FastConv2D
from nnet.fast.parallel_forward import forward_on_threads
from nnet.jvp import accumulate, push
from tests.helpers.strategies import (
    BOTH_DTYPES,
    Array,
    cast,
    close,
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
    (y, saved), (expected, expected_saved) = layer.forward(x), plain.forward(x)
    close(y, expected, x.dtype)
    assert y.dtype == x.dtype
    close(
        pull(layer, np.cos(y), saved), pull(plain, np.cos(y), expected_saved), x.dtype
    )


# Weights that change


def one_number(layer: Layer) -> None:
    layer.params["W"][-1, -1, -1, -1] += 1


def other_array(layer: Layer) -> None:
    layer.params["W"] = layer.params["W"] / 2


@BOTH_DTYPES
@pytest.mark.parametrize("change", [one_number, other_array])
def test_a_changed_weight_is_detected(
    change: Callable[[Layer], None], dtype: type
) -> None:
    layer, plain, x = conv(dtype)
    before, saved = layer.forward(x)
    assert_same(layer, plain, x)
    change(layer)
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

# image size, C, K, kernel, stride, padding
Geometry = tuple[tuple[int, int], int, int, int, int, int]
FALLBACK: list[Geometry] = [
    ((14, 14), 2, 32, 4, 2, 1), ((14, 14), 8, 24, 4, 2, 1), ((28, 28), 8, 32, 4, 2, 1),
    # falls back, although it has as many filter positions as 14 x 14
    ((14, 15), 8, 32, 4, 2, 1),
    ((7, 6), 1, 32, 4, 2, 1), ((6, 7), 1, 32, 4, 2, 1), ((8, 8), 1, 32, 4, 1, 1),
]  # fmt: skip


def arrays(geometry: Geometry, dtype: type = np.float64) -> tuple[Array, Array, Array]:
    """Return random x, W and dy."""
    size, C, K, kernel, stride, padding = geometry
    rng = np.random.default_rng(0)
    places = [im2col.output_size(side, kernel, stride, padding) for side in size]
    shapes = (3, *size, C), (kernel, kernel, C, K), (3, *places, K)
    x, W, dy = (numbers(rng, *shape, dtype=dtype) for shape in shapes)
    return x, W, dy


def calls(
    x: Array, W: Array, dy: Array, stride: int, padding: int
) -> dict[str, tuple[Any, ...]]:
    """Return the arguments of the three functions of a convolution, by name."""
    return {
        "forward": (x, W, stride, padding),
        "input_gradient": (dy, W, stride, padding, x.shape[1:3]),
        "weight_gradient": (x, dy, len(W), stride, padding),
    }


@BOTH_DTYPES
@pytest.mark.parametrize("geometry", FALLBACK)
def test_other_shapes_equal_im2col(
    geometry: Geometry, dtype: type, transforms: Mock
) -> None:
    x, W, dy = arrays(geometry, dtype)
    stride, padding = geometry[4:]
    fast = Winograd()
    slow = Im2col()
    for name, arguments in calls(x, W, dy, stride, padding).items():
        actual = getattr(fast, name)(*arguments)
        exact = getattr(slow, name)(*arguments)
        assert actual.dtype == dtype
        assert actual.tobytes() == exact.tobytes()
    assert transforms.call_count == 0
