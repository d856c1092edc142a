"""The numerical check locates wrong derivatives and accepts correct ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnet import Dense, Layer, Saved, Sequential, Tanh
from nnet.gradcheck import check_layer
from tests.helpers.strategies import Array, cast, numbers


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
    (
        lambda rng: Sequential(Dense(5, 5, rng), WrongTanh(), Dense(5, 5, rng)),
        {"x", "0.W", "0.b"},
    ),
]


@pytest.mark.parametrize(("build_layer", "wrong"), WRONG)
def test_wrong_derivatives_are_located(
    build_layer: Callable[..., Layer], wrong: set[str]
) -> None:
    rng = np.random.default_rng(0)
    checks = check_layer(cast(build_layer(rng), np.float64), numbers(rng, 4, 5), rng)
    assert {check.name for check in checks if check.error > 1e-2} == wrong
    assert all(check.error < 1e-8 for check in checks if check.name not in wrong)
