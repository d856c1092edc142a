"""static/js/logic/points-gan.js, called in a browser, compared with the GAN in Python
in float64; and its scenes.
"""

from typing import Any

import numpy as np
import pytest

from gan.plain.training import Players, iterate
from nnet.activations import LeakyReLU
from nnet.dense import Dense
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.losses import sigmoid
from nnet.optimizers import Adam
from nnet.sequential import Sequential
from tests.conftest import run_script, script_page
from tests.helpers.browsing import Browser
from tests.helpers.derivatives import numeric_gradient
from tests.scripts.test_nn import VALUES, assert_same, flat

ITERATIONS = 200
BATCH = 16
RATE = 3e-3
HELPERS = """const gan = await import("/static/js/logic/points-gan.js"), flat = (x) => Float64Array.from(x);
    const build = (weights) => {
      const net = gan.network([2, 12, 8, weights["2.b"].length], () => 0);
      load(net, weights);
      return net;
    };"""
HELPERS += VALUES


def network(outputs: int, rng: np.random.Generator) -> Layer:
    widths = (2, 12), (12, 8)
    return in_float64(
        Sequential(
            *(Dense(a, b, rng, LeakyReLU()) for a, b in widths), Dense(8, outputs, rng)
        )
    )


def test_two_hundred_iterations_equal_those_of_the_training_in_python(
    browser: Browser,
) -> None:
    rng = np.random.default_rng(4)
    G, D = network(2, rng), network(1, rng)
    given: dict[str, Any] = {
        "G": flat(G.parameters()),
        "D": flat(D.parameters()),
        "rate": RATE,
    }
    real = rng.standard_normal((ITERATIONS, BATCH, 2))
    latents = rng.standard_normal((ITERATIONS, BATCH, 2))
    given |= {
        "real": real.reshape(ITERATIONS, -1).tolist(),
        "latents": latents.reshape(ITERATIONS, -1).tolist(),
    }
    body = """const G = build(given.G), D = build(given.D), { rate } = given;
        const optimizers = { optimizerG: gan.adam([G]), optimizerD: gan.adam([D]), rateG: rate, rateD: rate };
        const game = { G, D, ...optimizers, frozen: true };
        const losses = given.real.map((real, i) => gan.iterate(game, flat(real), [flat(given.latents[i])]));
        return { losses, G: values(G.parameters()), D: values(D.parameters()) };"""
    found = run_script(browser, HELPERS + body, given)
    before = {name: w.copy() for name, w in G.parameters().items()}
    players = Players(G, D, Adam(G, D, beta2=0.99), Adam(D, beta2=0.99))
    measured = [
        iterate(players, *batch, RATE) for batch in zip(real, latents, strict=True)
    ]
    np.testing.assert_allclose(
        found["losses"],
        [(one.d_loss, one.g_loss) for one in measured],
        rtol=0,
        atol=1e-6,
    )
    assert_same(found["G"], G.parameters(), 1e-6)
    assert_same(found["D"], D.parameters(), 1e-6)
    assert all(
        np.abs(w - before[name]).max() > 0.05 for name, w in G.parameters().items()
    ), "training changed it"


def test_the_arrows_are_the_slopes_of_the_loss(browser: Browser) -> None:
    rng = np.random.default_rng(6)
    D = network(1, rng)
    points = rng.standard_normal((BATCH, 2))

    def loss() -> float:
        p: Array = sigmoid(D.forward(points)[0])
        return float(-np.log(p).mean())

    body = """const D = build(given.D), { points } = given;
        const [loss, dfake] = gan.throughD({ D, frozen: true }, flat(points));
        return { loss, dfake: [...dfake], D: values(D.gradients()) };"""
    given = {"D": flat(D.parameters()), "points": points.ravel().tolist()}
    found = run_script(browser, HELPERS + body, given)
    assert found["loss"] == pytest.approx(loss(), rel=1e-9)
    assert not any(map(any, found["D"].values())), "D is frozen"
    np.testing.assert_allclose(
        found["dfake"], numeric_gradient(loss, points).ravel(), rtol=0, atol=1e-7
    )


# points-gan-scenes.js: scenes show their effect in four of five seeds


SEEDS = 5
ENOUGH = 4
SHOWN = 128
MANY = 0.6 * SHOWN
FEW = 0.15 * SHOWN
SCENE = """
const scenes = await import("/static/js/logic/points-gan-scenes.js");
const gan = await import("/static/js/logic/points-gan.js");
const { sigmoid } = await import("/static/js/nn/losses.js");
const play = scenes.begin(id, seed, data);
const advance = (count) => { for (let i = 0; i < count; i++) scenes.advance(play); };
const center = () => {
  const points = scenes.pairs(scenes.drawn(play));
  return [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
};
const moved = (from) => Math.hypot(...center().map((x, axis) => x - from[axis]));
"""


