"""Figures for good, poor, copying and one-sided generators made from real digits."""

import json
from typing import Any

import numpy as np
import pytest

from gan.data import Dataset, only
from gan.data.images_and_sheets import Pictures
from gan.data.nearest import nearest_distances
from gan.drawings.classifier import ARCHITECTURES
from gan.evaluate import compare_with_real
from gan.evaluate.compare_with_real import (
    Classified,
    Reference,
    compare,
    summarize,
)
from gan.evaluate.measures import frechet, precision_recall
from gan.evaluate.real_against_real import (
    MOST_GROUPS,
    Baseline,
    Draw,
    Real,
    groups_of,
    nearness,
)
from nnet.fast.accelerate import accelerate
from nnet.sequential import Sequential
from tests.helpers.digits import SAMPLE
from tests.helpers.strategies import threads

ODD = np.arange(len(SAMPLE.images)) % 2 == 1
TRAIN, TEST = (
    Dataset(SAMPLE.images[half], SAMPLE.labels[half], name)
    for half, name in ((ODD, "odd"), (~ODD, "even"))
)
REAL = Real(TRAIN, TEST)
# 25 per digit
FEW = Real(
    *(
        Dataset(data.images[::10], data.labels[::10], data.name)
        for data in (TRAIN, TEST)
    )
)

# Features of untrained networks suffice.
NETWORKS = [build(np.random.default_rng(0)) for build in ARCHITECTURES.values()]
FIRST, SECOND = (Sequential(*map(accelerate, each.layers)) for each in NETWORKS)
EVALUATORS = (FIRST, SECOND)


def of(pictures: Pictures) -> Draw:
    """Return a function that draws from these pictures at random."""
    return lambda n, rng: pictures[rng.integers(len(pictures), size=n)]


def figures(
    draw: Draw,
    digit: int | None,
    real: Real = REAL,
    n: int = 60,
    seed: int = 0,
    finds_copies: bool = True,
) -> Any:
    groups_rng, draw_rng = np.random.default_rng(seed).spawn(2)
    baseline = Baseline(real, digit, EVALUATORS, n, groups_rng, finds_copies)
    return baseline.against(draw, draw_rng)


def noise(n: int, rng: np.random.Generator) -> Pictures:
    return rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)


def test_unseen_real_digits_get_the_figures_of_real_ones() -> None:
    result = figures(of(only(TEST, 3).images), 3)
    assert result["digit"] == 3
    assert result["n"] == 60
    assert result["groups"] == 4
    assert 0.5 < result["frechet"]["ratio"] < 1.5
    assert (
        result["frechet"]["ratio"]
        == result["frechet"]["fake"] / result["frechet"]["real"]
    )
    for name in ("precision", "recall"):
        assert abs(result[name]["fake"] - result[name]["real"]) < 0.15


def test_figures_of_noise_with_and_without_the_search_for_copies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = figures(noise, 3)
    assert result["frechet"]["ratio"] > 5
    assert result["precision"]["fake"] == 0
    assert (
        result["nearest_training"]["fake"]["percentile_5"]
        > 2 * result["nearest_training"]["real"]["median"]
    )
    for evaluator, found in zip(EVALUATORS, (result, result["second"]), strict=True):
        # of test digits
        expected = Classified.of(evaluator, only(TEST, 3).images).readings(3)
        assert {name: found[name]["real"] for name in expected} == expected
    # would fail if called
    monkeypatch.setattr("gan.evaluate.real_against_real.nearness", None)
    assert figures(noise, 3, finds_copies=False) == {
        name: entry for name, entry in result.items() if name != "nearest_training"
    }


def test_balance_counts_all_training_digits() -> None:
    balance = figures(of(SAMPLE.images), None, FEW, 50)["balance"]
    assert sum(balance["counts_fake"]) == MOST_GROUPS * 50
    assert balance["counts_real"] == [25] * 10


