"""Shapes that the fast convolution leaves to im2col, mixed dtypes, and unknown methods."""

from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from numpy.typing import DTypeLike

from nnet.activations import Reshape
from nnet.conv import Conv2D
from nnet.fast.accelerate import twin
from nnet.fast.convolution_methods import Im2col, Winograd
from nnet.fast.kernels import im2col, winograd
from nnet.sequential import Sequential
from tests.helpers.strategies import BOTH_DTYPES, Array, close, numbers

FALLBACK: list[tuple[tuple[int, int], int, int, int, int, int]] = [  # image size, C, K, kernel, stride, padding
    ((14, 14), 2, 32, 4, 2, 1),
    ((14, 14), 8, 24, 4, 2, 1),
    ((14, 15), 8, 32, 4, 2, 1),  # falls back, although it has as many filter positions as 14 x 14
    ((15, 14), 8, 32, 4, 2, 1),
    ((28, 28), 8, 32, 4, 2, 1),
    ((14, 14), 8, 32, 3, 2, 1),
    ((14, 14), 8, 32, 4, 1, 1),
    ((14, 14), 8, 32, 4, 2, 0),
    ((7, 6), 1, 32, 4, 2, 1),
    ((8, 8), 1, 32, 4, 2, 2),
]


def results_of(method: Im2col, x: Array, W: Array, dy: Array, stride: int, padding: int) -> list[Array]:
    """Return the results of forward, input_gradient and weight_gradient."""
    return [
        method.forward(x, W, stride, padding),
        method.input_gradient(dy, W, stride, padding, x.shape[1:3]),
        method.weight_gradient(x, dy, len(W), stride, padding),
    ]


def arrays(size: tuple[int, int], C: int, K: int, kernel: int, stride: int, padding: int) -> tuple[Array, Array, Array]:
    """Return random x, W and dy."""
    rng, places = np.random.default_rng(0), [im2col.output_size(side, kernel, stride, padding) for side in size]
    shapes = (3, *size, C), (kernel, kernel, C, K), (3, *places, K)
    x, W, dy = (numbers(rng, *shape) for shape in shapes)
    return x, W, dy


@BOTH_DTYPES
@pytest.mark.parametrize("geometry", FALLBACK)
def test_other_shapes_equal_im2col(geometry: Any, dtype: DTypeLike, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winograd, "transform_weights", Mock(side_effect=AssertionError("not needed")))
    x, W, dy = (array.astype(dtype) for array in arrays(*geometry))
    results, expected = (results_of(method, x, W, dy, *geometry[4:]) for method in (Winograd(), Im2col()))
    for actual, exact in zip(results, expected, strict=True):
        assert actual.dtype == dtype
        assert actual.tobytes() == exact.tobytes()


def test_one_channel_equals_im2col() -> None:
    x, W, dy = arrays((6, 8), 1, 32, 4, 2, 1)
    results, expected = (results_of(method, x, W, dy, 2, 1) for method in (Winograd(), Im2col()))
    for actual, exact in zip(results, expected, strict=True):
        close(actual, exact)


@pytest.mark.parametrize("odd", ["x", "W", "dy"])
@pytest.mark.parametrize("C", [1, 8])
def test_mixed_dtypes_are_refused_or_computed_correctly(C: int, odd: str) -> None:
    named = dict(zip(("x", "W", "dy"), arrays((14, 14), C, 32, 4, 2, 1), strict=True))
    x, W, dy = (array if name == odd else array.astype(np.float32) for name, array in named.items())
    calls: dict[str, tuple[Any, ...]] = {
        "forward": (x, W, 2, 1),
        "input_gradient": (dy, W, 2, 1, (14, 14)),
        "weight_gradient": (x, dy, 4, 2, 1),
    }
    for name, arguments in calls.items():
        expected = getattr(im2col, name)(*arguments)
        try:
            result = getattr(Winograd(), name)(*arguments)
        except TypeError:
            assert len({array.dtype for array in arguments[:2]}) == 2
        else:
            scale = np.abs(expected).max()
            close(result / scale, expected / scale, np.float32)


# Whole networks


def test_an_unknown_method_is_an_error_and_does_not_change_the_network() -> None:
    chain = Sequential(Conv2D(1, 32, np.random.default_rng(0)), Reshape(6272))
    layers = chain.layers
    with pytest.raises(KeyError, match="fourier"):
        twin(chain, "fourier")
    assert chain.layers is layers
    assert [type(layer) for layer in layers] == [Conv2D, Reshape]
