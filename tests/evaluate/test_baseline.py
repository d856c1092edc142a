"""Figures for good, poor, copying and one-sided generators, all made from real digits."""

import json
from typing import Any

import numpy as np
import pytest

from gan.data import Dataset, load, only
from gan.data.nearest import nearest_distances
from gan.data.pictures import Pictures
from gan.drawings.classifier import ARCHITECTURES
from gan.errors import InputError
from gan.evaluate.baseline import MOST_GROUPS, Baseline, Draw, Real, groups_of, nearness
from gan.evaluate.compare_with_real import Classified, Evaluators
from nnet.fast.accelerate import twin
from nnet.sequential import Sequential
from tests.helpers.strategies import threads

SAMPLE = load()
ODD = np.arange(len(SAMPLE.images)) % 2 == 1
TRAIN, TEST = (Dataset(SAMPLE.images[half], SAMPLE.labels[half], name) for half, name in ((ODD, "odd"), (~ODD, "even")))
REAL = Real(TRAIN, TEST)
FEW = Real(*(Dataset(data.images[::10], data.labels[::10], data.name) for data in (TRAIN, TEST)))  # 25 per digit

# Features of untrained networks suffice.
EVALUATORS = Evaluators(
    *(Sequential(*map(twin, build(np.random.default_rng(0)).layers)) for build in ARCHITECTURES.values())
)


def of(pictures: Pictures) -> Draw:
    """Return a function that draws from these pictures at random."""
    return lambda n, rng: pictures[rng.integers(len(pictures), size=n)]


def figures(draw: Draw, digit: int | None, real: Real = REAL, n: int = 60, seed: int = 0) -> Any:
    groups_rng, draw_rng = np.random.default_rng(seed).spawn(2)
    return Baseline(real, digit, EVALUATORS, n, groups_rng).against(draw, draw_rng)


def noise(n: int, rng: np.random.Generator) -> Pictures:
    return rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)


def test_unseen_real_digits_get_the_figures_of_real_ones() -> None:
    result = figures(of(only(TEST, 3).images), 3)
    assert (result["digit"], result["n"], result["groups"]) == (3, 60, 4)
    assert 0.5 < result["frechet"]["ratio"] < 1.5
    assert result["frechet"]["ratio"] == result["frechet"]["fake"] / result["frechet"]["real"]
    for name in ("precision", "recall"):
        assert abs(result[name]["fake"] - result[name]["real"]) < 0.15


def test_copies_are_searched_in_the_training_data_of_the_model() -> None:
    """Copies of even images are found in the sample, which contains them, but not in TRAIN, which has odd ones only."""
    of_sample = REAL.for_model(SAMPLE.name)
    assert of_sample.learned.name == SAMPLE.name
    assert REAL.for_model("60,000 digits of data/mnist").learned is TRAIN
    copier = of(only(TEST, 3).images)
    result, elsewhere = figures(copier, 3, of_sample)["nearest_training"], figures(copier, 3)["nearest_training"]
    assert (result["among"], elsewhere["among"]) == (SAMPLE.name, "odd")
    assert result["fake"]["median"] == 0 < elsewhere["fake"]["median"]


def test_figures_of_noise_with_and_without_the_search_for_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    result = figures(noise, 3)
    assert result["frechet"]["ratio"] > 5
    assert result["precision"]["fake"] == 0
    assert result["nearest_training"]["fake"]["percentile_5"] > 2 * result["nearest_training"]["real"]["median"]
    for evaluator, found in zip(EVALUATORS, (result, result["second"]), strict=True):
        expected = Classified.of(evaluator, only(TEST, 3).images).readings(3)  # of test digits
        assert {name: found[name]["real"] for name in expected} == expected
    monkeypatch.setattr("gan.evaluate.baseline.nearness", None)  # would fail if called
    groups_rng, draw_rng = np.random.default_rng(0).spawn(2)
    without = Baseline(REAL, 3, EVALUATORS, 60, groups_rng, copies=False).against(noise, draw_rng)
    assert without == {name: entry for name, entry in result.items() if name != "nearest_training"}


