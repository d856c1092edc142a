"""static/js/nn and static/js/site/gan.js, called in a real browser, compared with nnet
and gan.rules.relativistic.
"""

from collections.abc import Mapping
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from gan.plain.models import build_discriminator, build_generator
from gan.plain.training import Players
from gan.rules.latents import with_labels
from gan.rules.relativistic import Relativistic
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.optimizers import Adam
from tests.conftest import run_script
from tests.helpers.browsing import Browser
from tools import make_wasm

SMALL: dict[str, Any] = {
    "latent": 6,
    "channels": (8, 16),
    "hidden_generator": (12,),
    "hidden_discriminator": 10,
}
BATCH = 12
RATE = 5e-3
UPDATES = 2
MEMORY = 0.998
SETUP = """const { Memory, matrix, transposed } = await import("/static/js/nn/arrays.js");
    const { tiles, multiply } = await import("/static/js/nn/products.js");
    const { Adam } = await import("/static/js/nn/optimizers.js"), { Gan } = await import("/static/js/site/gan.js");
    const fast = await tiles(1 << 24), single = new Memory(fast.buffer, Float32Array, fast.multiply);
    const double = new Memory(new ArrayBuffer(1 << 25), Float64Array, multiply);
    const plain = new Memory(new ArrayBuffer(1 << 24), Float32Array, multiply);
    const start = (memory) => {
      const gan = new Gan(memory, () => 0, { ...given.config, beta1: 0, beta2: 0.9 });
      load(gan.generator, given.G);
      load(gan.discriminator, given.D);
      return gan;
    };
    const iterate = (gan, memory, i) => {
      const B = given.digits[i].length, real = memory.copy(given.real[i], B, 28, 28, 1);
      const latents = given.latents[i].map((z) => memory.copy(z, B, z.length / B));
      return gan.iterate(real, given.digits[i], latents, given.freeze);
    };"""
VALUES = """const each = (tensors, act) => Object.entries(tensors).map(([name, { data }]) => [name, act(data, name)]);
    const values = (tensors) => Object.fromEntries(each(tensors, (data) => [...data]));
    const load = (network, weights) => each(network.parameters(), (data, name) => data.set(weights[name]));"""
SETUP += VALUES


def small_players(rng: np.random.Generator, double: bool = False) -> Players:
    G: Layer = build_generator(6 + 10, SMALL["channels"], rng, [12])
    D: Layer = build_discriminator(1 + 10, SMALL["channels"], rng, [10])
    for layer in (G, D):
        for name, w in layer.parameters().items():
            if name.endswith("b"):
                w[...] = 0.1 * rng.standard_normal(w.shape)
    if double:
        G, D = in_float64(G), in_float64(D)
    return Players(
        G, D, Adam(G, D, beta1=0.0, beta2=0.9), Adam(D, beta1=0.0, beta2=0.9)
    )


def flat(arrays: Mapping[str, Array]) -> dict[str, list[float]]:
    return {name: array.ravel().tolist() for name, array in arrays.items()}


def batch(rng: np.random.Generator) -> tuple[Array, Any, list[Array]]:
    """Return real images, digits and the latents of every update."""
    digits = rng.integers(10, size=BATCH)
    latents = [
        with_labels(rng.standard_normal((BATCH, 6)).astype(np.float32), digits)
        for _ in range(UPDATES)
    ]
    return rng.uniform(-1, 1, (BATCH, 28, 28, 1)), digits, latents


def given_of(players: Players, played: Any, freeze: bool = True) -> dict[str, Any]:
    return {
        "G": flat(players.generator.parameters()),
        "D": flat(players.discriminator.parameters()),
        "config": SMALL | {"learning_rate": RATE, "average_memory": MEMORY},
        "freeze": freeze,
        "real": [real.ravel().tolist() for real, _, _ in played],
        "digits": [digits.tolist() for _, digits, _ in played],
        "latents": [[z.ravel().tolist() for z in latents] for _, _, latents in played],
    }


def assert_same(
    found: Mapping[str, list[float]], expected: Mapping[str, Array], tolerance: float
) -> None:
    for name, w in expected.items():
        np.testing.assert_allclose(
            found[name], w.ravel(), rtol=0, atol=tolerance, err_msg=name
        )


def test_first_weights_have_the_variance_of_nnet(browser: Browser) -> None:
    ones: Any = Mock(standard_normal=np.ones)
    body = "const { generator: G, discriminator: D } = new Gan(single, () => 1, given);"
    found = run_script(
        browser,
        f"{SETUP} {body} return [G, D].map((network) => values(network.parameters()));",
        SMALL,
    )
    players = small_players(ones)
    for network, weights in zip(
        (players.generator, players.discriminator), found, strict=True
    ):
        expected = {
            name: w if name.endswith("W") else np.zeros_like(w)
            for name, w in network.parameters().items()
        }
        assert_same(weights, expected, 1e-7)


