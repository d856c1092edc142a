"""The contract of layers in `nnet.layer`, tested on each layer in EXAMPLES."""

import importlib
import io
import pkgutil
import textwrap
from contextlib import nullcontext, redirect_stdout, suppress
from itertools import product
from unittest.mock import patch

import numpy as np
import pytest

import nnet
import nnet.gradcheck
from nnet import Dense, Layer, LeakyReLU, Saved, Sequential
from nnet.activations import Activation
from nnet.clipped_tanh_and_finish import Finish
from nnet.conv import Convolution
from nnet.dense import Affine
from nnet.fast.layers import FastConvolution, Fused, PackedDense
from nnet.gradcheck import check_layer
from tests.helpers import strategies
from tests.helpers.strategies import (
    EVERY_LAYER,
    EVERY_WEIGHTED,
    as_bytes,
    build,
    cast,
    close,
    numbers,
    pull,
)

ABSTRACT = {Activation, Affine, Convolution, Fused, FastConvolution}


def forward(name: str) -> tuple[Layer, Saved, strategies.Array]:
    """Return an example layer, what its forward saved, and a dy."""
    layer, x = build(name)
    y, saved = layer.forward(x)
    return layer, saved, numbers(np.random.default_rng(1), *y.shape)


def subclasses(kind: type[Layer]) -> set[type[Layer]]:
    """Return only subclasses defined in `nnet`, because other tests define faulty
    layers.
    """
    children = {
        child for child in kind.__subclasses__() if child.__module__.startswith("nnet.")
    }
    return children.union(*map(subclasses, children))


def test_examples_cover_every_layer_and_fused_activation() -> None:
    for module in pkgutil.walk_packages(nnet.__path__, "nnet."):
        importlib.import_module(module.name)
    # never learn: test_accelerate.py, test_activations.py
    inference_only = {PackedDense, Finish}
    built = [build(name)[0] for name in strategies.EXAMPLES]
    assert subclasses(Layer) - ABSTRACT - inference_only == {
        type(layer) for layer in built
    }
    fused = {
        (type(layer), type(layer.activation))
        for layer in built
        if isinstance(layer, Affine)
    }
    affine = subclasses(Affine) - ABSTRACT - inference_only
    activations = subclasses(Activation)
    assert fused >= set(product(affine, activations))


def test_the_example_of_the_docstring_runs() -> None:
    _, _, lines = (nnet.gradcheck.__doc__ or "").partition("To check one layer, run:\n")
    lines = textwrap.dedent(lines.partition("\n\nA LeakyReLU")[0])
    with redirect_stdout(io.StringIO()) as printed:
        exec(lines, {})
    names = [line.split()[0] for line in printed.getvalue().splitlines()]
    assert names == ["x", "W", "b"]


# Weights and their names


@EVERY_LAYER
@strategies.BOTH_DTYPES
def test_weights_and_gradients_share_names_and_shapes_and_the_dtype_is_kept(
    name: str, dtype: type
) -> None:
    layer, x = build(name, dtype)
    weights = layer.parameters()
    gradients = layer.gradients()
    assert [(key, w.shape) for key, w in weights.items()] == [
        (key, dw.shape) for key, dw in gradients.items()
    ]
    assert bool(weights) == (name in strategies.WEIGHTED)
    assert not any(dw.any() for dw in gradients.values())
    y, saved = layer.forward(x)
    dx = layer.backward(y, saved)
    arrays = [y, dx, pull(layer, y, saved), *weights.values(), *gradients.values()]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    assert dx.shape == x.shape


# Forward and backward


@EVERY_LAYER
def test_gradients_match_finite_differences(name: str) -> None:
    layer, x = strategies.build_smooth(name)
    checks = check_layer(layer, x, np.random.default_rng(5))
    assert [check.name for check in checks] == ["x", *layer.parameters()]
    assert max(check.error for check in checks) < 1e-7, checks
    assert all(abs(check.analytic) > 1e-4 for check in checks)


@EVERY_LAYER
def test_arguments_are_not_modified(name: str) -> None:
    layer, saved, dy = forward(name)
    other = numbers(np.random.default_rng(2), *saved.x.shape)
    arrays = {
        "dy": dy,
        "other": other,
        "x": saved.x,
        "y": saved.y,
        **layer.parameters(),
    }
    before = as_bytes(arrays)
    layer.backward(dy, saved)
    layer.backward(dy, saved, need_dx=False)
    pull(layer, dy, saved)
    layer.forward(other)
    assert as_bytes(arrays) == before


@EVERY_LAYER
def test_two_forwards_may_go_backward_in_either_order(name: str) -> None:
    layer, first = build(name)
    # a different batch size
    second = numbers(np.random.default_rng(8), len(first) + 1, *first.shape[1:])

    def backward(y: strategies.Array, saved: Saved) -> dict[str, bytes]:
        layer.zero_grads()
        dx = layer.backward(np.cos(y), saved)
        return as_bytes({"dx": dx, **layer.gradients()})

    expected = [backward(*layer.forward(x)) for x in (first, second)]
    for order in ([0, 1], [1, 0]):
        passes = [layer.forward(x) for x in (first, second)]
        for i in order:
            assert backward(*passes[i]) == expected[i]