def test_both_evaluators_see_the_same_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[int, list[bytes]] = {}
    real = Classified.of

    def record(evaluator: Sequential, images: Pictures) -> Classified:
        seen.setdefault(id(evaluator), []).append(images.tobytes())
        return real(evaluator, images)

    monkeypatch.setattr(Classified, "of", record)
    result = figures(of(only(TEST, 3).images), 3)
    first, second = (seen[id(evaluator)] for evaluator in EVALUATORS)
    assert first == second
    assert len(first) == 4 + 1 + 4  # groups of real digits, test digits, drawings
    assert result["frechet"]["fake"] != result["second"]["frechet"]["fake"]


def test_copies_have_distance_zero() -> None:
    copied = figures(of(only(TRAIN, 3).images), 3)["nearest_training"]
    assert copied["fake"] == {"median": 0, "percentile_5": 0, "count": 60}
    other = figures(of(only(TEST, 3).images), 3)["nearest_training"]
    assert other["fake"]["median"] == pytest.approx(other["real"]["median"], rel=0.1)
    assert copied["real"] == other["real"]


def test_without_test_digits_training_images_are_compared() -> None:
    nearest = figures(of(only(TRAIN, 3).images), 3, Real(TRAIN))["nearest_training"]
    assert nearest["fake"]["median"] == 0
    assert nearest["real"]["percentile_5"] > 2
    assert figures(noise, None, Real(FEW.train))["nearest_training"]["real"]["percentile_5"] > 1


def test_balance_counts_all_training_digits() -> None:
    balance = figures(of(SAMPLE.images), None, FEW, 50)["balance"]
    assert (sum(balance["counts_fake"]), balance["counts_real"]) == (MOST_GROUPS * 50, [25] * 10)


@pytest.mark.parametrize(("n", "size", "count"), [(1000, 125, 2), (125, 125, 2), (100, 100, 2), (50, 50, 5), (9, 9, 5)])
def test_groups_are_disjoint_and_limited(n: int, size: int, count: int) -> None:
    images = np.zeros((250, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(250)
    groups = groups_of(Dataset(images, np.full(250, 3, np.uint8), ""), n, np.random.default_rng(0))
    assert [len(group) for group in groups] == [size] * count
    numbers = np.concatenate(groups)[:, 0, 0]
    assert len(set(numbers.tolist())) == size * count
    assert (np.diff(numbers.astype(int)) < 0).any(), "they were not shuffled"


def test_figures_are_deterministic_and_valid_json() -> None:
    first, again, other = (figures(of(TEST.images), None, FEW, 50, seed) for seed in (1, 1, 2))
    assert json.dumps(first, allow_nan=False) == json.dumps(again)
    assert first["frechet"] != other["frechet"]


@pytest.mark.parametrize(("count", "n"), [(7, 60), (40, 3)])
def test_too_few_images_are_refused(count: int, n: int) -> None:
    few = Real(Dataset(SAMPLE.images[:count], SAMPLE.labels[:count], ""))
    with pytest.raises(InputError, match="expected n of at least 4 and 8 real images of the digit, received n"):
        figures(noise, None, few, n)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_nearness_uses_the_first_2000_on_any_number_of_threads(count: int) -> None:
    rng = np.random.default_rng(0)
    images, training = noise(2001, rng), noise(3, rng)
    images[:3], images[3] = training, np.roll(training[0], 1)
    with threads(count):
        result, of_training = nearness(images, training), nearness(training, training, np.arange(3))
    distances, _ = nearest_distances(images[:2000], training)
    assert result["count"] == 2000
    assert (result["median"], result["percentile_5"]) == (np.median(distances), np.percentile(distances, 5))
    assert of_training["count"] == 3
    assert of_training["percentile_5"] > 5  # no image is compared with itself


def test_copies_are_searched_among_the_first_drawings() -> None:
    calls: list[int] = []

    def draw(n: int, rng: np.random.Generator) -> Pictures:
        calls.append(n)
        return only(TRAIN, 3).images[:n] if len(calls) == 1 else noise(n, rng)

    assert figures(draw, 3)["nearest_training"]["fake"]["median"] == 0
    assert calls == [60] * 4  # new drawings for each reference


def test_a_baseline_can_be_reused() -> None:
    groups_rng, draw_rng = np.random.default_rng(0).spawn(2)
    baseline = Baseline(REAL, 3, EVALUATORS, 60, groups_rng)
    baseline.against(noise, np.random.default_rng(8))
    assert baseline.against(of(only(TEST, 3).images), draw_rng) == figures(of(only(TEST, 3).images), 3)
