"""The iteration that can be looked at: its numbers are found again by hand, and a judge that moves is found out."""

import copy
from collections.abc import Callable

import numpy as np
import pytest
from aiohttp import hdrs
from players import players_of
from serving import Client
from strategies import as_bytes

from gan.game import NeverFrozen
from gan.pictures import LESS_INK, MORE_INK
from gan.training import Players, iterate
from gan.web.services.iteration_steps import one_iteration
from gan.web.services.one_iteration import RATE, SHOWN, Iteration, inputs_of_seed, play, red_and_blue, threes, trained
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.optimizers import Adam

STEP = 1e-6  # of finite differences in float64


def players() -> Players:
    return copy.deepcopy(trained())


def sigma(logits: Array) -> Array:
    return 1 / (1 + np.exp(-logits))


def norm(network: Layer, before: dict[str, bytes]) -> float:
    """How far a network has moved since `before`, all its weights in one vector, as a part of its length."""
    now = np.concatenate([np.ravel(network.parameters()[name]) for name in before])
    then = np.concatenate([np.frombuffer(old, np.float32) for old in before.values()])
    return float(np.linalg.norm(now - then) / np.linalg.norm(then))


def by_hand(both: Players, real: Array, latents: Array) -> dict[str, Array | float]:
    """The same iteration from layers, Adam and the losses' definitions, without gan/training.py and nnet/losses.py."""
    G, D, found = both.generator, both.discriminator, dict[str, Array | float]()
    drawn, saved_drawn = G.forward(latents)
    (r, saved_real), (f, saved_fake) = D.forward(real), D.forward(drawn)  # (SHOWN, 1) each
    found |= {"drawn": drawn, "real_before": r, "drawn_before": f}
    found["d_loss"] = float(-np.log(sigma(r)).mean() - np.log(1 - sigma(f)).mean()) / 2
    found |= {"real_pull": (sigma(r) - 1) / (2 * SHOWN), "drawn_pull": sigma(f) / (2 * SHOWN)}
    start = as_bytes(D.parameters())
    D.zero_grads()
    D.backward((sigma(r) - 1) / (2 * SHOWN), saved_real)
    D.backward(sigma(f) / (2 * SHOWN), saved_fake)
    both.discriminator_adam.step(RATE)
    found["d_change"] = norm(D, start)
    r, (f, saved_fake) = D.forward(real)[0], D.forward(drawn)
    found |= {"real_after": r, "drawn_after": f, "g_pull": (sigma(f) - 1) / SHOWN}
    found["d_loss_after"] = float(-np.log(sigma(r)).mean() - np.log(1 - sigma(f)).mean()) / 2
    found["g_loss"] = float(-np.log(sigma(f)).mean())
    gradient = copy.deepcopy(D).backward((sigma(f) - 1) / SHOWN, saved_fake)
    assert gradient is not None
    start = as_bytes(G.parameters())
    G.zero_grads()
    G.backward(gradient, saved_drawn)
    both.generator_adam.step(RATE)
    again = G.forward(latents)[0]
    f = D.forward(again)[0]
    found |= {"gradient": gradient, "g_change": norm(G, start), "again": again, "again_after": f}
    return found | {"g_loss_after": float(-np.log(sigma(f)).mean()), "d_change_in_g": 0.0, "real": real}


@pytest.mark.parametrize("seed", [0, 1, 4294967295])
def test_every_number_is_that_of_an_iteration_by_hand(seed: int) -> None:
    found, expected = vars(play(players(), *inputs_of_seed(seed))), by_hand(players(), *inputs_of_seed(seed))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        shaped = np.reshape(value, np.shape(found[name]))
        np.testing.assert_allclose(found[name], shaped, rtol=1e-4, atol=1e-6, err_msg=name)
    assert found["gradient"].shape == (SHOWN, 28, 28, 1)
    steepest = np.abs(found["gradient"]).max()
    np.testing.assert_allclose(found["gradient"], expected["gradient"], rtol=0, atol=1e-4 * steepest)


