"""The gradient penalty compared with finite differences; rejected networks.

Plain layers are tested first, because the fast layers are compared with them.

|g|^2 jumps where the mask of a LeakyReLU flips, so finite differences are correct only away from kinks. These tests
search for a seed that keeps all values farther from a kink than the finite-difference steps reach.
"""

from collections.abc import Callable

import numpy as np
import pytest

from gan.errors import InputError
from gan.plain.models import build_discriminator
from gan.rules.gradient_penalty import accumulate_with_penalty, check_penalty
from gan.rules.relativistic import judge, outputs_of, relativistic_pair
from nnet import Array, Conv2D, Dense, Layer, LeakyReLU, Reshape, Sequential, Tanh
from nnet.fast.accelerate import METHODS, accelerate
from nnet.gradcheck import in_float64
from tests.helpers.derivatives import assert_gradients, distance_to_kinks
from tests.helpers.strategies import BOTH_DTYPES, cast, pull

B, GAMMA = 3, 0.7
ONES = np.ones((2 * B, 1))  # D has one output, used as the logit of every image


def small_discriminator(rng: np.random.Generator) -> Sequential:
    """Return two convolutions and two dense layers for 8x8 images. Their activations are separate layers."""
    images = Conv2D(1, 2, rng), LeakyReLU(), Conv2D(2, 3, rng), LeakyReLU(), Reshape(12)
    return Sequential(*images, Dense(12, 4, rng), LeakyReLU(), Dense(4, 1, rng))


def away_from_kinks() -> tuple[Layer, Array]:
    """Return a float64 discriminator and 2 B images that keep all values away from kinks."""
    for seed in range(50):
        rng = np.random.default_rng(seed)
        D = in_float64(small_discriminator(rng))
        for name, w in D.parameters().items():
            if name.endswith("b"):
                w[...] = rng.standard_normal(w.shape)  # zero biases would hide errors in their handling
        x = rng.uniform(-1, 1, (2 * B, 8, 8, 1))
        if distance_to_kinks(D, D.forward(x)[1]) > 1e-3:  # a thousand times the finite-difference steps
            return D, x
    raise AssertionError("no seed out of fifty keeps away from the kinks")


def penalty_of(D: Layer, x: Array) -> float:
    """Compute the penalty from its definition: gamma / 2 (mean of |g|^2 over reals + mean over fakes)."""
    logits, saved = D.forward(x)
    g = pull(D, np.ones_like(logits), saved)  # dD/dx, (N, 8, 8, 1), because samples do not mix
    squares = (g**2).sum((1, 2, 3))
    return float(GAMMA / 2 * (squares[:B].mean() + squares[B:].mean()))


def loss_of(D: Layer, x: Array) -> float:
    logits, _ = D.forward(x)
    return relativistic_pair(logits[:B], logits[B:])[0]


def shared_gradient(D: Layer, x: Array, which: Array = ONES) -> tuple[dict[str, Array], float]:
    """Return the gradients and the penalty that gan.rules.gradient_penalty computes for the relativistic loss."""
    logits, saved = judge(D, x, which)
    _, dreal, dfake = relativistic_pair(logits[:B], logits[B:])
    D.zero_grads()
    penalty = accumulate_with_penalty(D, np.concatenate([dreal, dfake]), which, saved, GAMMA)
    return {name: dw.copy() for name, dw in D.gradients().items()}, penalty


def test_the_gradient_is_that_of_loss_plus_penalty() -> None:
    D, x = away_from_kinks()
    shared, penalty = shared_gradient(D, x)
    assert penalty == pytest.approx(penalty_of(D, x), rel=1e-12)
    assert_gradients(lambda: loss_of(D, x) + penalty_of(D, x), D.parameters(), shared)
    assert max(np.abs(dw).max() for dw in shared.values()) > 0.05  # large enough for 1e-7 to be strict


# The fast layers


@BOTH_DTYPES
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("labels", [False, True])
def test_an_accelerated_discriminator_gives_the_same(labels: bool, method: str, dtype: type) -> None:
    """Use the sizes that the kernels are made for, with one output per digit and with a single output."""
    rng = np.random.default_rng(0)
    which: Array = outputs_of(np.array([7, 0, 7, 3, 9, 7]), labels).astype(dtype)  # (2B, outputs)
    plain = cast(build_discriminator(which.shape[1], (32, 64), rng, [16]), dtype)
    x: Array = rng.uniform(-1, 1, (2 * B, 28, 28, 1)).astype(dtype)
    expected, exact = shared_gradient(plain, x, which)
    gradients, penalty = shared_gradient(accelerate(plain, method), x, which)
    small = 1e-12 if dtype == np.float64 else 1e-4
    assert exact > 1e-3
    assert penalty == pytest.approx(exact, rel=small)
    last_bias = list(expected)[-1]  # without labels its gradient is zero up to rounding
    for name, dw in gradients.items():
        assert dw.dtype == dtype
        if name != last_bias or labels:
            error = np.sqrt(np.mean((dw - expected[name]) ** 2) / np.mean(expected[name].astype(np.float64) ** 2))
            assert error < small, name


CURVED: dict[str, Callable[[np.random.Generator], tuple[str, Layer]]] = {
    "fused": lambda rng: ("0.Dense", Sequential(Dense(2, 2, rng, Tanh()), Dense(2, 1, rng))),
    "accelerated": lambda rng: ("0.FastDense", accelerate(Sequential(Dense(2, 2, rng, Tanh()), Dense(2, 1, rng)))),
    "in a chain": lambda rng: ("0.1.Tanh", Sequential(Sequential(Dense(2, 2, rng), Tanh()), Dense(2, 1, rng))),
}


@pytest.mark.parametrize("case", CURVED)
def test_a_curved_activation_is_refused_with_its_place(case: str) -> None:
    place, D = CURVED[case](np.random.default_rng(0))
    with pytest.raises(InputError, match="piecewise linear") as caught:
        check_penalty(D)
    assert place in str(caught.value)
    assert "gamma 0" in str(caught.value)
