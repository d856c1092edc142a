"""The mistake: what happens if D is not frozen, and which line prevents it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks.freezing_in_plain_gan import train_and_measure
from gan.plain import training
from gan.plain.__main__ import TURNS, count_recognized, main
from gan.plain.one_digit import train
from gan.plain.training import Players
from nnet import Adam, Array, Saved, bce_with_logits
from tests.helpers.digits import real_digits
from tests.helpers.players import small_players
from tests.helpers.strategies import as_bytes

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.full
@pytest.mark.parametrize(
    "seed",
    [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in (1, 2, 3, 4))],
)
def test_with_the_mistake_g_draws_noise_while_its_frozen_twin_draws(seed: int) -> None:
    frozen, mistake = (
        train_and_measure(seed, TURNS, freeze, [100])[0][0] for freeze in (True, False)
    )
    assert frozen > 0.7
    assert mistake < 0.05


FREEZING = re.compile(r"^( *)with D\.frozen\(\).*:.*\n((?:\1 {4}.*\n)+)", re.MULTILINE)


def without_freezing(text: str) -> str:
    """Return a text without its line that freezes D. The block that follows is
    dedented.
    """
    changed, count = FREEZING.subn(
        lambda found: re.sub("^ {4}", "", found[2], flags=re.MULTILINE), text
    )
    assert count == 1
    return changed


def run_code(text: str, **names: object) -> dict[str, Any]:
    """Run the text of a program and return its names."""
    variables: dict[str, Any] = {"__name__": "deleted", **names}
    exec(text, variables)
    return variables


def trained(
    update: Callable[..., object], freeze: bool = True, holds_d: bool = True
) -> list[dict[str, bytes]]:
    """Return the weights of both players after three iterations with an update of G."""
    players = small_players(seed=3)
    G, D = players.generator, players.discriminator
    players.adversarial_adam = (
        players.adversarial_adam if holds_d else Adam(G, beta1=0.5)
    )
    rng = np.random.default_rng(1)
    for _ in range(3):
        real = rng.uniform(-1, 1, (4, 28, 28, 1)).astype(np.float32)
        latents = rng.standard_normal((4, 3), np.float32)
        fake, saved_fake = G.forward(latents)
        training.update_discriminator(players, real, fake, 1e-2)
        update(players, fake, saved_fake, 1e-2, freeze=freeze)
    return [as_bytes(network.parameters()) for network in (G, D)]


def readme_update(text: str) -> Callable[..., None]:
    """Return the lines of the README as an update of G, given its text."""
    (block,) = re.findall(r"```python\n(G\.zero_grads.*?)```", text, re.DOTALL)

    def update(
        players: Players,
        fake: Array,
        saved_fake: Saved,
        learning_rate: float,
        freeze: bool,
    ) -> None:
        run_code(
            block,
            players=players,
            G=players.generator,
            D=players.discriminator,
            bce_with_logits=bce_with_logits,
            fake=fake,
            saved_fake=saved_fake,
            learning_rate=learning_rate,
        )

    return update


def test_deleting_the_line_is_the_mistake() -> None:
    program = Path(training.__file__).read_text("utf-8")
    readme = README.read_text("utf-8")
    unfrozen = run_code(without_freezing(program))["update_generator"]
    frozen, mistake = (
        trained(training.update_generator, freeze) for freeze in (True, False)
    )
    assert trained(unfrozen) == mistake
    assert trained(readme_update(without_freezing(readme))) == mistake
    assert trained(readme_update(readme)) == frozen
    assert trained(training.update_generator, False, holds_d=False) == frozen
    assert all(a != b for a, b in zip(frozen, mistake, strict=True))


def test_one_argument_makes_the_mistake_in_the_plain_gan() -> None:
    results = set()
    for turns, freeze in ((1, True), (1, False), (2, True)):
        G = train(7, 2, np.random.default_rng(1), turns=turns, freeze=freeze)
        results.add(tuple(as_bytes(G.parameters()).values()))
    assert len(results) == 3


def test_both_sheets_are_drawn_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--iterations", "1"]) == 0
    assert main(["--mistake", "--iterations", "2"]) == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
        "mistake.png",
        "plain.png",
    ]
    _, frozen, shared, unfrozen, other, first, second = (
        capsys.readouterr().out.splitlines()
    )
    assert (frozen, unfrozen) == ("D frozen:", "D not frozen:")
    # after two iterations, both draw noise
    assert shared == other == "recognized: 0 of 64"
    assert first.endswith(f": after 2 iterations, {TURNS} turns of G for each of D")
    assert second.startswith("Left: D is frozen while G learns. Right: it is not")
    with Image.open(tmp_path / "runs" / "mistake.png") as picture:
        ink = 255 - np.asarray(picture)[20:]
    left = ink[:, :242]
    right = ink[:, -242:]
    assert not np.array_equal(left, right)
    assert left.any()
    assert right.any()


def test_only_drawings_near_a_real_digit_count_as_recognized() -> None:
    threes = real_digits(3)[:5]
    assert count_recognized(threes, 3) == 5
    assert count_recognized(threes, 8) == 0
    noise = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    assert count_recognized(noise, 3) == 0