def counted(
    browser: Browser, id: str, body: str, *, seeds: int = SEEDS, data: str | None = None
) -> list[Any]:
    """Play a scene with each seed and return what the body returns."""
    script = f"async ([id, seed, data]) => {{ {SCENE} {body} }}"
    page = script_page(browser)
    return [page.evaluate(script, [id, seed, data]) for seed in range(1, seeds + 1)]


def assert_most(shown: list[bool], figures: object) -> None:
    assert sum(shown) >= ENOUGH, figures


@pytest.mark.full
@pytest.mark.parametrize("data", ["moons", "line"])
def test_the_points_reach_the_real_ones(browser: Browser, data: str) -> None:
    body = "const before = scenes.arrived(play); advance(play.scene.limit); return [before, scenes.arrived(play)];"
    found = counted(browser, "chase", body, data=data)
    assert_most([before < FEW and after > MANY for before, after in found], found)


@pytest.mark.full
def test_each_point_follows_its_arrow(browser: Browser) -> None:
    body = """const before = scenes.drawn(play), [, slopes] = gan.throughD(play.game, before);
        for (let i = 0; i < 5; i++) gan.updateG({ ...play.game, rateG: 0.0025 }, play.fixed);
        const after = scenes.drawn(play);
        return scenes.pairs(before.map((_, i) => i)).filter(([x, y]) =>
          [x, y].reduce((sum, i) => sum - (after[i] - before[i]) * slopes[i], 0) > 0).length;"""
    found = counted(browser, "chase", body, data="moons")
    assert_most([count > 0.8 * SHOWN for count in found], found)


@pytest.mark.full
def test_an_unlocked_judge_teaches_nothing_and_a_locked_one_does(
    browser: Browser,
) -> None:
    body = """advance(300);
        const unlocked = scenes.arrived(play), logits = gan.outputs(play.game.D, scenes.drawn(play));
        scenes.change(play);
        advance(300);
        return [unlocked, scenes.arrived(play), logits.reduce((sum, r) => sum + sigmoid(r), 0) / logits.length];"""
    found = counted(browser, "freeze", body)
    assert_most(
        [
            unlocked < FEW and locked > MANY and praise > 0.9
            for unlocked, locked, praise in found
        ],
        found,
    )


@pytest.mark.full
def test_with_momentum_the_crowd_hops(browser: Browser) -> None:
    body = """const said = [scenes.reading(play)], most = [];
        while (play.iteration < play.scene.limit) {
          advance(100);
          said.push(scenes.reading(play));
          most.push(...play.columns.slice(-33).map((shares) => Math.max(...shares)));
        }
        const half = most.slice(most.length / 2);
        return [half.reduce((a, b) => a + b) / half.length, said];"""
    for most, said in counted(browser, "collapse", body):
        assert most > 0.5
        hops = [
            int(one.split("Hops to another group: ")[1].rstrip(".")) for one in said
        ]
        assert hops[0] == 0
        assert np.diff(hops).min() >= 1, (
            "the crowd hops within any hundred iterations, as the sentence says"
        )


def test_two_numbers_circle_and_spiral_inward_with_the_penalty(
    browser: Browser,
) -> None:
    body = """const run = () => { advance(play.scene.limit); return play.trail.map((point) => Math.hypot(...point)); };
        const circle = run();
        scenes.change(play);
        return [circle, run()];"""
    # no seed plays a part
    [[circle, spiral]] = counted(browser, "circle", body, seeds=1)
    assert 1.4 < min(circle) <= max(circle) < 1.6
    assert spiral[-1] < 0.05


def test_a_scene_plays_the_same_again_and_a_visitors_points_replace_its_own(
    browser: Browser,
) -> None:
    body = """advance(2);
        const again = scenes.begin(id, seed), own = scenes.begin(id, seed, null, [[1, 2]]);
        scenes.advance(again); scenes.advance(again);
        return [String(scenes.drawn(again)) === String(scenes.drawn(play)),
          Math.max(...own.shown.map(([x, y]) => Math.hypot(x - 1, y - 2)))];"""
    [[same, far]] = counted(browser, "chase", body, seeds=1)
    assert same
    assert 0 < far < 0.4
