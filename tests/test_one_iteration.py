"""gan/web/services/one_iteration.py and iteration_steps.py: an iteration computed by hand, and its steps."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from aiohttp import hdrs
from players import players_of
from serving import Client, png_pixels
from strategies import as_bytes

from gan.game import NeverFrozen
from gan.pictures import to_ink
from gan.runs.judge_drawing import LESS_INK, MORE_INK
from gan.training import Players, iterate
from gan.web.services.iteration_steps import NAMES, Row, describe, one_iteration
from gan.web.services.one_iteration import RATE, SHOWN, Iteration, inputs_of_seed, play, red_and_blue, threes, trained
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.optimizers import Adam

STEP = 1e-6  # step size of finite differences in float64


def new_players() -> Players:
    return copy.deepcopy(trained())


def sigma(logits: Array) -> Array:
    return 1 / (1 + np.exp(-logits))


def norm(network: Layer, before: dict[str, bytes]) -> float:
    """Return the norm of the change in all weights since `before`, divided by the norm of the weights."""
    now = np.concatenate([np.ravel(network.parameters()[name]) for name in before])
    then = np.concatenate([np.frombuffer(old, np.float32) for old in before.values()])
    return float(np.linalg.norm(now - then) / np.linalg.norm(then))


def by_hand(players: Players, real: Array, latents: Array) -> dict[str, Array | float]:
    """Compute the iteration using only layers, Adam and the definitions of the losses."""
    G, D, result = players.generator, players.discriminator, dict[str, Array | float]()
    drawn, saved_drawn = G.forward(latents)
    (r, saved_real), (f, saved_fake) = D.forward(real), D.forward(drawn)  # (SHOWN, 1) each
    result |= {"drawn": drawn, "real_before": r, "drawn_before": f}
    result["d_loss"] = float(-np.log(sigma(r)).mean() - np.log(1 - sigma(f)).mean()) / 2
    result |= {"real_pull": (sigma(r) - 1) / (2 * SHOWN), "drawn_pull": sigma(f) / (2 * SHOWN)}
    start = as_bytes(D.parameters())
    D.zero_grads()
    D.backward((sigma(r) - 1) / (2 * SHOWN), saved_real)
    D.backward(sigma(f) / (2 * SHOWN), saved_fake)
    players.discriminator_adam.step(RATE)
    result["d_change"] = norm(D, start)
    r, (f, saved_fake) = D.forward(real)[0], D.forward(drawn)
    result |= {"real_after": r, "drawn_after": f, "g_pull": (sigma(f) - 1) / SHOWN}
    result["d_loss_after"] = float(-np.log(sigma(r)).mean() - np.log(1 - sigma(f)).mean()) / 2
    result["g_loss"] = float(-np.log(sigma(f)).mean())
    gradient = copy.deepcopy(D).backward((sigma(f) - 1) / SHOWN, saved_fake)
    assert gradient is not None
    start = as_bytes(G.parameters())
    G.zero_grads()
    G.backward(gradient, saved_drawn)
    players.generator_adam.step(RATE)
    repeated = G.forward(latents)[0]
    f = D.forward(repeated)[0]
    result |= {"gradient": gradient, "g_change": norm(G, start), "again": repeated, "again_after": f}
    return result | {"g_loss_after": float(-np.log(sigma(f)).mean()), "d_change_in_g": 0.0, "real": real}


@pytest.mark.parametrize("seed", [0, 1, 4294967295])
def test_every_number_equals_a_calculation_by_hand(seed: int) -> None:
    result, expected = vars(play(new_players(), *inputs_of_seed(seed))), by_hand(new_players(), *inputs_of_seed(seed))
    assert result.keys() == expected.keys()
    for name, value in expected.items():
        shaped = np.reshape(value, np.shape(result[name]))
        np.testing.assert_allclose(result[name], shaped, rtol=1e-4, atol=1e-6, err_msg=name)
    assert result["gradient"].shape == (SHOWN, 28, 28, 1)
    steepest = np.abs(result["gradient"]).max()
    np.testing.assert_allclose(result["gradient"], expected["gradient"], rtol=0, atol=1e-4 * steepest)


def test_the_pixel_gradient_equals_finite_differences() -> None:
    players = new_players()
    result = play(players, *inputs_of_seed(0))
    D, drawn = in_float64(copy.deepcopy(players.discriminator)), result.drawn.astype(np.float64)

    def loss() -> float:
        return float(-np.log(sigma(D.forward(drawn)[0])).mean())

    steepest = np.argsort(np.abs(result.gradient), axis=None)[-20:]
    others = np.random.default_rng(0).choice(drawn.size, 20)
    for place in zip(*np.unravel_index([*steepest, *others], drawn.shape), strict=True):
        before = drawn[place]
        drawn[place] = before + STEP
        above = loss()
        drawn[place] = before - STEP
        numeric = (above - loss()) / (2 * STEP)
        drawn[place] = before
        assert result.gradient[place] == pytest.approx(numeric, rel=1e-3, abs=1e-6)


def test_the_iteration_equals_one_of_training() -> None:
    one, other = new_players(), new_players()
    real, latents = inputs_of_seed(5)
    result, measured = play(one, real, latents), iterate(other, real, latents, RATE)
    assert (result.d_loss, result.g_loss) == (measured.d_loss, measured.g_loss)
    for network, same in ((one.generator, other.generator), (one.discriminator, other.discriminator)):
        assert as_bytes(network.parameters()) == as_bytes(same.parameters())


# D frozen or not


def check_frozen(result: Iteration) -> None:
    """Assert that D is constant while G learns, and only then."""
    assert result.d_change_in_g == 0
    assert result.d_change > 0
    assert result.g_change > 0
    assert not np.array_equal(result.drawn, result.again)


def unfrozen() -> Players:
    """Return players with the mistake: G's Adam also updates D, which is not frozen."""
    players = new_players()
    return players_of(players.generator, NeverFrozen(players.discriminator))


