"""What the fast convolution leaves to im2col, and that a whole network gives the same plain and by either method."""

from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from numpy.typing import DTypeLike
from strategies import BOTH_DTYPES, Array, cast, close, numbers, pull

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.accelerate import METHODS, twin
from nnet.fast.convolution import Im2col, Winograd
from nnet.fast.kernels import im2col, winograd
from nnet.jvp import is_piecewise_linear, push
from nnet.layer import Layer, Saved
from nnet.sequential import Sequential

Rng = np.random.Generator

FALLBACK: list[tuple[tuple[int, int], int, int, int, int, int]] = [  # size of the images, C, K, kernel, stride, padding
    ((14, 14), 2, 32, 4, 2, 1),
    ((14, 14), 8, 24, 4, 2, 1),
    ((14, 15), 8, 32, 4, 2, 1),  # has as many places for the filter as 14 x 14
    ((15, 14), 8, 32, 4, 2, 1),
    ((28, 28), 8, 32, 4, 2, 1),
    ((14, 14), 8, 32, 3, 2, 1),
    ((14, 14), 8, 32, 4, 1, 1),
    ((14, 14), 8, 32, 4, 2, 0),
    ((7, 6), 1, 32, 4, 2, 1),
    ((8, 8), 1, 32, 4, 2, 2),
]


def three_maps(method: Im2col, x: Array, W: Array, dy: Array, stride: int, padding: int) -> list[Array]:
    """forward, input_gradient and weight_gradient."""
    return [
        method.forward(x, W, stride, padding),
        method.input_gradient(dy, W, stride, padding, x.shape[1:3]),
        method.weight_gradient(x, dy, len(W), stride, padding),
    ]


def arrays(size: tuple[int, int], C: int, K: int, kernel: int, stride: int, padding: int) -> tuple[Array, Array, Array]:
    """Some x, W and dy."""
    rng, places = np.random.default_rng(0), [im2col.output_size(side, kernel, stride, padding) for side in size]
    shapes = (3, *size, C), (kernel, kernel, C, K), (3, *places, K)
    x, W, dy = (numbers(rng, *shape) for shape in shapes)
    return x, W, dy


@BOTH_DTYPES
@pytest.mark.parametrize("geometry", FALLBACK)
def test_other_shapes_are_im2col_bit_for_bit(geometry: Any, dtype: DTypeLike, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winograd, "transform_weights", Mock(side_effect=AssertionError("needed by nobody")))
    x, W, dy = (array.astype(dtype) for array in arrays(*geometry))
    found, expected = (three_maps(method, x, W, dy, *geometry[4:]) for method in (Winograd(), Im2col()))
    for got, exact in zip(found, expected, strict=True):
        assert got.dtype == dtype
        assert got.tobytes() == exact.tobytes()


def test_one_channel_is_as_by_im2col() -> None:
    x, W, dy = arrays((6, 8), 1, 32, 4, 2, 1)
    found, expected = (three_maps(method, x, W, dy, 2, 1) for method in (Winograd(), Im2col()))
    for got, exact in zip(found, expected, strict=True):
        close(got, exact)


@pytest.mark.parametrize("odd", ["x", "W", "dy"])
@pytest.mark.parametrize("C", [1, 8])
def test_mixed_dtypes_are_refused_or_computed_but_never_wrong(C: int, odd: str) -> None:
    made = dict(zip(("x", "W", "dy"), arrays((14, 14), C, 32, 4, 2, 1), strict=True))
    x, W, dy = (array if name == odd else array.astype(np.float32) for name, array in made.items())
    calls: dict[str, tuple[Any, ...]] = {
        "forward": (x, W, 2, 1),
        "input_gradient": (dy, W, 2, 1, (14, 14)),
        "weight_gradient": (x, dy, 4, 2, 1),
    }
    for name, arguments in calls.items():
        expected = getattr(im2col, name)(*arguments)
        try:
            found = getattr(Winograd(), name)(*arguments)
        except TypeError:
            assert len({array.dtype for array in arguments[:2]}) == 2
        else:
            scale = np.abs(expected).max()
            close(found / scale, expected / scale, np.float32)


# Whole networks


def discriminator(rng: Rng) -> Sequential:
    return Sequential(
        Conv2D(1, 32, rng, LeakyReLU()), Conv2D(32, 64, rng, LeakyReLU()), Reshape(3136), Dense(3136, 1, rng)
    )


def generator(rng: Rng) -> Sequential:
    return Sequential(
        Dense(4, 3136, rng, LeakyReLU()),
        Reshape(7, 7, 64),
        ConvTranspose2D(64, 32, rng, LeakyReLU()),
        ConvTranspose2D(32, 1, rng, Tanh()),
    )


NETWORKS = {"discriminator": (discriminator, (5, 28, 28, 1)), "generator": (generator, (5, 4))}


def pushed(network: Layer, u: Array, saved: Saved) -> Array:
    """J u of as many of its first layers as have no curvature."""
    for (_, layer), part in zip(network.leaves(), saved.parts, strict=True):
        if not is_piecewise_linear(layer):
            break
        u = push(layer, u, part)
    return u


def all_of(network: Layer, x: Array) -> list[Array]:
    """What a network gives, forward, pushed, back while frozen and back with gradients."""
    y, saved = network.forward(x)
    dy = np.cos(y) / y.size
    found = [y, pushed(network, np.sin(x), saved), pull(network, dy, saved)]
    dx = network.backward(dy, saved)
    assert dx is not None
    return [*found, dx, *network.gradients().values()]


@BOTH_DTYPES
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_plain_network_and_its_twin_by_either_method_give_the_same(name: str, method: str, dtype: type) -> None:
    make, shape = NETWORKS[name]
    plain, x = cast(make(np.random.default_rng(0)), dtype), numbers(np.random.default_rng(1), *shape, dtype=dtype)
    expected = [array.copy() for array in all_of(plain, x)]
    plain.zero_grads()
    for found, exact in zip(all_of(twin(plain, method), x), expected, strict=True):
        assert (found.dtype.type, found.shape) == (dtype, exact.shape)
        error = np.sqrt(np.mean((found - exact) ** 2) / np.mean(exact.astype(np.float64) ** 2))
        assert error < (1e-12 if dtype == np.float64 else 1e-4)


def test_a_method_of_another_name_is_an_error_and_the_plain_network_stays() -> None:
    chain = discriminator(np.random.default_rng(0))
    layers = chain.layers
    with pytest.raises(KeyError, match="fourier"):
        twin(chain, "fourier")
    assert chain.layers is layers
    assert [type(layer) for layer in layers] == [Conv2D, Conv2D, Reshape, Dense]
