"""An evaluator compares drawn digits with real ones, and the two bundled evaluators read digits correctly."""

import numpy as np
import pytest

from gan.data import load, only
from gan.data.pictures import Pictures
from gan.evaluate import compare_with_real
from gan.evaluate.compare_with_real import FIGURES, Classified, Evaluators, Reference, compare, summarize
from gan.evaluate.measures import frechet, precision_recall
from nnet.sequential import Sequential

SAMPLE = load()
EVALUATOR = Sequential()  # a placeholder for tests that replace `Classified.of`
COUNTS = np.full(10, 25)


def see_ink(evaluator: Sequential, images: Pictures) -> Classified:
    """Return the row means of the ink as features, and the digit 4 if there is a lot of ink, otherwise 7."""
    level = images.mean((1, 2))
    return Classified(images.mean(2)[:, 8:20], np.where(level > 30, 4, 7), np.ones(len(images)))


def test_shares_of_recognized_and_confident_pictures() -> None:
    seen = Classified(np.zeros((5, 64)), np.array([3, 3, 3, 5, 5]), np.array([0.95, 0.9, 0.5, 0.99, 0.2]))
    assert seen.readings(3) == {"confident": 0.6, "read_as_digit": 0.6, "confident_and_read_as_digit": 0.4}
    assert seen.readings(None) == {"confident": 0.6}


def test_figures_of_a_pair() -> None:
    rng = np.random.default_rng(4)
    a, b = 3 * rng.standard_normal((20, 5)), 2 * rng.standard_normal((20, 5)) + 1
    result = compare(*(Classified(x, np.zeros(20, int), np.ones(20)) for x in (a, b)))
    assert result["frechet"] == frechet(a, b)
    assert (result["precision"], result["recall"]) == precision_recall(a, b) != precision_recall(b, a)


def test_means_and_spreads() -> None:
    """Spreads are sample standard deviations; two groups have none, because each is the other's reference."""
    lines = [dict.fromkeys(FIGURES, value) for value in (1.0, 2.0, 6.0, 7.0)]
    result = summarize(lines[1:], lines[:3])
    assert result["recall"] == pytest.approx({"fake": 5, "real": 3, "spread_fake": 7**0.5, "spread_real": 7**0.5})
    assert result["frechet"]["ratio"] == pytest.approx(5 / 3)
    assert summarize(lines[:2], lines[2:])["frechet"] == pytest.approx({"fake": 1.5, "real": 6.5, "ratio": 1.5 / 6.5})


def test_each_group_is_the_reference_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs: list[tuple[float, ...]] = []

    def record_pair(*pair: Classified) -> dict[str, float]:
        pairs.append(tuple(side.features.mean() for side in pair))
        return dict.fromkeys(FIGURES, 1.0)

    monkeypatch.setattr(Classified, "of", see_ink)
    monkeypatch.setattr(compare_with_real, "compare", record_pair)
    groups = [np.full((10, 28, 28), level, np.uint8) for level in range(8)]
    Reference(EVALUATOR, 3, groups[:4], SAMPLE.images[:10], COUNTS).against(groups[4:])
    assert sorted(pairs[:4]) == [(0, 1), (1, 2), (2, 3), (3, 0)]
    assert sorted(pairs[4:]) == [(0, 4), (1, 5), (2, 6), (3, 7)]


def test_recognition_of_drawn_and_held_out_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Classified, "of", see_ink)
    light = np.random.default_rng(0).integers(0, 50, (10, 28, 28), dtype=np.uint8)
    dark = light + np.uint8(100)
    held_out = np.concatenate([dark, light, light, light])
    one, every = (Reference(EVALUATOR, digit, [dark, light], held_out, COUNTS) for digit in (4, None))
    result, balanced = one.against([dark, light]), every.against([dark, light])
    assert result["read_as_digit"] == {"fake": 0.5, "real": 0.25}
    assert result["frechet"]["fake"] == pytest.approx(0, abs=1e-6), "each group compared with itself"
    counts = {"counts_fake": [0, 0, 0, 0, 10, 0, 0, 10, 0, 0], "counts_real": [25] * 10}
    assert balanced["balance"] == {"fake": 0.8, "real": 0} | counts
    assert balanced.keys() - result.keys() == {"balance"}
    assert result.keys() - balanced.keys() == {"read_as_digit", "confident_and_read_as_digit"}


# The two bundled evaluators


def test_the_shipped_evaluators_are_different_networks() -> None:
    both = Evaluators.load()
    images = only(SAMPLE, 3).images[::5]
    first, second = (Classified.of(evaluator, images) for evaluator in both)
    assert first.features.shape == second.features.shape == (100, 64)
    assert np.abs(np.corrcoef(first.features.mean(0), second.features.mean(0))[0, 1]) < 0.5
    assert (first.digits == 3).mean() > 0.97 < (second.digits == 3).mean()
