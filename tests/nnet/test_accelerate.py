"""Fast twins give the same results as plain layers and share their weights.

No two layers share a method object.
"""

import numpy as np
import pytest

from nnet import (
    Adam,
    Conv2D,
    ConvTranspose2D,
    Dense,
    LeakyReLU,
    Reshape,
    Sequential,
    Tanh,
    jvp,
)
from nnet.fast.accelerate import METHODS, accelerate
from nnet.fast.layers import (
    FastConv2D,
    FastConvolution,
    FastConvTranspose2D,
    FastDense,
    PackedDense,
)
from nnet.jvp import accumulate, push
from tests.helpers.strategies import (
    BOTH_DTYPES,
    PIECEWISE_LINEAR,
    TWINS,
    Array,
    build,
    close,
    everything,
    with_gaps,
)

PLAIN_NAMES = [name.removesuffix(", fast") for name in TWINS]


def network_of_every_layer() -> Sequential:
    """Return a network that contains every kind of layer."""
    rng = np.random.default_rng(0)
    inner = Sequential(
        Dense(8, 8, rng), Tanh(), Reshape(2, 2, 2), ConvTranspose2D(2, 1, rng)
    )
    return Sequential(Conv2D(1, 2, rng, LeakyReLU()), LeakyReLU(0.5), Reshape(8), inner)


@pytest.mark.parametrize("name", PLAIN_NAMES)
@BOTH_DTYPES
@pytest.mark.parametrize("convolution", METHODS)
def test_a_twin_equals_its_plain_layer(
    name: str, dtype: type, convolution: str
) -> None:
    layer, x = build(name, dtype)
    plain = everything(layer, x)
    fast = everything(accelerate(layer, convolution), x)
    assert list(plain) == list(fast)
    for key, array in plain.items():
        scale = max(1.0, float(np.abs(array).max()))
        close(fast[key] / scale, array / scale, dtype)


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_a_twin_shares_weights_and_gradients(name: str) -> None:
    plain, x = build(name)
    fast = accelerate(plain)
    for own, shared in [
        (plain.parameters(), fast.parameters()),
        (plain.gradients(), fast.gradients()),
    ]:
        assert list(own) == list(shared)
        assert all(shared[key] is array for key, array in own.items())
    y, saved = fast.forward(x)
    fast.backward(np.cos(y), saved)
    assert all(dw.any() for dw in plain.gradients().values())
    Adam(fast).step(0.1)
    close(fast.forward(x)[0], plain.forward(x)[0])
    assert not np.allclose(plain.forward(x)[0], y)


@pytest.mark.parametrize("name", TWINS)
def test_noncontiguous_arrays_give_the_same_results(name: str) -> None:
    results: list[dict[str, Array]] = []
    for arrange in (np.copy, with_gaps):
        layer, x = build(name)
        y, saved = layer.forward(arrange(x))
        dx = layer.backward(arrange(np.cos(y)), saved)
        results.append({"y": y, "dx": dx})
        if name in PIECEWISE_LINEAR:
            results[-1]["Ju"] = push(layer, arrange(np.sin(x)), saved)
            dz, results[-1]["J^T dy"] = jvp.pull(layer, arrange(np.cos(y)), saved)
            accumulate(layer, dz, saved, arrange(np.sin(x)), 0.7, np.ones(len(x)))
        results[-1] |= layer.gradients()
    for key, array in results[0].items():
        close(results[1][key], array)


def test_twins_are_frozen_independently() -> None:
    plain = network_of_every_layer()
    fast = accelerate(plain)
    with fast.frozen():
        assert all(leaf.trainable for _, leaf in plain.leaves())
    with plain.frozen():
        assert all(leaf.trainable for _, leaf in fast.leaves())


@pytest.mark.parametrize(
    ("options", "method"), [((), "winograd"), *(((name,), name) for name in METHODS)]
)
def test_layers_with_weights_become_fast_and_others_stay(
    options: tuple[str, ...], method: str
) -> None:
    plain = network_of_every_layer()
    attributes = [dict(vars(leaf)) for _, leaf in plain.leaves()]
    fast = [leaf for _, leaf in accelerate(plain, *options).leaves()]
    kinds = [
        FastConv2D,
        LeakyReLU,
        Reshape,
        FastDense,
        Tanh,
        Reshape,
        FastConvTranspose2D,
    ]
    assert [type(leaf) for leaf in fast] == kinds
    assert [dict(vars(leaf)) for _, leaf in plain.leaves()] == attributes
    methods = [leaf.method for leaf in fast if isinstance(leaf, FastConvolution)]
    assert methods[0] is not methods[1], "each caches the transform of its own weight"
    assert {type(each) for each in methods} == {METHODS[method]}


@pytest.mark.parametrize("columns", [512, 40])
def test_an_inference_layer_equals_the_plain_layer(columns: int) -> None:
    plain = Dense(300, columns, np.random.default_rng(0), LeakyReLU())
    fast = accelerate(plain, fixed=True)
    assert isinstance(fast, PackedDense)
    x = np.random.default_rng(1).normal(size=(7, 300)).astype(np.float32)
    results = everything(fast, x)
    for key, array in everything(plain, x).items():
        close(results[key] / 40, array / 40, np.float32)


def test_a_sample_does_not_depend_on_its_batch() -> None:
    """The outputs must be bit-identical.

    W is large enough that BLAS would be used without `fixed`.
    """
    rng = np.random.default_rng(0)
    leaky = LeakyReLU()
    plain = Sequential(
        Dense(74, 512, rng, leaky),
        Dense(512, 6272, rng, leaky),
        Reshape(7, 7, 128),
        ConvTranspose2D(128, 64, rng, activation=leaky),
    )
    x = np.random.default_rng(1).normal(size=(30, 74)).astype(np.float32)
    fast = accelerate(plain, fixed=True)
    expected, _ = fast.forward(x)
    for n in (1, 2, 3, 4, 7, 12, 29):
        np.testing.assert_array_equal(fast.forward(x[:n])[0], expected[:n])
        np.testing.assert_array_equal(fast.forward(x[-n:])[0], expected[-n:])