def one_guard_gone() -> Players:
    """Return players whose D is frozen, which suffices even though G's Adam also holds D."""
    players = new_players()
    G, D = players.generator, players.discriminator
    return Players(G, D, Adam(G, D), players.discriminator_adam)


def test_the_judge_does_not_change_while_the_generator_learns() -> None:
    check_frozen(play(new_players(), *inputs_of_seed(0)))
    check_frozen(play(one_guard_gone(), *inputs_of_seed(0)))


def test_a_judge_that_changes_is_detected() -> None:
    result = play(unfrozen(), *inputs_of_seed(0))
    assert result.d_change_in_g > 0
    with pytest.raises(AssertionError):
        check_frozen(result)


# What the page shows


def test_more_ink_is_blue_and_less_ink_is_red() -> None:
    gradient = np.zeros((2, 28, 28, 1), np.float32)
    gradient[0, 0, :5, 0], gradient[1, 0, 0, 0] = [-8, 8, -2, 4, -1], 2
    colours = red_and_blue(gradient).astype(int)
    assert colours.shape == (2, 28, 28, 3)
    assert colours[0, 0, :2].tolist() == [[*MORE_INK], [*LESS_INK]]
    assert np.abs(colours[0, 0, 2] - (np.add(MORE_INK, 255) / 2)).max() <= 0.5, "half the value, half the colour"
    assert colours[0, 0, 3].tolist() == [*LESS_INK]
    assert np.abs(colours[1, 0, 0] - (np.add(LESS_INK, 255) / 2)).max() <= 0.5, "all images share one scale"
    assert (colours[:, 1:] == 255).all()
    assert (red_and_blue(np.zeros_like(gradient)) == 255).all()


def test_a_seed_selects_real_threes_and_latents() -> None:
    (real, latents), (same, _), (other, others) = inputs_of_seed(1), inputs_of_seed(1), inputs_of_seed(2)
    assert (real.shape, latents.shape) == ((SHOWN, 28, 28, 1), (SHOWN, 32))
    assert np.array_equal(real, same)
    assert not np.array_equal(real, other)
    assert not np.array_equal(latents, others)
    assert all(any(np.array_equal(one, three) for three in threes()) for one in real)
    assert len({one.tobytes() for one in real}) == SHOWN


def test_the_initial_networks_are_reproducible() -> None:
    repeated: Callable[[], Players] = trained.__wrapped__
    assert as_bytes(repeated().generator.parameters()) == as_bytes(trained().generator.parameters())


async def test_the_iteration_is_served_and_cached(client: Client) -> None:
    first = await client.get("/api/one-iteration?seed=7")
    assert (first.status, first.content_type) == (200, "application/json")
    assert await first.read() == one_iteration(7)
    known = {hdrs.IF_NONE_MATCH: first.headers[hdrs.ETAG]}
    assert (await client.get("/api/one-iteration?seed=7", headers=known)).status == 304
    assert (await (await client.get("/api/one-iteration")).json())["seed"] == 0


