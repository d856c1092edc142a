"""static/js/logic/points-gan.js, called in a real browser, compared with the GAN in Python in float64."""

from typing import Any

import numpy as np
import pytest

from gan.plain.training import Players, iterate
from gan.rules.penalty import accumulate_with_penalty
from nnet.activations import LeakyReLU
from nnet.dense import Dense
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits, sigmoid
from nnet.optimizers import Adam
from nnet.sequential import Sequential
from tests.conftest import run_script
from tests.helpers.browsing import Browser
from tests.helpers.derivatives import numeric_gradient

ITERATIONS, BATCH, RATE = 200, 16, 3e-3
HELPERS = """const gan = await import("/static/js/logic/points-gan.js"), flat = (x) => Float64Array.from(x);
    const build = (net) => net.map(({ W, b, slope }) => gan.dense(W, b, slope));
    const weights = (net) => net.map(({ W, b, dW, db }) => ({ W: [...W], b: [...b], dW: [...dW], db: [...db] }));"""


def network(outputs: int, rng: np.random.Generator) -> Layer:
    widths = (2, 12), (12, 8)
    return in_float64(Sequential(*(Dense(a, b, rng, LeakyReLU()) for a, b in widths), Dense(8, outputs, rng)))


def exported(network: Layer) -> list[dict[str, Any]]:
    """Return every layer's weights and slope for JSON."""
    layers = [layer for _, layer in network.leaves() if isinstance(layer, Dense)]
    flat = [{key: w.ravel().tolist() for key, w in layer.params.items()} for layer in layers]
    return [one | {"slope": 1.0 if one is flat[-1] else 0.2} for one in flat]


def assert_same(found: list[dict[str, list[float]]], network: Layer, tolerance: float, kind: str = "params") -> None:
    names = {"params": {"W": "W", "b": "b"}, "grads": {"W": "dW", "b": "db"}}[kind]
    for (_, layer), given in zip(network.leaves(), found, strict=True):
        for key, w in getattr(layer, kind).items():
            np.testing.assert_allclose(given[names[key]], w.ravel(), rtol=0, atol=tolerance)


def test_two_hundred_iterations_equal_those_of_the_training_in_python(browser: Browser) -> None:
    rng = np.random.default_rng(4)
    G, D = network(2, rng), network(1, rng)
    given = {"G": exported(G), "D": exported(D), "rate": RATE}
    real = rng.standard_normal((ITERATIONS, BATCH, 2))
    latents = rng.standard_normal((ITERATIONS, BATCH, 2))
    given |= {"real": real.reshape(ITERATIONS, -1).tolist(), "latents": latents.reshape(ITERATIONS, -1).tolist()}
    body = """const G = build(given.G), D = build(given.D), { rate } = given;
        const game = { G, D, stepG: gan.adam(G), stepD: gan.adam(D), rateG: rate, rateD: rate, gamma: 0, frozen: true };
        const losses = given.real.map((real, i) => gan.iterate(game, flat(real), [flat(given.latents[i])]));
        return { losses, G: weights(G), D: weights(D) };"""
    found = run_script(browser, HELPERS + body, given)
    before = {name: w.copy() for name, w in G.parameters().items()}
    players = Players(G, D, Adam(G, D), Adam(D))
    measured = [iterate(players, *batch, RATE) for batch in zip(real, latents, strict=True)]
    np.testing.assert_allclose(found["losses"], [(one.d_loss, one.g_loss) for one in measured], rtol=0, atol=1e-6)
    assert_same(found["G"], G, 1e-6)
    assert_same(found["D"], D, 1e-6)
    assert all(np.abs(w - before[name]).max() > 0.05 for name, w in G.parameters().items()), "training changed it"


def test_the_penalty_equals_that_of_python(browser: Browser) -> None:
    rng = np.random.default_rng(5)
    D, gamma = network(1, rng), 0.7
    points = rng.standard_normal((2 * BATCH, 2))
    targets = np.repeat([1.0, 0.0], BATCH)[:, None]
    logits, saved = D.forward(points)
    _, dlogits = bce_with_logits(logits, targets)
    given = {"D": exported(D), "points": points.ravel().tolist(), "dlogits": dlogits.ravel().tolist(), "gamma": gamma}
    body = """const D = build(given.D), saved = gan.forward(D, flat(given.points));
        D.forEach(({ dW, db }) => { dW.fill(0); db.fill(0); });
        gan.backward(D, saved, flat(given.dlogits));
        return { penalty: gan.penalize(D, saved, given.gamma), D: weights(D) };"""
    found = run_script(browser, HELPERS + body, given)
    penalty = accumulate_with_penalty(D, dlogits, np.ones_like(dlogits), saved, gamma)
    assert found["penalty"] == pytest.approx(penalty, rel=1e-9)
    assert penalty > 0.01
    assert_same(found["D"], D, 1e-9, "grads")


@pytest.mark.parametrize("saturating", [False, True])
def test_the_arrows_are_the_slopes_of_both_losses(browser: Browser, saturating: bool) -> None:
    rng = np.random.default_rng(6)
    D, points = network(1, rng), rng.standard_normal((BATCH, 2))

    def loss() -> float:
        p: Array = sigmoid(D.forward(points)[0])
        return float((np.log(1 - p) if saturating else -np.log(p)).mean())

    body = """const D = build(given.D), before = JSON.stringify(weights(D));
        const [loss, dfake] = gan.throughD({ D, saturating: given.saturating }, flat(given.points));
        return { loss, dfake: [...dfake], same: JSON.stringify(weights(D)) === before };"""
    given = {"D": exported(D), "points": points.ravel().tolist(), "saturating": saturating}
    found = run_script(browser, HELPERS + body, given)
    assert found["loss"] == pytest.approx(loss(), rel=1e-9)
    assert found["same"], "D is frozen"
    np.testing.assert_allclose(found["dfake"], numeric_gradient(loss, points).ravel(), rtol=0, atol=1e-7)
