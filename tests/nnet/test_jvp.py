"""Tangents pushed forward, gradients pulled back, and weight gradients, for layers that
support the penalty.
"""

import numpy as np
import pytest

from nnet.dense import Affine
from nnet.jvp import accumulate, is_piecewise_linear, pull, push
from tests.helpers.strategies import (
    AFFINE,
    PIECEWISE_LINEAR,
    as_bytes,
    build,
    build_smooth,
    close,
    numbers,
)

LINEAR_AFFINE = [
    name for name in PIECEWISE_LINEAR if isinstance(build(name)[0], Affine)
]


@pytest.mark.parametrize("name", PIECEWISE_LINEAR)
def test_push_is_the_derivative_along_a_direction(name: str) -> None:
    layer, x = build_smooth(name)
    u = numbers(np.random.default_rng(2), *x.shape)
    arrays = {"u": u, "x": x, **layer.parameters()}
    before = as_bytes(arrays)
    above = layer.forward(x + 1e-6 * u)[0]
    below = layer.forward(x - 1e-6 * u)[0]
    _, saved = layer.forward(x)
    np.testing.assert_allclose(
        push(layer, u, saved), (above - below) / 2e-6, rtol=1e-6, atol=1e-6
    )
    assert as_bytes(arrays) == before


# dW is defined by <dW, R> = <dz, A_R x> for every R. Here A_R is A with the weight R,
# and `pull` returns dz = f' * dy.


@pytest.mark.parametrize("name", LINEAR_AFFINE)
def test_accumulate_uses_the_mixed_input_and_weights_the_bias_by_sample(
    name: str,
) -> None:
    layer, x = build(name)
    y, saved = layer.forward(x)
    assert isinstance(layer, Affine)
    rng = np.random.default_rng(4)
    shapes = (y.shape, x.shape, (len(x),), layer.params["W"].shape)
    dy, u, s, R = (numbers(rng, *shape) for shape in shapes)
    with layer.frozen():  # it adds the gradients all the same
        accumulate(layer, pull(layer, dy.copy(), saved)[0], saved, u.copy(), 0.7, s)
    dz = layer.activation.mask(dy, saved.y)
    by_sample = [
        weight * one.reshape(-1, one.shape[-1]).sum(0)
        for weight, one in zip(s, dz, strict=True)
    ]
    close(layer.grads["b"], np.sum(by_sample, axis=0))
    layer.params["W"] = R
    mixed = s.reshape(-1, *[1] * (u.ndim - 1)) * saved.x + 0.7 * u
    expected = (dy * push(layer, mixed, saved)).sum()
    assert abs(expected) > 1e-3
    assert (layer.grads["W"] * R).sum() == pytest.approx(expected, rel=1e-10)


# Which layers are supported


@pytest.mark.parametrize("name", sorted({*AFFINE, *PIECEWISE_LINEAR, "tanh"}))
def test_layers_without_curvature_are_piecewise_linear(name: str) -> None:
    layer, _ = build(name)
    assert is_piecewise_linear(layer) is (name in PIECEWISE_LINEAR)
