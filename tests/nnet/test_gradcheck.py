"""The numerical check locates wrong derivatives and accepts correct ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnet import Dense, Layer, Saved, Sequential, Tanh
from nnet.gradcheck import Check, check_layer, directional
from tests.helpers.strategies import Array, build, cast, numbers


class WrongTanh(Tanh):
    """A Tanh whose derivative lacks a square."""

    def mask(self, dy: Array, y: Array) -> Array:
        return dy * (1 - y)


class NoBias(Dense):
    """A Dense layer that omits the gradient of its bias."""

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Any:
        db = self.grads["b"].copy()
        dx = super().backward(dy, saved, need_dx=need_dx)
        self.grads["b"][...] = db
        return dx


WRONG: list[tuple[Callable[[np.random.Generator], Layer], set[str]]] = [
    (lambda rng: WrongTanh(), {"x"}),
    (lambda rng: Dense(5, 5, rng, WrongTanh()), {"x", "W", "b"}),
    (lambda rng: NoBias(5, 5, rng), {"b"}),
    (lambda rng: Sequential(Dense(5, 5, rng), WrongTanh(), Dense(5, 5, rng)), {"x", "0.W", "0.b"}),
]


@pytest.mark.parametrize(("build_layer", "wrong"), WRONG)
def test_wrong_derivatives_are_located(build_layer: Callable[..., Layer], wrong: set[str]) -> None:
    rng = np.random.default_rng(0)
    checks = check_layer(cast(build_layer(rng), np.float64), numbers(rng, 4, 5), rng)
    assert {check.name for check in checks if check.error > 1e-2} == wrong
    assert all(check.error < 1e-8 for check in checks if check.name not in wrong)


def test_errors_are_relative_or_absolute_for_small_numbers() -> None:
    assert Check("x", 200.0, 100.0).error == 0.5
    assert Check("x", -100.0, 100.0).error == 2
    assert Check("x", 0.01, 0.02).error == pytest.approx(0.01)
    assert Check("x", 3.0, 3.0).error == 0


def test_directions_are_random_and_x_is_restored() -> None:
    x = numbers(np.random.default_rng(0), 3, 2)
    before = x.tobytes()
    checks = [
        directional("cube", lambda: float((x**3).sum()), x, 3 * x**2, np.random.default_rng(seed)) for seed in (1, 2)
    ]
    assert x.tobytes() == before
    assert checks[0].analytic != checks[1].analytic
    assert max(check.error for check in checks) < 1e-8


def test_a_float32_layer_is_refused() -> None:
    layer, x = build("dense", np.float32)
    with pytest.raises(TypeError, match=r"^gradcheck of x: expected float64, received float32"):
        check_layer(layer, x, np.random.default_rng(0))