@pytest.mark.parametrize(
    ("n", "size", "count"),
    [(1000, 125, 2), (125, 125, 2), (100, 100, 2), (50, 50, 5), (9, 9, 5)],
)
def test_groups_are_disjoint_and_limited(n: int, size: int, count: int) -> None:
    images = np.zeros((250, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(250)
    groups = groups_of(
        Dataset(images, np.full(250, 3, np.uint8), ""), n, np.random.default_rng(0)
    )
    assert [len(group) for group in groups] == [size] * count
    numbers = np.concatenate(groups)[:, 0, 0]
    assert len(set(numbers.tolist())) == size * count
    assert (np.diff(numbers.astype(int)) < 0).any(), "they were not shuffled"


def test_figures_are_deterministic_and_valid_json() -> None:
    first, again, other = (
        figures(of(TEST.images), None, FEW, 50, seed) for seed in (1, 1, 2)
    )
    assert json.dumps(first, allow_nan=False) == json.dumps(again)
    assert first["frechet"] != other["frechet"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_nearness_uses_the_first_2000_on_any_number_of_threads(count: int) -> None:
    rng = np.random.default_rng(0)
    images = noise(2001, rng)
    training = noise(3, rng)
    images[:3], images[3] = training, np.roll(training[0], 1)
    with threads(count):
        result = nearness(images, training)
    distances, _ = nearest_distances(images[:2000], training)
    assert result["count"] == 2000
    assert result["median"] == np.median(distances)
    assert result["percentile_5"] == np.percentile(distances, 5)


def test_copies_are_searched_among_the_first_drawings() -> None:
    calls: list[int] = []

    def draw(n: int, rng: np.random.Generator) -> Pictures:
        calls.append(n)
        return only(TRAIN, 3).images[:n] if len(calls) == 1 else noise(n, rng)

    copies = figures(draw, 3)["nearest_training"]
    assert copies["among"] == TRAIN.name
    assert copies["fake"]["median"] == 0
    assert calls == [60] * 4  # new drawings for each reference


# Comparing drawn digits with real ones


EVALUATOR = Sequential()  # a placeholder for tests that replace `Classified.of`
COUNTS = np.full(10, 25)


def see_ink(evaluator: Sequential, images: Pictures) -> Classified:
    """Return the row means of the ink as features.

    The digit is 4 if there is a lot of ink, otherwise 7.
    """
    level = images.mean((1, 2))
    return Classified(
        images.mean(2)[:, 8:20], np.where(level > 30, 4, 7), np.ones(len(images))
    )


def test_shares_of_recognized_and_confident_pictures() -> None:
    seen = Classified(
        np.zeros((5, 64)),
        np.array([3, 3, 3, 5, 5]),
        np.array([0.95, 0.9, 0.5, 0.99, 0.2]),
    )
    assert seen.readings(3) == {
        "confident": 0.6,
        "read_as_digit": 0.6,
        "confident_and_read_as_digit": 0.4,
    }
    assert seen.readings(None) == {"confident": 0.6}


def test_a_pair_is_compared_by_the_measures_of_its_features() -> None:
    rng = np.random.default_rng(4)
    a = 3 * rng.standard_normal((20, 5))
    b = 2 * rng.standard_normal((20, 5)) + 1
    result = compare(*(Classified(x, np.zeros(20, int), np.ones(20)) for x in (a, b)))
    assert result[0] == frechet(a, b)
    assert result[1:] == precision_recall(a, b)
    assert result[1:] != precision_recall(b, a)


def test_a_summary_has_the_means_and_spreads_of_the_groups() -> None:
    """Spreads are sample standard deviations.

    Two groups have none, because each is the other's reference.
    """
    lines = [(value, value, value) for value in (1.0, 2.0, 6.0, 7.0)]
    result = summarize(lines[1:], lines[:3])
    assert result["recall"] == pytest.approx(
        {"fake": 5, "real": 3, "spread_fake": 7**0.5, "spread_real": 7**0.5}
    )
    assert result["frechet"]["ratio"] == pytest.approx(5 / 3)
    assert summarize(lines[:2], lines[2:])["frechet"] == pytest.approx(
        {"fake": 1.5, "real": 6.5, "ratio": 1.5 / 6.5}
    )


def test_each_group_is_the_reference_of_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs: list[tuple[float, ...]] = []

    def record_pair(*pair: Classified) -> tuple[float, float, float]:
        pairs.append(tuple(float(side.features.mean()) for side in pair))
        return 1.0, 1.0, 1.0

    monkeypatch.setattr(Classified, "of", see_ink)
    monkeypatch.setattr(compare_with_real, "compare", record_pair)
    groups = [np.full((10, 28, 28), level, np.uint8) for level in range(8)]
    Reference(EVALUATOR, 3, groups[:4], SAMPLE.images[:10], COUNTS).against(groups[4:])
    assert sorted(pairs[:4]) == [(0, 1), (1, 2), (2, 3), (3, 0)]
    assert sorted(pairs[4:]) == [(0, 4), (1, 5), (2, 6), (3, 7)]


def test_recognition_of_drawn_and_held_out_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Classified, "of", see_ink)
    light = np.random.default_rng(0).integers(0, 50, (10, 28, 28), dtype=np.uint8)
    dark = light + np.uint8(100)
    held_out = np.concatenate([dark, light, light, light])
    one, every = (
        Reference(EVALUATOR, digit, [dark, light], held_out, COUNTS)
        for digit in (4, None)
    )
    result = one.against([dark, light])
    balanced = every.against([dark, light])
    assert result["read_as_digit"] == {"fake": 0.5, "real": 0.25}
    assert result["frechet"]["fake"] == pytest.approx(0, abs=1e-6), (
        "each group compared with itself"
    )
    counts = {"counts_fake": [0, 0, 0, 0, 10, 0, 0, 10, 0, 0], "counts_real": [25] * 10}
    assert balanced["balance"] == {"fake": 0.8, "real": 0} | counts
    assert balanced.keys() - result.keys() == {"balance"}
    assert result.keys() - balanced.keys() == {
        "read_as_digit",
        "confident_and_read_as_digit",
    }