# Round numbers instead of measured ones. A logit of 0 means 50 %, log 3 means 75 %, and -log 3 means 25 %.
HIGH, LOW = np.log(3), -np.log(3)
PICTURES = np.zeros((2, 28, 28, 1), np.float32)
EXAMPLE = Iteration(
    real=PICTURES,
    drawn=PICTURES,
    again=PICTURES,
    gradient=PICTURES,
    real_before=np.array([0, HIGH]),
    drawn_before=np.array([0, 0]),
    real_after=np.array([HIGH, HIGH]),
    drawn_after=np.array([LOW, LOW]),
    again_after=np.array([0, LOW]),
    real_pull=np.array([-0.1, -0.1]),
    drawn_pull=np.array([0.1, 0.1]),
    g_pull=np.array([-0.3, -0.3]),
    d_loss=0.5,
    d_loss_after=0.4,
    g_loss=1.25,
    g_loss_after=0.98765,
    d_change=0.0567,
    d_change_in_g=0,
    g_change=0.25,
)
SENTENCES = [
    "The artist (G) draws 2 pictures, each from 32 random numbers.",
    "The judge (D) rates the real digits 62 % real, the drawings 50 %.",
    "D’s loss, how badly it does, is 0.500. The error goes back through D: rate real digits higher, drawings lower.",
    "D learns: its weights change by 5.7 %. It now rates the same pictures 75 % and 25 %. "
    "Its loss was 0.500 and is 0.400.",
    "Now G’s turn. D rates the same drawings 25 %, so G’s loss is 1.250.",
    "The error goes back through the frozen D to the pixels: blue wants more ink, red less. "
    "D’s weights moved by exactly 0.",
    "G learns, and draws again from the same numbers: 38 % instead of 25 %. Its loss was 1.250 and is 0.988.",
]
BOXES = [
    ("draws", "waits"),
    ("waits", "judges"),
    ("waits", "loss 0.500"),
    ("waits", "moved by 5.7 %"),
    ("waits", "G’s loss 1.250"),
    ("listens", "frozen, moved by exactly 0"),
    ("moved by 25 %", "judges"),
]


def test_each_step_has_its_sentences() -> None:
    assert [step["said"] for step in describe(EXAMPLE)] == [
        f"Step {at} of 7. {result}" for at, result in enumerate(SENTENCES, 1)
    ]


def test_each_step_has_its_boxes() -> None:
    assert [(step["g"], step["d"]) for step in describe(EXAMPLE)] == BOXES


def test_a_changed_judge_is_not_called_frozen() -> None:
    step = describe(replace(EXAMPLE, d_change_in_g=1e-9))[5]
    assert step["said"].endswith("through D, which was not frozen: its weights moved by 1e-07 %.")
    assert step["d"] == "not frozen, moved by 1e-07 %"
    assert "exactly 0" not in json.dumps(step)


def test_rows_appear_one_by_one_and_stay() -> None:
    steps = describe(EXAMPLE)
    expected = [{"drawn"}, *[{"drawn", "real"}] * 4, {"drawn", "real", "gradient"}, set(NAMES)]
    assert [set(step["rows"]) for step in steps] == expected
    for step in steps:
        assert set(step["active"]) - {"g", "d"} <= set(step["rows"])
        assert {"g", "d"} & set(step["active"])
    assert steps[5]["way"] == {"g": "back", "d": "back"}


@pytest.mark.parametrize(
    ("row", "numbers"),
    [
        ("real", ["", "50 %", "50 % ↑", "50 → 75 %", "75 %", "75 %", "75 %"]),
        ("drawn", ["", "50 %", "50 % ↓", "50 → 25 %", "25 %", "25 % ↑", "25 %"]),
        ("gradient", [""] * 7),
        ("again", [*[""] * 6, "50 %"]),
    ],
)
def test_the_numbers_below_each_row(row: Row, numbers: list[str]) -> None:
    assert [step["numbers"][row][0] for step in describe(EXAMPLE)] == numbers


def test_the_response_contains_the_played_iteration() -> None:
    before = as_bytes(trained().discriminator.parameters())
    result, played = json.loads(one_iteration(2)), play(copy.deepcopy(trained()), *inputs_of_seed(2))
    assert as_bytes(trained().discriminator.parameters()) == before, "it trains a copy"
    assert result.keys() == {"seed", "pictures", "steps"}
    assert (result["seed"], result["steps"]) == (2, describe(played))
    sent = {
        row: np.stack([png_pixels(each["png"]) for each in pictures]) for row, pictures in result["pictures"].items()
    }
    for row in ("real", "drawn", "again"):
        assert np.array_equal(255 - sent.pop(row), to_ink(getattr(played, row)))
    assert np.array_equal(sent.pop("gradient"), red_and_blue(played.gradient))  # (SHOWN, 28, 28, 3)
    assert not sent
    assert [each["alt"] for each in result["pictures"]["drawn"]][1] == "A drawing, 2 of 4"