@EVERY_LAYER
def test_backward_without_dx_gives_the_same_gradients(name: str) -> None:
    layer, saved, dy = forward(name)
    layer.backward(dy, saved)
    gradients = as_bytes(layer.gradients())
    layer.zero_grads()
    assert layer.backward(dy, saved, need_dx=False) is None
    assert as_bytes(layer.gradients()) == gradients


@EVERY_WEIGHTED
def test_gradients_accumulate_until_zeroed(name: str) -> None:
    layer, saved, dy = forward(name)
    layer.backward(dy, saved)
    once = {key: dw.copy() for key, dw in layer.gradients().items()}
    assert all(dw.any() for dw in once.values())
    layer.backward(-3 * dy, saved)
    for key, dw in layer.gradients().items():
        close(dw, -2 * once[key])
    layer.zero_grads()
    assert not any(dw.any() for dw in layer.gradients().values())


# Frozen layers


@EVERY_LAYER
def test_a_frozen_layer_returns_the_same_dx_and_computes_no_weight_gradient(
    name: str,
) -> None:
    layer, saved, dy = forward(name)
    free = layer.backward(dy, saved)
    gradients = as_bytes(layer.gradients())
    refuse = patch.object(
        layer,
        "weight_gradient",
        side_effect=AssertionError("computed a weight gradient"),
    )
    with layer.frozen(), refuse if isinstance(layer, Affine) else nullcontext():
        frozen = layer.backward(dy, saved)
        assert layer.backward(dy, saved, need_dx=False) is None
    assert frozen.tobytes() == free.tobytes()
    assert as_bytes(layer.gradients()) == gradients
    assert frozen.any()


def trainable(layer: Layer) -> list[bool]:
    return [leaf.trainable for _, leaf in layer.leaves()]


@EVERY_LAYER
def test_frozen_ends_with_its_block_even_after_an_error(name: str) -> None:
    layer, _ = build(name)
    with suppress(KeyError), layer.frozen():
        with layer.frozen():
            pass
        assert not any(trainable(layer)), "the inner block restores the state before it"
        raise KeyError
    assert all(trainable(layer))


@pytest.mark.parametrize(
    "name", [name for name in strategies.EXAMPLES if "chain" in name]
)
def test_a_chain_is_trainable_while_any_of_its_layers_is(name: str) -> None:
    layer, _ = build(name)
    leaves = [leaf for _, leaf in layer.leaves()]
    for count, leaf in enumerate(leaves, 1):
        leaf.trainable = False
        assert layer.trainable == (count < len(leaves))
    layer.trainable = True
    assert all(trainable(layer))
    layer.trainable = False
    assert not any(trainable(layer))


# A chain of layers is itself a layer, and nested chains are equivalent to flat ones


def three_layers() -> list[Layer]:
    rng = np.random.default_rng(0)
    return [
        cast(Dense(4, 3, rng, LeakyReLU()), np.float64),
        LeakyReLU(0.5),
        cast(Dense(3, 2, rng), np.float64),
    ]


def test_names_of_weights_contain_the_positions_of_their_layers() -> None:
    a, b, c = three_layers()
    flat = Sequential(a, b, c)
    assert list(flat.parameters()) == ["0.W", "0.b", "2.W", "2.b"]
    nested = Sequential(Sequential(a), Sequential(Sequential(b, c)))
    assert list(nested.gradients()) == ["0.0.W", "0.0.b", "1.0.1.W", "1.0.1.b"]
    assert nested.parameters()["1.0.1.W"] is c.params["W"]
    assert [layer for _, layer in nested.leaves()] == [a, b, c]


def test_a_layer_that_stands_twice_is_named_once() -> None:
    a, b, _ = three_layers()
    chain = Sequential(a, Sequential(b, a), a)
    assert list(chain.parameters()) == list(chain.gradients()) == ["0.W", "0.b"]
    assert [layer for _, layer in chain.leaves()] == [a, b, a, a]
    with chain.frozen():
        assert not a.trainable
    assert a.trainable


def test_the_first_dx_is_computed_only_if_needed() -> None:
    chain = Sequential(*three_layers())
    y, saved = chain.forward(numbers(np.random.default_rng(1), 5, 4))
    with patch.object(
        chain.layers[0],
        "transposed",
        side_effect=AssertionError("computed the first dx"),
    ):
        assert chain.backward(y, saved, need_dx=False) is None
        assert chain.gradients()["0.W"].any()
        with pytest.raises(AssertionError, match="computed the"):
            chain.backward(y, saved)
