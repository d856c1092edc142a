"""The numerical check finds wrong derivatives, passes right ones, and follows a gradient of G through a frozen D."""

from collections.abc import Callable

import numpy as np
import pytest
from strategies import Array, as_bytes, build, cast, from_kinks, numbers

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.gradcheck import Check, check_layer, directional, in_float64
from nnet.layer import Layer, Saved
from nnet.losses import bce_with_logits
from nnet.sequential import Sequential


class WrongTanh(Tanh):
    """Its derivative lacks a square."""

    def mask(self, dy: Array, y: Array, out: Array | None = None) -> Array:
        return dy * (1 - y)


class WrongSlope(LeakyReLU):
    """Goes back with another slope than forward."""

    def mask(self, dy: Array, y: Array, out: Array | None = None) -> Array:
        return np.where(y > 0, dy, 0.5 * dy)


class NoBias(Dense):
    """Forgets the gradient of its bias."""

    def _accumulate(self, dz: Array, x: Array, bias_weight: Array | None = None) -> None:
        self.grads["W"] += x.T @ dz


class WrongSign(Dense):
    """Adds the weight gradient with the wrong sign."""

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        return -super().weight_gradient(dz, x)


class PassesOn(Dense):
    """Passes on the gradient of its output for that of its input."""

    def pull(self, dy: Array, saved: Saved) -> Array:
        return dy

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        self.accumulate(dy, saved)
        return self.pull(dy, saved)


WRONG: list[tuple[Callable[[np.random.Generator], Layer], set[str]]] = [
    (lambda rng: WrongTanh(), {"x"}),
    (lambda rng: WrongSlope(0.2), {"x"}),
    (lambda rng: Dense(5, 5, rng, WrongTanh()), {"x", "W", "b"}),
    (lambda rng: NoBias(5, 5, rng), {"b"}),
    (lambda rng: WrongSign(5, 5, rng), {"W"}),
    (lambda rng: PassesOn(5, 5, rng), {"x"}),
    (lambda rng: Sequential(Dense(5, 5, rng), WrongTanh(), Dense(5, 5, rng)), {"x", "0.W", "0.b"}),
]


@pytest.mark.parametrize(("make", "wrong"), WRONG)
def test_wrong_derivatives_are_found_where_they_are(make: Callable[..., Layer], wrong: set[str]) -> None:
    rng = np.random.default_rng(0)
    checks = check_layer(cast(make(rng), np.float64), numbers(rng, 4, 5), rng)
    assert {check.name for check in checks if check.error > 1e-2} == wrong
    assert all(check.error < 1e-8 for check in checks if check.name not in wrong)


def test_the_error_is_relative_and_absolute_for_small_numbers() -> None:
    assert Check("x", 200.0, 100.0).error == 0.5
    assert Check("x", -100.0, 100.0).error == 2
    assert Check("x", 0.01, 0.02).error == pytest.approx(0.01)
    assert Check("x", 3.0, 3.0).error == 0


def test_a_direction_is_random_and_x_is_put_back() -> None:
    x = numbers(np.random.default_rng(0), 3, 2)
    before = x.tobytes()
    checks = [
        directional("cube", lambda: float((x**3).sum()), x, 3 * x**2, np.random.default_rng(seed)) for seed in (1, 2)
    ]
    assert x.tobytes() == before
    assert checks[0].analytic != checks[1].analytic
    assert max(check.error for check in checks) < 1e-8


@pytest.mark.parametrize("name", ["x", "0.W"])
def test_float32_is_refused(name: str) -> None:
    x = np.ones(3, np.float32)
    with pytest.raises(TypeError, match=f"^gradcheck of {name}: expected float64, received float32"):
        directional(name, lambda: 0.0, x, x, np.random.default_rng(0))


def test_a_float32_layer_is_refused() -> None:
    layer, x = build("dense", np.float32)
    with pytest.raises(TypeError, match="expected float64, received float32"):
        check_layer(layer, x, np.random.default_rng(0))


def test_in_float64_changes_weights_and_gradients_in_place_of_the_layer() -> None:
    layer, _ = build("nested chain", np.float32)
    before = {name: w.copy() for name, w in layer.parameters().items()}
    assert in_float64(layer) is layer
    for name, w in layer.parameters().items():
        assert (w.dtype.type, layer.gradients()[name].dtype.type) == (np.float64, np.float64)
        assert np.array_equal(w, before[name])


def players(seed: int) -> tuple[Layer, Layer, Array]:
    """A small generator, a small discriminator and latents, in float64."""
    rng = np.random.default_rng(seed)
    leaky = LeakyReLU()
    G = Sequential(
        Dense(3, 8, rng, leaky), Reshape(2, 2, 2), ConvTranspose2D(2, 3, rng, leaky), ConvTranspose2D(3, 1, rng, Tanh())
    )
    D = Sequential(
        Conv2D(1, 3, rng, leaky), Conv2D(3, 2, rng, leaky), Reshape(8), Dense(8, 4, rng, leaky), Dense(4, 1, rng)
    )
    return in_float64(G), in_float64(D), numbers(rng, 4, 3)


def test_the_gradient_of_a_generator_through_a_frozen_discriminator() -> None:
    for seed in range(50):
        G, D, latents = players(seed)
        chain = Sequential(G, D)
        if from_kinks(chain, chain.forward(latents)[1]) > 5e-4:
            break

    def loss() -> float:
        return bce_with_logits(D.forward(G.forward(latents)[0])[0], 1.0)[0]

    before = as_bytes({**D.parameters(), **{"d" + name: dw for name, dw in D.gradients().items()}})
    fake, saved_fake = G.forward(latents)
    logits, saved = D.forward(fake)
    _, dlogits = bce_with_logits(logits, 1.0)
    with D.frozen():
        dfake = D.backward(dlogits, saved)
    assert dfake is not None
    dlatents = G.backward(dfake, saved_fake)
    assert dlatents is not None
    rng = np.random.default_rng(1)
    places = {"latents": (latents, dlatents), **{n: (w, G.gradients()[n]) for n, w in G.parameters().items()}}
    checks = [directional(name, loss, w, dw, rng) for name, (w, dw) in places.items()]
    assert len(checks) == 7
    for check in checks:
        assert check.analytic == pytest.approx(check.numeric, rel=1e-5, abs=1e-10)
        assert abs(check.analytic) > 1e-5
    assert as_bytes({**D.parameters(), **{"d" + name: dw for name, dw in D.gradients().items()}}) == before
