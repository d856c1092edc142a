"""Helpers for the tests of `nnet`: random arrays, and an example of every layer."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import DTypeLike, NDArray

from nnet import (
    Conv2D,
    ConvTranspose2D,
    Dense,
    Layer,
    LeakyReLU,
    Reshape,
    Saved,
    Sequential,
    Tanh,
)
from nnet.clipped_tanh_and_finish import ClippedTanh
from nnet.fast import parallel_forward
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels import thread_pool
from nnet.gradcheck import in_float64

Array = NDArray[np.floating]
BOTH_DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
DTYPES = st.sampled_from([np.float32, np.float64])


def tolerance(dtype: DTypeLike) -> float:
    """Return the rounding error allowed in a sum of several hundred products of numbers
    around 1.
    """
    return 1e-11 if dtype == np.float64 else 2e-4


def close(actual: Array, expected: Array, dtype: DTypeLike = np.float64) -> None:
    """Assert that the shapes are equal and the numbers are equal up to rounding in this
    dtype.
    """
    assert actual.shape == expected.shape
    np.testing.assert_allclose(
        actual, expected, rtol=tolerance(dtype), atol=tolerance(dtype)
    )


def numbers(
    rng: np.random.Generator, *shape: int, dtype: DTypeLike = np.float64
) -> Array:
    """Return standard normal numbers, almost certainly all different."""
    array = rng.standard_normal(shape).astype(dtype)
    assert array.size == 0 or len(np.unique(array)) > 0.9 * array.size
    return array


def with_gaps(array: Array) -> Array:
    """Return the same numbers, not adjacent in memory."""
    return np.repeat(array, 2, axis=-1)[..., ::2]


def as_bytes(arrays: Mapping[str, Array]) -> dict[str, bytes]:
    """Return the bytes of arrays, for exact comparisons."""
    return {name: array.tobytes() for name, array in arrays.items()}


def cast(layer: Layer, dtype: DTypeLike) -> Layer:
    """Return the layer with its weights converted to this dtype.

    New layers have float32 weights.
    """
    return in_float64(layer) if dtype == np.float64 else layer


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Run the block on this many threads, even for a few images."""
    before = thread_pool.get_threads()
    thread_pool.set_threads(count)
    try:
        with patch.object(parallel_forward, "LEAST_IMAGES", 1):
            yield
    finally:
        thread_pool.set_threads(before)


def pull(layer: Layer, dy: Array, saved: Saved) -> Array:
    """Return dx without accumulating weight gradients."""
    with layer.frozen():
        return layer.backward(dy, saved)


def everything(network: Layer, x: Array) -> dict[str, Array]:
    """Return everything that a network computes for a batch: forward, frozen backward,
    and backward with gradients.
    """
    network.zero_grads()
    y, saved = network.forward(x)
    dy = np.cos(y)
    results = {"y": y, "frozen dx": pull(network, dy, saved)}
    assert not any(dw.any() for dw in network.gradients().values())
    dx = network.backward(dy, saved)
    return (
        results
        | {"dx": dx}
        | {f"backward {key}": dw.copy() for key, dw in network.gradients().items()}
    )


def chain(rng: np.random.Generator) -> Sequential:
    return Sequential(
        Conv2D(1, 2, rng, LeakyReLU()),
        Conv2D(2, 3, rng, LeakyReLU()),
        Reshape(6),
        Dense(6, 1, rng),
    )


def nested_chain(rng: np.random.Generator) -> Sequential:
    first = Sequential(Dense(4, 12, rng), LeakyReLU(), Reshape(2, 3, 2))
    second = Sequential(ConvTranspose2D(2, 3, rng), Tanh())
    return Sequential(first, Sequential(second, ConvTranspose2D(3, 1, rng, Tanh())))


# A function that builds a layer, and its input's shape.
Example = tuple[Callable[[np.random.Generator], Layer], tuple[int, ...]]

