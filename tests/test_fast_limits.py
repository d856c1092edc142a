"""What the fast convolution leaves to im2col, and that a whole network gives the same either way."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from strategies import BOTH_DTYPES, Array, cast, close, numbers

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import IM2COL, Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.convolution import Fast, use_method
from nnet.fast.kernels import im2col, winograd
from nnet.layer import Layer
from nnet.sequential import Sequential

Rng = np.random.Generator

FALLBACK = [  # size of the images, C, K, kernel, stride, padding
    ((14, 14), 1, 33, 4, 2, 1),
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


def three_maps(method: Fast | None, x: Array, W: Array, dy: Array, stride: int, padding: int) -> list[Array]:
    """forward, input_gradient and weight_gradient; None is im2col."""
    kernels = method or im2col
    return [
        kernels.forward(x, W, stride, padding),
        kernels.input_gradient(dy, W, stride, padding, x.shape[1:3]),
        kernels.weight_gradient(x, dy, len(W), stride, padding),
    ]


def arrays(size: tuple[int, int], C: int, K: int, kernel: int, stride: int, padding: int) -> tuple[Array, ...]:
    rng, places = np.random.default_rng(0), [im2col.output_size(side, kernel, stride, padding) for side in size]
    return numbers(rng, 3, *size, C), numbers(rng, kernel, kernel, C, K), numbers(rng, 3, *places, K)


@BOTH_DTYPES
@pytest.mark.parametrize("geometry", FALLBACK)
def test_other_shapes_are_im2col_bit_for_bit(geometry: tuple, dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winograd, "transform_weights", Mock(side_effect=AssertionError("needed by nobody")))
    x, W, dy = (array.astype(np.dtype(dtype)) for array in arrays(*geometry))
    found, expected = (three_maps(method, x, W, dy, *geometry[4:]) for method in (Fast(), None))
    for got, exact in zip(found, expected, strict=True):
        assert got.dtype == dtype
        assert got.tobytes() == exact.tobytes()


def test_the_input_gradient_of_one_channel_is_im2col_bit_for_bit() -> None:
    x, W, dy = arrays((6, 8), 1, 32, 4, 2, 1)
    found, expected = (three_maps(method, x, W, dy, 2, 1) for method in (Fast(), None))
    assert found[1].tobytes() == expected[1].tobytes()
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
            found = getattr(Fast(), name)(*arguments)
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


@BOTH_DTYPES
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gives_the_same_either_way(name: str, dtype: type) -> None:
    make, shape = NETWORKS[name]
    found = []
    for method in ("winograd", "im2col"):
        network, x = cast(make(np.random.default_rng(0)), dtype), numbers(np.random.default_rng(1), *shape, dtype=dtype)
        use_method(network, method)
        y, saved = network.forward(x)
        dx = network.backward(np.cos(y) / y.size, saved)
        found.append([y, dx, network.push(x, saved), *network.gradients().values()])
    for fast_one, exact in zip(*found, strict=True):
        assert fast_one.dtype == dtype
        error = np.sqrt(np.mean((fast_one - exact) ** 2) / np.mean(exact.astype(np.float64) ** 2))
        assert error < (1e-12 if dtype == np.float64 else 1e-4)


def convolutions(network: Layer) -> Iterator[Conv2D | ConvTranspose2D]:
    return (layer for _, layer in network.leaves() if isinstance(layer, Conv2D | ConvTranspose2D))


def test_every_convolution_gets_its_own_method_and_im2col_back() -> None:
    chain = Sequential(discriminator(np.random.default_rng(0)), LeakyReLU())
    assert [layer.method for layer in convolutions(chain)] == [IM2COL, IM2COL]
    use_method(chain, "winograd")
    first, second = (layer.method for layer in convolutions(chain))
    assert first != second
    assert IM2COL not in (first, second)
    use_method(chain, "im2col")
    assert [layer.method for layer in convolutions(chain)] == [IM2COL, IM2COL]


def test_another_name_is_an_error_and_changes_nothing() -> None:
    chain = discriminator(np.random.default_rng(0))
    with pytest.raises(KeyError, match="fourier"):
        use_method(chain, "fourier")
    assert [layer.method for layer in convolutions(chain)] == [IM2COL, IM2COL]
