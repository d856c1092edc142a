"""gan/evaluate/tell_apart.py: known faults are told apart, real digits are not."""

from typing import Any

import numpy as np
import pytest

from gan.data import only
from gan.data.images_and_sheets import Pictures
from gan.evaluate import tell_apart
from gan.evaluate.real_against_real import Draw
from gan.evaluate.tell_apart import PixelEvaluator
from tests.helpers.digits import SAMPLE
from tests.helpers.players import noise_digits

THREES = only(SAMPLE, 3).images  # 500
UNSEEN = THREES[240:]  # 260
NOISE = noise_digits(120).images


@pytest.fixture(autouse=True)
def _few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tell_apart, "PASSES", 8)


def of(images: Pictures) -> Draw:
    """Draw these images without repeating one, which training would have shown."""
    return lambda n, rng: images[rng.permutation(len(images))[:n]]


def against(images: Pictures, n: int = 60, seed: int = 0) -> Any:
    """Return the shares told apart for drawings from these images.

    The real ones are other threes.
    """
    shuffle_rng, draw_rng = np.random.default_rng(seed).spawn(2)
    return PixelEvaluator(THREES[:240], n, shuffle_rng).against(of(images), draw_rng)


@pytest.mark.parametrize(
    "drawn",
    [NOISE, 255 - UNSEEN, only(SAMPLE, 7).images],
    ids=["noise", "inverted", "sevens"],
)
def test_faults_are_told_apart(drawn: Pictures) -> None:
    assert against(drawn)["fake"] > 0.9


def test_real_digits_are_not_told_apart() -> None:
    """The standard deviation of a share of 1,000 guesses is 0.016."""
    evaluator = PixelEvaluator(SAMPLE.images[::2], 500, np.random.default_rng(0))
    share = evaluator.against(of(SAMPLE.images[1::2]), np.random.default_rng(1))
    assert [share["fake"], share["real"]] == pytest.approx([0.5, 0.5], abs=0.05)


def test_parts_are_disjoint_and_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.broadcast_to(np.arange(90, dtype=np.uint8)[:, None, None], (90, 28, 28))
    seen = list[Pictures]()

    def record(
        drawn: Pictures, real: Pictures, rng: np.random.Generator
    ) -> tell_apart.Scores:
        seen.extend((drawn, real))
        return lambda images: seen.append(images) or np.zeros(len(images))  # type: ignore[func-returns-value]

    monkeypatch.setattr(tell_apart, "train_network", record)
    for n, size in ((1000, 22), (22, 22), (20, 20), (1, 1)):
        seen.clear()
        evaluator = PixelEvaluator(images, n, np.random.default_rng(0))
        assert len(evaluator.train) == len(evaluator.test) == evaluator.size == size
        chosen = np.concatenate(seen)[:, 0, 0]
        assert len(set(chosen.tolist())) == len(chosen) == 4 * size
    monkeypatch.setattr(tell_apart, "MOST_IMAGES", 7)
    assert PixelEvaluator(images, 20, np.random.default_rng(0)).size == 7


def test_shares_are_deterministic() -> None:
    assert (
        against(UNSEEN, 30, seed=1)
        == against(UNSEEN, 30, seed=1)
        != against(UNSEEN, 30, seed=2)
    )