# Every plain layer, and every activation in a layer with weights.
PLAIN: dict[str, Example] = {
    "dense": (lambda rng: Dense(5, 4, rng), (3, 5)),
    "dense leaky": (lambda rng: Dense(5, 4, rng, LeakyReLU(0.3)), (3, 5)),
    "dense tanh": (lambda rng: Dense(5, 4, rng, Tanh()), (3, 5)),
    "dense clipped tanh": (lambda rng: Dense(5, 4, rng, ClippedTanh()), (3, 5)),
    "dense to one": (lambda rng: Dense(5, 1, rng, LeakyReLU()), (3, 5)),
    "conv": (
        lambda rng: Conv2D(2, 3, rng, kernel=3, stride=1, padding=0),
        (3, 5, 4, 2),
    ),
    "conv leaky": (lambda rng: Conv2D(2, 3, rng, LeakyReLU()), (3, 6, 4, 2)),
    "conv tanh": (
        lambda rng: Conv2D(2, 3, rng, Tanh(), kernel=2, stride=3, padding=2),
        (3, 5, 4, 2),
    ),
    "transposed": (
        lambda rng: ConvTranspose2D(2, 3, rng, kernel=3, stride=1, padding=0),
        (3, 2, 3, 2),
    ),
    "transposed leaky": (
        lambda rng: ConvTranspose2D(2, 3, rng, LeakyReLU()),
        (3, 3, 2, 2),
    ),
    "transposed tanh": (
        lambda rng: ConvTranspose2D(2, 3, rng, Tanh(), kernel=2, stride=3, padding=1),
        (3, 2, 3, 2),
    ),
    # Layers whose shapes have fast kernels.
    "conv of 14x14 leaky": (
        lambda rng: Conv2D(8, 32, rng, LeakyReLU()),
        (1, 14, 14, 8),
    ),
    "transposed of 14x14 leaky": (
        lambda rng: ConvTranspose2D(32, 8, rng, LeakyReLU()),
        (1, 7, 7, 32),
    ),
    "conv of one channel, leaky": (
        lambda rng: Conv2D(1, 32, rng, LeakyReLU()),
        (3, 6, 4, 1),
    ),
    "transposed of one channel, tanh": (
        lambda rng: ConvTranspose2D(32, 1, rng, Tanh()),
        (3, 2, 3, 32),
    ),
    "leaky": (lambda _: LeakyReLU(0.4), (3, 2, 5)),
    "leaky of slope 1": (lambda _: LeakyReLU(1), (3, 4)),
    "tanh": (lambda _: Tanh(), (3, 2, 5)),
    "clipped tanh": (lambda _: ClippedTanh(), (3, 2, 5)),
    "conv clipped tanh": (lambda rng: Conv2D(2, 3, rng, ClippedTanh()), (3, 4, 4, 2)),
    "transposed of one channel, clipped tanh": (
        lambda rng: ConvTranspose2D(32, 1, rng, ClippedTanh()),
        (3, 2, 3, 32),
    ),
    "reshape": (lambda _: Reshape(2, 3, 1), (3, 6)),
    "chain": (chain, (3, 8, 4, 1)),
    "nested chain": (nested_chain, (3, 4)),
}


def fast_twin(name: str) -> Example:
    """Return the example with the fast twin of its layer."""
    make, shape = PLAIN[name]
    return lambda rng: accelerate(make(rng)), shape


def is_affine(name: str) -> bool:
    return name.removesuffix(", fast").split()[0] in ("dense", "conv", "transposed")


TWINS = {
    f"{name}, fast": fast_twin(name)
    for name in PLAIN
    if is_affine(name) or "chain" in name
}
EXAMPLES: dict[str, Example] = PLAIN | TWINS
EVERY_LAYER = pytest.mark.parametrize("name", EXAMPLES)
AFFINE = [name for name in EXAMPLES if is_affine(name)]
WEIGHTED = [name for name in EXAMPLES if is_affine(name) or "chain" in name]
# these support push
PIECEWISE_LINEAR = [
    name for name in EXAMPLES if "tanh" not in name and "chain" not in name
]
EVERY_AFFINE = pytest.mark.parametrize("name", AFFINE)
EVERY_WEIGHTED = pytest.mark.parametrize("name", WEIGHTED)


def build(
    name: str, dtype: DTypeLike = np.float64, seed: int = 0
) -> tuple[Layer, Array]:
    """Return a layer from EXAMPLES, along with an input for it.

    Biases are random, because zeros hide errors.
    """
    make, shape = EXAMPLES[name]
    # the fast twin gets the same numbers
    rng = np.random.default_rng([seed, *name.removesuffix(", fast").encode()])
    layer = cast(make(rng), dtype)
    for key, w in layer.parameters().items():
        if key.endswith("b"):
            w[...] = numbers(rng, *w.shape)
    return layer, numbers(rng, *shape, dtype=dtype)


def outputs(layer: Layer, saved: Saved) -> Iterator[tuple[Layer, Array]]:
    """Yield every plain layer inside the given one, with its output."""
    if isinstance(layer, Sequential):
        for inner, part in zip(layer.layers, saved.parts, strict=True):
            yield from outputs(inner, part)
    else:
        yield layer, saved.y


def from_kinks(layer: Layer, saved: Saved) -> float:
    """Return the smallest distance of any output from the kink of a LeakyReLU. Finite
    differences must not cross it.
    """
    functions = [
        (getattr(leaf, "activation", leaf), y) for leaf, y in outputs(layer, saved)
    ]
    bent = [y for f, y in functions if isinstance(f, LeakyReLU) and f.slope < 1]
    return min((np.abs(y).min() for y in bent), default=np.inf)


def build_smooth(name: str) -> tuple[Layer, Array]:
    """Return a layer and an input as `build` does, for the first seed whose outputs are
    far enough from the kinks.
    """
    for seed in range(50):
        layer, x = build(name, seed=seed)
        if from_kinks(layer, layer.forward(x)[1]) > 5e-4:
            return layer, x
    raise AssertionError(f"no seed of fifty keeps {name} away from the kinks")
