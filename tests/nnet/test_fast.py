"""The fast convolution layer detects every change to its weights and transforms no weight twice."""

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from unittest.mock import Mock

import numpy as np
import pytest

from nnet.activations import LeakyReLU, Reshape
from nnet.conv import Conv2D
from nnet.dense import Dense
from nnet.fast import layers
from nnet.fast.accelerate import accelerate, twin
from nnet.fast.convolution_methods import Winograd
from nnet.fast.kernels import winograd
from nnet.fast.kernels.products import product
from nnet.fast.layers import FastConv2D, FastConvolution
from nnet.fast.split import Split
from nnet.gradcheck import in_float64
from nnet.jvp import accumulate, push
from nnet.layer import Layer
from nnet.optimizers import Adam
from nnet.sequential import Sequential
from tests.helpers.strategies import BOTH_DTYPES, Array, cast, close, numbers, pull, threads


@pytest.fixture
def transforms(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Return a list that collects the shapes of all transformed weights."""
    shapes: list[tuple[int, ...]] = []
    transform = winograd.transform_weights

    def counted(W: Array, out: tuple[Array, Array] | None = None) -> tuple[Array, Array]:
        shapes.append(W.shape)
        return transform(W, out)

    monkeypatch.setattr(winograd, "transform_weights", counted)
    return shapes


def conv(dtype: type = np.float64) -> tuple[FastConv2D, Conv2D, Array]:
    """Return a fast layer, a plain layer with the same weights, and an input."""
    rng = np.random.default_rng(0)
    plain = Conv2D(8, 32, rng, LeakyReLU())
    cast(plain, dtype)
    layer = twin(plain)
    assert isinstance(layer, FastConv2D)
    return layer, plain, numbers(rng, 3, 14, 14, 8, dtype=dtype)


def steady(layer: FastConvolution) -> AbstractContextManager[None]:
    """Return a context in which the layer's weight must not change."""
    return layer.method.steady(layer.params["W"])


def assert_same(layer: Layer, plain: Layer, x: Array) -> None:
    """Assert that forward and backward give the same results for both layers."""
    results = []
    for one in (layer, plain):
        y, saved = one.forward(x)
        results.append((y, pull(one, np.cos(y), saved)))
    for actual, expected in zip(*results, strict=True):
        close(actual, expected, x.dtype)


# Weights that change


def one_step(layer: Layer) -> None:
    layer.grads["W"][...] = 1
    Adam(layer).step(0.01)


def one_number(layer: Layer) -> None:
    layer.params["W"][-1, -1, -1, -1] += 1


def one_sign(layer: Layer) -> None:
    layer.params["W"][0, 0, 0, 0] *= -1


def other_array(layer: Layer) -> None:
    layer.params["W"] = layer.params["W"] / 2


def swapped(layer: Layer) -> None:
    layer.params["W"][...] = layer.params["W"][::-1].copy()


def not_a_number_for_a_while(layer: Layer) -> None:
    W = layer.params["W"].copy()
    layer.params["W"][0] = np.nan
    y, _ = layer.forward(np.ones((1, 14, 14, 8), W.dtype))
    assert np.isnan(y).any()
    layer.params["W"][...] = W * 2


@BOTH_DTYPES
@pytest.mark.parametrize("change", [one_step, one_number, one_sign, other_array, swapped, not_a_number_for_a_while])
def test_a_changed_weight_is_detected(change: Callable[[Layer], None], dtype: type) -> None:
    layer, plain, x = conv(dtype)
    before, _ = layer.forward(x)
    assert_same(layer, plain, x)
    change(layer)
    after, saved = layer.forward(x)
    assert not np.array_equal(after, before)
    close(after, plain.forward(x)[0], dtype)
    close(pull(layer, after, saved), pull(plain, after, saved), dtype)


def test_a_change_between_forward_and_backward_is_detected() -> None:
    layer, plain, x = conv()
    y, saved = layer.forward(x)
    layer.params["W"] *= -2
    close(pull(layer, y, saved), pull(plain, y, saved))


def test_a_change_of_dtype_is_detected() -> None:
    layer, plain, x = conv(np.float32)
    layer.forward(x)
    in_float64(layer)
    plain.params = layer.params
    y, saved = layer.forward(x.astype(np.float64))
    assert y.dtype == np.float64
    close(y, plain.forward(x.astype(np.float64))[0], np.float64)  # float32 would be off by 1e-6
    close(pull(layer, y, saved), pull(plain, y, saved), np.float64)
    layer.params = {key: w.astype(np.float32) for key, w in layer.params.items()}
    plain.params = layer.params
    assert_same(layer, plain, x)


# Weights that do not change


def test_an_unchanged_weight_is_transformed_once(transforms: list[tuple[int, ...]]) -> None:
    layer, _, x = conv()
    for _ in range(3):
        y, saved = layer.forward(x)
        layer.backward(y, saved)
        push(layer, x, saved)
        accumulate(layer, y, saved, x.copy(), 0.5, np.ones(len(x)))
        with steady(layer):
            layer.forward(x)
    assert transforms == [(4, 4, 8, 32)]
    layer.params["W"] = layer.params["W"].copy()  # equal numbers in a new array need no new transform
    layer.forward(x[:1])
    assert len(transforms) == 1
    layer.params["W"][0, 0, 0, 0] += 1
    y, saved = layer.forward(x)
    layer.backward(y, saved)
    assert len(transforms) == 2


def test_the_weight_gradient_transforms_no_weight(transforms: list[tuple[int, ...]]) -> None:
    layer, plain, x = conv()
    y, saved = plain.forward(x)
    accumulate(layer, y, saved, x.copy(), 0.5, np.ones(len(x)))
    layer.backward(y, saved, need_dx=False)
    assert transforms == []


def test_weights_in_use_are_transformed_when_a_steady_block_starts(transforms: list[tuple[int, ...]]) -> None:
    layer, plain, x = conv()
    with steady(layer):
        assert transforms == []  # not yet, because the block might not use the layer
        layer.forward(x)
        assert len(transforms) == 1
    layer.params["W"] *= 2
    with steady(layer):
        assert len(transforms) == 2
        assert_same(layer, plain, x)
    assert len(transforms) == 2


def test_weights_are_compared_after_a_steady_block_but_not_within(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, plain, x = conv()
    layer.forward(x)
    with monkeypatch.context() as patch, steady(layer):
        patch.setattr(np, "array_equal", Mock(side_effect=AssertionError("compared the weight")))
        layer.forward(x)
    for error in (False, True):
        with suppress(KeyError), steady(layer):
            if error:
                raise KeyError
        layer.params["W"] *= 2
        assert_same(layer, plain, x)


def test_a_split_network_compares_weights_once(
    transforms: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    chain = Sequential(Conv2D(1, 32, rng), Conv2D(32, 64, rng, LeakyReLU()), Reshape(3136), Dense(3136, 1, rng))
    by_im2col, split = (accelerate(Sequential(Sequential(chain), LeakyReLU()), name) for name in ("im2col", "winograd"))
    x = np.ones((4, 28, 28, 1), np.float32)
    with threads(1):  # one thread, because two may both transform in the first call (see the next test)
        by_im2col.forward(x)
        assert transforms == []
        split.forward(x)
    assert transforms == [(4, 4, 32, 64)]
    with threads(2):
        split.forward(x)  # the first call on two threads also determines sizes
    for w in chain.parameters().values():
        w *= 2
    comparisons = Mock(side_effect=np.array_equal)
    with threads(2):
        monkeypatch.setattr(np, "array_equal", comparisons)
        split.forward(x)
    assert len(transforms) == 2
    assert comparisons.call_count == 1


def test_threads_share_transformed_weights(transforms: list[tuple[int, ...]]) -> None:
    layer, plain, x = conv()
    split = Split(Sequential(layer))
    with threads(2):
        split.forward(x)
        first = len(transforms)  # both threads may have transformed the weight
        layer.params["W"] *= 2
        y, saved = split.forward(x)
        split.backward(y, saved)
        close(y, plain.forward(x)[0])
    assert first in (1, 2)
    assert len(transforms) == first + 1


def test_the_memory_of_transformed_weights_is_reused() -> None:
    method, W = Winograd(), np.random.default_rng(0).standard_normal((4, 4, 8, 32))
    first = method.transformed(W)
    assert method.transformed(W.copy()) is first
    W *= 2
    second = method.transformed(W)
    assert second is not first
    assert (second.U is first.U, second.UT is first.UT) == (True, True)
    for result, expected in zip((second.U, second.UT), winograd.transform_weights(W), strict=True):
        assert result.tobytes() == expected.tobytes()
    third = method.transformed(W.astype(np.float32))
    assert third.U.dtype == third.UT.dtype == np.float32


def test_a_weight_of_another_shape_gets_new_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    transform, method, rng = winograd.transform_weights, Winograd(), np.random.default_rng(0)

    def checked(W: Array, out: tuple[Array, Array] | None = None) -> tuple[Array, Array]:
        fresh = transform(W)
        assert out is None or [buffer.shape for buffer in out] == [array.shape for array in fresh]
        return fresh

    monkeypatch.setattr(winograd, "transform_weights", checked)
    for C, K in ((8, 32), (16, 64), (8, 64)):
        W = rng.standard_normal((4, 4, C, K))
        for result, expected in zip(method.transformed(W)[1:], transform(W), strict=True):
            assert result.tobytes() == expected.tobytes()


def test_a_copied_layer_is_independent() -> None:
    layer, plain, x = conv()
    y, _ = layer.forward(x)
    other = copy.deepcopy(layer)
    other.params["W"] *= 2
    assert not np.array_equal(other.forward(x)[0], y)
    assert layer.forward(x)[0].tobytes() == y.tobytes()
    close(y, plain.forward(x)[0])


def test_an_error_during_a_transform_leaves_no_partial_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    method, rng = Winograd(), np.random.default_rng(0)
    before = rng.standard_normal((4, 4, 8, 32))
    expected = [array.copy() for array in method.transformed(before)[1:]]
    transform = winograd.transform_weights

    def half_way(W: Array, out: tuple[Array, Array] | None = None) -> tuple[Array, Array]:
        assert out is not None
        out[0][...] = 0
        raise MemoryError

    monkeypatch.setattr(winograd, "transform_weights", half_way)
    with suppress(MemoryError):
        method.transformed(before + 1)
    monkeypatch.setattr(winograd, "transform_weights", transform)
    for result, exact in zip(method.transformed(before)[1:], expected, strict=True):
        assert result.tobytes() == exact.tobytes()


def test_steady_applies_to_one_array() -> None:
    method, rng = Winograd(), np.random.default_rng(0)
    W, other = rng.standard_normal((4, 4, 8, 32)), rng.standard_normal((4, 4, 8, 32))
    method.transformed(W)
    with method.steady(W):
        assert method.transformed(other).U.tobytes() == winograd.transform_weights(other)[0].tobytes()


# Dense layers with few weights, which use their own matrix products


@BOTH_DTYPES
@pytest.mark.parametrize(
    ("inputs", "outputs", "products_used"), [(32, 48, 2), (32, 5, 1), (5, 32, 1), (7, 5, 0), (1024, 400, 0)]
)
def test_dense_layers_choose_their_product_by_size(
    inputs: int, outputs: int, products_used: int, dtype: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = cast(Dense(inputs, outputs, np.random.default_rng(0), LeakyReLU()), dtype)
    x = numbers(np.random.default_rng(1), 6, inputs, dtype=dtype)
    product_calls = Mock(side_effect=product)
    monkeypatch.setattr(layers, "product", product_calls)
    assert_same(twin(plain), plain, x)
    assert (product_calls.call_count > 0) == (products_used > 0)
    called = {call.args[1].shape for call in product_calls.call_args_list}
    assert len(called) == products_used