def test_the_gradient_by_a_pixel_is_what_a_small_change_of_it_does() -> None:
    both = players()
    found = play(both, *inputs_of_seed(0))
    D, drawn = in_float64(copy.deepcopy(both.discriminator)), found.drawn.astype(np.float64)

    def loss() -> float:
        return float(-np.log(sigma(D.forward(drawn)[0])).mean())

    steepest = np.argsort(np.abs(found.gradient), axis=None)[-20:]
    others = np.random.default_rng(0).choice(drawn.size, 20)
    for place in zip(*np.unravel_index([*steepest, *others], drawn.shape), strict=True):
        before = drawn[place]
        drawn[place] = before + STEP
        above = loss()
        drawn[place] = before - STEP
        numeric = (above - loss()) / (2 * STEP)
        drawn[place] = before
        assert found.gradient[place] == pytest.approx(numeric, rel=1e-3, abs=1e-6)


def test_it_is_the_iteration_of_every_training() -> None:
    one, other = players(), players()
    real, latents = inputs_of_seed(5)
    found, measured = play(one, real, latents), iterate(other, real, latents, RATE)
    assert (found.d_loss, found.g_loss) == (measured.d_loss, measured.g_loss)
    for network, same in ((one.generator, other.generator), (one.discriminator, other.discriminator)):
        assert as_bytes(network.parameters()) == as_bytes(same.parameters())


# Frozen


def check_frozen(found: Iteration) -> None:
    """D holds still while G learns, and only then; G learns."""
    assert found.d_change_in_g == 0
    assert found.d_change > 0
    assert found.g_change > 0
    assert not np.array_equal(found.drawn, found.again)


def unfrozen() -> Players:
    """The mistake: G's Adam holds D, too, and D will not be frozen."""
    both = players()
    return players_of(both.generator, NeverFrozen(both.discriminator))


def one_guard_gone() -> Players:
    """G's Adam holds D, too, but D is frozen: gan/training.py says that this is enough."""
    both = players()
    G, D = both.generator, both.discriminator
    return Players(G, D, Adam(G, D), both.discriminator_adam)


def test_the_judge_does_not_move_while_the_artist_learns() -> None:
    check_frozen(play(players(), *inputs_of_seed(0)))
    check_frozen(play(one_guard_gone(), *inputs_of_seed(0)))


def test_a_judge_that_moves_is_found_out() -> None:
    found = play(unfrozen(), *inputs_of_seed(0))
    assert found.d_change_in_g > 0
    with pytest.raises(AssertionError):
        check_frozen(found)


# For the page


def test_blue_wants_more_ink_and_red_less() -> None:
    gradient = np.zeros((2, 28, 28, 1), np.float32)
    gradient[0, 0, :5, 0], gradient[1, 0, 0, 0] = [-8, 8, -2, 4, -1], 2
    colours = red_and_blue(gradient).astype(int)
    assert colours.shape == (2, 28, 28, 3)
    assert colours[0, 0, :2].tolist() == [[*MORE_INK], [*LESS_INK]]
    assert np.abs(colours[0, 0, 2] - (np.add(MORE_INK, 255) / 2)).max() <= 0.5, "half of what has the full colour"
    assert colours[0, 0, 3].tolist() == [*LESS_INK]
    assert np.abs(colours[1, 0, 0] - (np.add(LESS_INK, 255) / 2)).max() <= 0.5, "one scale for all"
    assert (colours[:, 1:] == 255).all()
    assert (red_and_blue(np.zeros_like(gradient)) == 255).all()


def test_a_seed_deals_real_threes_and_latents() -> None:
    (real, latents), (same, _), (other, others) = inputs_of_seed(1), inputs_of_seed(1), inputs_of_seed(2)
    assert (real.shape, latents.shape) == ((SHOWN, 28, 28, 1), (SHOWN, 32))
    assert np.array_equal(real, same)
    assert not np.array_equal(real, other)
    assert not np.array_equal(latents, others)
    assert all(any(np.array_equal(one, three) for three in threes()) for one in real)
    assert len({one.tobytes() for one in real}) == SHOWN


def test_the_same_start_every_time() -> None:
    again: Callable[[], Players] = trained.__wrapped__
    assert as_bytes(again().generator.parameters()) == as_bytes(trained().generator.parameters())


async def test_it_is_asked_for_and_kept(client: Client) -> None:
    first = await client.get("/api/one-iteration?seed=7")
    assert (first.status, first.content_type) == (200, "application/json")
    assert await first.read() == one_iteration(7)
    known = {hdrs.IF_NONE_MATCH: first.headers[hdrs.ETAG]}
    assert (await client.get("/api/one-iteration?seed=7", headers=known)).status == 304
    assert (await (await client.get("/api/one-iteration")).json())["seed"] == 0