@pytest.mark.parametrize("freeze", [True, False])
def test_five_iterations_in_float64_equal_those_of_python(
    browser: Browser, freeze: bool
) -> None:
    rng = np.random.default_rng(4)
    players = small_players(rng, double=True)
    played = [batch(rng) for _ in range(5)]
    given = given_of(players, played, freeze)
    body = """const gan = start(double), losses = given.real.map((_, i) => iterate(gan, double, i));
        const networks = [gan.generator, gan.discriminator, gan.average];
        const gradients = values(gan.discriminator.gradients());
        return [losses, gradients, ...networks.map((network) => values(network.parameters()))];"""
    losses, gradients, *found = run_script(browser, SETUP + body, given)
    G, D = players.generator.parameters(), players.discriminator.parameters()
    before, average = ({name: scale * w for name, w in G.items()} for scale in (1, 0))
    game = Relativistic(gamma=0, labels=True, freeze=freeze)
    for t, (real, digits, latents) in enumerate(played):
        result = game(players, real, digits, latents, RATE)
        assert (losses[t]["dLoss"], losses[t]["gLoss"]) == pytest.approx(
            (result.d_loss, result.g_loss), abs=1e-9
        )
        for name, w in G.items():
            average[name] += (1 - min(MEMORY, (2 + t) / (11 + t))) * (w - average[name])
    for weights, expected in zip(found, (G, D, average), strict=True):
        assert_same(weights, expected, 1e-9)
    assert any(map(any, gradients.values())) != freeze, (
        "a frozen judge gets no gradients"
    )
    assert all(np.abs(w - before[name]).max() > 1e-3 for name, w in G.items())


def test_adam_forgets_its_moments_after_a_reset(browser: Browser) -> None:
    given = given_of(small_players(np.random.default_rng(6)), [])
    body = """const { discriminator: D } = start(single), adam = new Adam(single, [D], { beta1: 0.5 });
        const step = (gradient) => {
          each(D.gradients(), (data) => data.fill(gradient));
          adam.step(1e-3);
          return values(D.parameters());
        };
        const first = step(2);
        step(-1);
        adam.reset();
        load(D, given.D);
        return [first, step(2)];"""
    first, after_reset = run_script(browser, SETUP + body, given)
    assert first == after_reset


def test_tiles_multiply_matrices_of_any_size_and_order(browser: Browser) -> None:
    rng = np.random.default_rng(7)
    shapes = [
        [*rng.integers(1, 40, 3).tolist(), bool(rng.integers(2)), bool(rng.integers(2))]
        for _ in range(40)
    ]
    # several blocks of l
    shapes += [[4, 700, 8, True, True], [9, 513, 17, False, False]]
    given = []
    for n, L, K, turned, add in shapes:
        A, B, C = (
            rng.standard_normal(shape).astype(np.float32)
            for shape in ((n, L), (L, K), (n, K))
        )
        stored = A.T if turned else A
        case = {
            "n": n,
            "L": L,
            "K": K,
            "turned": turned,
            "add": add,
            "expected": (A @ B + (C if add else 0)).tolist(),
        }
        given.append(
            case
            | {
                "A": stored.ravel().tolist(),
                "B": B.ravel().tolist(),
                "C": C.ravel().tolist(),
            }
        )
    body = """return given.map(({ n, L, K, turned, add, A, B, C }) => [single, plain].map((memory) => {
        const a = turned ? transposed(matrix(memory.copy(A, L, n))) : matrix(memory.copy(A, n, L));
        const c = memory.copy(C, n, K);
        memory.multiply(a, matrix(memory.copy(B, L, K)), matrix(c), add);
        return [...c.data];
      }));"""
    for case, both in zip(given, run_script(browser, SETUP + body, given), strict=True):
        for found in both:
            np.testing.assert_allclose(
                found, np.ravel(case["expected"]), rtol=0, atol=1e-4
            )


def test_a_full_memory_says_so(browser: Browser) -> None:
    body = "try { plain.array(1 << 23); } catch ({ message }) { return message; }"
    assert "is full: 33554432 are needed" in run_script(browser, SETUP + body)


def test_the_tile_is_small_and_made_by_this_version_of_the_program() -> None:
    text = make_wasm.SCRIPT.read_text("utf-8")
    module = make_wasm.make_module(make_wasm.compile_object())
    assert len(module) < 1000
    if f"LLVM {make_wasm.llvm_version()}." in text:
        # other versions emit other instructions
        assert make_wasm.with_tile(text, module) == text
