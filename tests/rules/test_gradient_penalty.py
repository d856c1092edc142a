"""The gradient penalty of fast layers compared with plain ones; refused networks.

test_relativistic.py compares the penalty of plain layers with differences.
"""

from collections.abc import Callable

import numpy as np
import pytest

from gan.base.errors import InputError
from gan.plain.models import build_discriminator
from gan.rules.gradient_penalty import accumulate_with_penalty, check_penalty
from gan.rules.relativistic import judge, outputs_of, relativistic_pair
from nnet import Array, Dense, Layer, Sequential, Tanh
from nnet.fast.accelerate import METHODS, accelerate
from tests.helpers.strategies import BOTH_DTYPES, cast

B = 3
GAMMA = 0.7
ONES = np.ones((2 * B, 1))  # D has one output, used as the logit of every image


def gradients_and_penalty(
    D: Layer, x: Array, which: Array = ONES
) -> tuple[dict[str, Array], float]:
    """Return the gradients and the penalty that gan.rules.gradient_penalty computes for
    the relativistic loss.
    """
    logits, saved = judge(D, x, which)
    _, dreal, dfake = relativistic_pair(logits[:B], logits[B:])
    D.zero_grads()
    penalty = accumulate_with_penalty(
        D, np.concatenate([dreal, dfake]), which, saved, GAMMA
    )
    return {name: dw.copy() for name, dw in D.gradients().items()}, penalty


# The fast layers


@BOTH_DTYPES
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("labels", [False, True])
def test_an_accelerated_discriminator_gives_the_same_gradients_and_penalty(
    labels: bool, method: str, dtype: type
) -> None:
    """Use the sizes that the kernels are made for, with one output per digit and with a
    single output.
    """
    rng = np.random.default_rng(0)
    # (2B, outputs)
    which: Array = outputs_of(np.array([7, 0, 7, 3, 9, 7]), labels).astype(dtype)
    plain = cast(build_discriminator(which.shape[1], (32, 64), rng, [16]), dtype)
    x: Array = rng.uniform(-1, 1, (2 * B, 28, 28, 1)).astype(dtype)
    expected, exact = gradients_and_penalty(plain, x, which)
    gradients, penalty = gradients_and_penalty(accelerate(plain, method), x, which)
    small = 1e-12 if dtype == np.float64 else 1e-4
    assert exact > 1e-3
    assert penalty == pytest.approx(exact, rel=small)
    last_bias = list(expected)[-1]  # without labels its gradient is zero up to rounding
    for name, dw in gradients.items():
        assert dw.dtype == dtype
        if name != last_bias or labels:
            exact_dw = expected[name].astype(np.float64)
            error = np.sqrt(np.mean((dw - exact_dw) ** 2) / np.mean(exact_dw**2))
            assert error < small, name


def fused_tanh(rng: np.random.Generator) -> Sequential:
    return Sequential(Dense(2, 2, rng, Tanh()), Dense(2, 1, rng))


# The place of the curved activation, and a network that contains it.
CURVED: dict[str, Callable[[np.random.Generator], Layer]] = {
    "0.Dense": fused_tanh,
    "0.FastDense": lambda rng: accelerate(fused_tanh(rng)),
    "0.1.Tanh": lambda rng: Sequential(Sequential(Dense(2, 2, rng), Tanh())),
}


@pytest.mark.parametrize("place", CURVED)
def test_a_curved_activation_is_refused_with_its_place(place: str) -> None:
    with pytest.raises(InputError, match="piecewise linear") as caught:
        check_penalty(CURVED[place](np.random.default_rng(0)))
    assert place in str(caught.value)
    assert "gamma 0" in str(caught.value)
