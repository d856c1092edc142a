"""What ails a run: of runs made ill, of runs that are well, and at the edges of each."""

from typing import Any

import numpy as np
import pytest

from gan.config import preset
from gan.data import load, only
from gan.pictures import Pictures
from gan.runs.evaluation import diagnose, distance_apart, variety
from gan.runs.sheets import SheetEvaluator
from gan.runs.trainer import Trainer

DATA = load()
THREES = only(DATA, 3).images
REAL = THREES[:64]
KIND = np.zeros(64, int)


def found(images: Pictures, good: float, prefers_real: int, iteration: int = 1000, frozen: bool = False) -> str | None:
    return diagnose(images, REAL, KIND, np.arange(64) < good * 64, prefers_real, iteration, frozen)


@pytest.mark.parametrize(
    ("images", "good", "prefers_real", "ailment"),
    [
        (THREES[64:128], 1.0, 32, None),
        (THREES[64:128], 1.0, 64, None),  # told apart, but good
        (THREES[64:128], 0.0, 0, "bent"),
        (THREES[64:128], 0.0, 3, "bent"),
        (THREES[64:128], 0.0, 4, None),
        (THREES[64:128], 0.5, 0, None),
        (np.zeros_like(REAL), 0.0, 64, "blank"),
        (THREES[64:128] // 4, 0.0, 32, None),
        (THREES[64:128] // 8, 0.0, 32, "blank"),
        (np.repeat(THREES[:1], 64, 0), 1.0, 32, "alike"),
        (np.repeat(THREES[:1], 64, 0), 0.4, 32, None),
        (THREES[64:128], 0.0, 64, "beaten"),
        (THREES[64:128], 0.0, 60, None),
        (THREES[64:128], 0.1, 64, None),
    ],
)
def test_what_is_found(images: Pictures, good: float, prefers_real: int, ailment: str | None) -> None:
    assert found(images, good, prefers_real) == ailment


def test_whoever_has_hardly_begun_is_not_beaten_and_who_has_not_begun_is_well() -> None:
    assert found(THREES[64:128], 0.0, 64, iteration=100) is None
    assert found(np.zeros_like(REAL), 0.0, 0, iteration=0) is None


def test_a_frozen_judge_is_never_called_bent() -> None:
    assert found(THREES[64:128], 0.0, 0, frozen=True) is None


def test_variety_is_asked_within_a_kind() -> None:
    images = np.concatenate([THREES[:1], THREES[:1], only(DATA, 1).images[:2]])
    assert variety(images[:2], np.array([0, 0])) == 0
    assert variety(images, np.array([0, 1, 2, 3])) == 0, "there are no two of a kind"
    both = variety(images, np.array([3, 3, 1, 1]))
    assert both == pytest.approx(distance_apart(images[2:]) / 2)


# Runs made ill


def trained(iterations: int, spoil: Any = None, **changes: Any) -> str | None:
    """What ails the quick network after so many iterations; `spoil` is done to its networks at last."""
    trainer = Trainer(preset(3, network="quick", few=True, **changes), DATA)
    for _ in range(iterations):
        trainer.iterate()
    if spoil:
        spoil(trainer)
    evaluator = SheetEvaluator(trainer.config, DATA, None)
    return evaluator.remark(trainer, trainer.picture()).ailment


def test_a_run_that_learns_is_well() -> None:
    assert trained(0) is None
    assert trained(5) is None
    assert trained(60) is None


def test_a_judge_that_moved_is_bent() -> None:
    assert trained(40, freeze=False) == "bent"


def blank(trainer: Trainer) -> None:
    trainer.average.network.parameters()["4.b"][...] = -20  # in front of the tanh


def alike(trainer: Trainer) -> None:
    trainer.picture_latents[...] = trainer.picture_latents[5]  # as if latents counted for nothing


def test_blank_paper_and_one_digit_again_and_again() -> None:
    assert trained(60, blank) == "blank"
    assert trained(60, alike) == "alike"


def test_an_artist_that_stands_still_is_beaten(monkeypatch: pytest.MonkeyPatch) -> None:
    def standing(trainer: Trainer) -> None:
        trainer.players.generator_adam.step = lambda learning_rate: None  # type: ignore[method-assign]
        while trainer.iteration < 300:
            trainer.iterate()

    assert trained(0, standing, generator_updates=1) == "beaten"
