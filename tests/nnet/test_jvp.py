"""Tangents pushed forward, gradients pulled back, and weight gradients, for layers that support the penalty."""

import numpy as np
import pytest

from nnet import Dense, Layer, LeakyReLU, Reshape, Saved, Sequential, Tanh
from nnet.dense import Affine
from nnet.fast.accelerate import accelerate
from nnet.jvp import accumulate, check_piecewise_linear, is_piecewise_linear, pull, push
from tests.helpers.strategies import (
    AFFINE,
    BOTH_DTYPES,
    EVERY_PIECEWISE_LINEAR,
    PIECEWISE_LINEAR,
    TWINS,
    Array,
    as_bytes,
    build,
    build_smooth,
    close,
    numbers,
)

LINEAR_AFFINE = [name for name in PIECEWISE_LINEAR if isinstance(build(name)[0], Affine)]
EVERY_LINEAR_AFFINE = pytest.mark.parametrize("name", LINEAR_AFFINE)


@EVERY_PIECEWISE_LINEAR
def test_push_is_the_derivative_along_a_direction(name: str) -> None:
    layer, x = build_smooth(name)
    u = numbers(np.random.default_rng(2), *x.shape)
    arrays = {"u": u, "x": x, **layer.parameters()}
    before = as_bytes(arrays)
    above, below, (_, saved) = layer.forward(x + 1e-6 * u)[0], layer.forward(x - 1e-6 * u)[0], layer.forward(x)
    np.testing.assert_allclose(push(layer, u, saved), (above - below) / 2e-6, rtol=1e-6, atol=1e-6)
    assert as_bytes(arrays) == before


@EVERY_PIECEWISE_LINEAR
def test_pull_equals_backward_without_gradients(name: str) -> None:
    layer, x = build(name)
    y, saved = layer.forward(x)
    dy = numbers(np.random.default_rng(2), *y.shape)
    dz, dx = pull(layer, dy.copy(), saved)
    assert not any(dw.any() for dw in layer.grads.values())
    assert np.array_equal(dx, layer.backward(dy, saved))
    if isinstance(layer, Affine):
        assert np.array_equal(dz, layer.activation.mask(dy, saved.y))


# dW is defined by <dW, R> = <dz, A_R x> for every R. Here A_R is A with the weight R, and `pull` returns dz = f' * dy.


def accumulated(layer: Layer, dy: Array, saved: Saved, u: Array, c: float, s: Array) -> dict[str, Array]:
    layer.zero_grads()
    with layer.frozen():  # it adds the gradients all the same
        accumulate(layer, pull(layer, dy.copy(), saved)[0], saved, u.copy(), c, s)
    return {key: dw.copy() for key, dw in layer.grads.items()}


def inputs_of(name: str, dtype: type = np.float64) -> tuple[Layer, Saved, Array, Array, Array]:
    """Return a layer, its Saved, and the arrays dy, u and s."""
    layer, x = build(name, dtype)
    y, saved = layer.forward(x)
    rng = np.random.default_rng(4)
    dy, u, s = numbers(rng, *y.shape), numbers(rng, *x.shape), numbers(rng, len(x))
    return layer, saved, dy.astype(dtype), u.astype(dtype), s.astype(dtype)


@EVERY_LINEAR_AFFINE
def test_accumulate_uses_the_mixed_input_and_weights_the_bias_by_sample(name: str) -> None:
    layer, saved, dy, u, s = inputs_of(name)
    R = numbers(np.random.default_rng(5), *layer.params["W"].shape)
    gradients = accumulated(layer, dy, saved, u, 0.7, s)
    mixed = s.reshape(-1, *[1] * (u.ndim - 1)) * saved.x + 0.7 * u
    assert isinstance(layer, Affine)
    dz = layer.activation.mask(dy, saved.y)
    by_sample = [weight * one.reshape(-1, one.shape[-1]).sum(0) for weight, one in zip(s, dz, strict=True)]
    close(gradients["b"], np.sum(by_sample, axis=0))
    layer.params["W"] = R
    expected = (dy * push(layer, mixed, saved)).sum()
    assert abs(expected) > 1e-3
    assert (gradients["W"] * R).sum() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("name", [name for name in LINEAR_AFFINE if name not in TWINS])
@BOTH_DTYPES
def test_a_twin_equals_its_plain_layer(name: str, dtype: type) -> None:
    results = []
    for one in (name, f"{name}, fast"):
        layer, saved, dy, u, s = inputs_of(one, dtype)
        results.append({"Ju": push(layer, u, saved), **accumulated(layer, dy, saved, u, 0.7, s)})
    for key, array in results[0].items():
        scale = max(1.0, float(np.abs(array).max()))
        close(results[1][key] / scale, array / scale, dtype)
        assert array.dtype == results[1][key].dtype == dtype


# Which layers are supported


@pytest.mark.parametrize("name", [*(name for name in AFFINE if "tanh" in name), "tanh", "chain"])
def test_unsupported_layers_are_refused(name: str) -> None:
    layer, x = build(name)
    y, saved = layer.forward(x)
    for refused in (
        lambda: push(layer, x, saved),
        lambda: pull(layer, y, saved),
        lambda: accumulate(layer, y, saved, x, 1.0, np.ones(len(x))),
    ):
        with pytest.raises(TypeError, match=f"expected a .*, received {type(layer).__name__}$"):
            refused()


@pytest.mark.parametrize(("layer", "expected"), [(LeakyReLU(), True), (Reshape(2), True), (Tanh(), False)])
def test_a_chain_is_piecewise_linear_if_all_its_layers_are(layer: Layer, expected: bool) -> None:
    rng = np.random.default_rng(0)
    networks = [layer, Sequential(LeakyReLU(), layer), Sequential(Sequential(layer), Dense(2, 2, rng))]
    for network in [*networks, accelerate(Sequential(LeakyReLU(), layer))]:
        assert is_piecewise_linear(network) is expected
    if not expected:
        with pytest.raises(TypeError, match="received Tanh"):
            check_piecewise_linear(layer)
