"""A generator's figures: what good, poor, copying and one-sided generators get, all made up from real digits."""

import json
from typing import Any

import numpy as np
import pytest

from gan.classifier.network import ARCHITECTURES
from gan.data import Dataset, load, only
from gan.data.nearest import nearest_distances
from gan.errors import InputError
from gan.evaluate.evaluators import Classified, Evaluators
from gan.evaluate.figures import MOST_GROUPS, Baseline, Draw, Real, groups_of, nearness
from gan.pictures import Pictures
from nnet.fast.accelerate import twin
from nnet.fast.kernels.parallel import get_threads, set_threads
from nnet.sequential import Sequential

SAMPLE = load()
ODD = np.arange(len(SAMPLE.images)) % 2 == 1
TRAIN, TEST = (Dataset(SAMPLE.images[half], SAMPLE.labels[half], name) for half, name in ((ODD, "odd"), (~ODD, "even")))
REAL = Real(TRAIN, TEST)
FEW = Real(*(Dataset(data.images[::10], data.labels[::10], data.name) for data in (TRAIN, TEST)))  # 25 of a digit
# Untrained features will do.
JUDGES = Evaluators(
    *(Sequential(*map(twin, build(np.random.default_rng(0)).layers)) for build in ARCHITECTURES.values())
)


def of(pictures: Pictures) -> Draw:
    """A generator that draws one of these pictures at random."""
    return lambda n, rng: pictures[rng.integers(len(pictures), size=n)]


def figures(draw: Draw, digit: int | None, real: Real = REAL, n: int = 60, seed: int = 0) -> Any:
    groups_rng, draw_rng = np.random.default_rng(seed).spawn(2)
    return Baseline(real, digit, JUDGES, n, groups_rng).against(draw, draw_rng)


def noise(n: int, rng: np.random.Generator) -> Pictures:
    return rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)


def test_unseen_real_digits_pass_for_real() -> None:
    found = figures(of(only(TEST, 3).images), 3)
    assert (found["digit"], found["n"], found["groups"]) == (3, 60, 4)
    assert 0.5 < found["frechet"]["ratio"] < 1.5
    assert found["frechet"]["ratio"] == found["frechet"]["fake"] / found["frechet"]["real"]
    for name in ("precision", "recall"):
        assert abs(found[name]["fake"] - found[name]["real"]) < 0.15
    assert abs(found["kernel_distance"]["fake"]) < 5 * abs(found["kernel_distance"]["spread_real"])


def test_copies_are_looked_for_in_what_the_model_learned_from() -> None:
    """The even images are the sample's as well as those of TEST, so who copies them is found out only in the sample."""
    own = REAL.for_model(SAMPLE.name)
    assert own.learned.name == SAMPLE.name
    assert REAL.for_model("60,000 digits of data/mnist").learned is TRAIN
    copier = of(only(TEST, 3).images)
    found, missed = figures(copier, 3, own)["nearest_training"], figures(copier, 3)["nearest_training"]
    assert (found["among"], missed["among"]) == (SAMPLE.name, "odd")
    assert found["fake"]["median"] == 0 < missed["fake"]["median"]


def test_two_groups_have_no_spread() -> None:
    found = figures(of(only(TEST, 3).images), 3, n=len(only(TRAIN, 3).images))
    assert found["groups"] == 2
    assert found["frechet"].keys() == {"fake", "real", "ratio"}


def test_noise_does_not() -> None:
    found = figures(noise, 3)
    assert found["frechet"]["ratio"] > 5
    assert found["kernel_distance"]["fake"] > 10 * abs(found["kernel_distance"]["real"])
    assert found["precision"]["fake"] == 0
    assert found["nearest_training"]["fake"]["percentile_5"] > 2 * found["nearest_training"]["real"]["median"]


def test_a_generator_of_one_picture_is_precise_and_recalls_little() -> None:
    found = figures(of(only(TRAIN, 3).images[:1]), 3)
    assert found["precision"]["fake"] > 0.7
    assert found["recall"]["fake"] < 0.1
    assert found["frechet"]["ratio"] > 2


def test_a_copier_is_found_out() -> None:
    copied = figures(of(only(TRAIN, 3).images), 3)["nearest_training"]
    assert copied["fake"] == {"median": 0, "percentile_5": 0, "count": 60}
    assert copied["real"]["percentile_5"] > 2
    honest = figures(of(only(TEST, 3).images), 3)["nearest_training"]
    assert honest["fake"]["median"] == pytest.approx(honest["real"]["median"], rel=0.1)


def test_without_test_digits_training_images_are_compared_with_the_others() -> None:
    nearest = figures(of(only(TRAIN, 3).images), 3, Real(TRAIN))["nearest_training"]
    assert nearest["fake"]["median"] == 0
    assert nearest["real"]["percentile_5"] > 2
    assert figures(noise, None, Real(FEW.train))["nearest_training"]["real"]["percentile_5"] > 1


def test_all_digits_have_a_balance_and_one_digit_is_read() -> None:
    every, one = figures(of(SAMPLE.images), None, FEW, 50), figures(of(SAMPLE.images), 3, FEW, 10)
    assert sum(every["balance"]["counts_fake"]) == MOST_GROUPS * 50
    assert every["balance"]["counts_real"] == [25] * 10
    assert "balance" not in one
    assert "read_as_digit" not in every


@pytest.mark.parametrize(("n", "size", "count"), [(1000, 125, 2), (125, 125, 2), (100, 100, 2), (50, 50, 5), (9, 9, 5)])
def test_groups_are_disjoint_and_lowered_to_half_of_what_there_is(n: int, size: int, count: int) -> None:
    images = np.zeros((250, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(250)
    groups = groups_of(Dataset(images, np.full(250, 3, np.uint8), ""), n, np.random.default_rng(0))
    assert [len(group) for group in groups] == [size] * count
    numbers = np.concatenate(groups)[:, 0, 0]
    assert len(set(numbers.tolist())) == size * count
    assert (np.diff(numbers.astype(int)) < 0).any(), "they were not shuffled"


def test_the_same_seed_gives_the_same_figures_and_json_can_hold_them() -> None:
    first, again, other = (figures(of(TEST.images), None, FEW, 50, seed) for seed in (1, 1, 2))
    assert json.dumps(first, allow_nan=False) == json.dumps(again)
    assert first["frechet"] != other["frechet"]


def test_all_models_of_a_digit_are_compared_with_the_same_real_digits() -> None:
    one, other = figures(noise, 3), figures(of(TEST.images), 3)
    assert one["frechet"]["real"] == other["frechet"]["real"]


@pytest.mark.parametrize(("count", "n"), [(7, 60), (40, 3)])
def test_too_few_are_refused(count: int, n: int) -> None:
    few = Real(Dataset(SAMPLE.images[:count], SAMPLE.labels[:count], ""))
    with pytest.raises(InputError, match="expected n of at least 4 and 8 real images of the digit, received n"):
        figures(noise, None, few, n)


def test_which_data_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    real = Real.load(None)
    assert (real.name, real.test) == ("5,000-digit sample, no test digits", None)
    with pytest.raises(InputError, match="the folder nowhere does not exist"):
        Real.load(tmp_path.relative_to(tmp_path) / "nowhere")
    assert REAL.name == "odd and even"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_nearness_is_of_the_first_two_thousand_however_many_threads(count: int) -> None:
    rng = np.random.default_rng(0)
    images, training = noise(2001, rng), noise(3, rng)
    images[:3], images[3] = training, np.roll(training[0], 1)
    before = get_threads()
    set_threads(count)
    try:
        found, own = nearness(images, training), nearness(training, training, np.arange(3))
    finally:
        set_threads(before)
    distances, _ = nearest_distances(images[:2000], training)
    assert found["count"] == 2000
    assert (found["median"], found["percentile_5"]) == (np.median(distances), np.percentile(distances, 5))
    assert own["count"] == 3
    assert own["percentile_5"] > 5  # none is compared with itself


def test_copies_are_looked_for_among_the_first_drawings() -> None:
    calls: list[int] = []

    def draw(n: int, rng: np.random.Generator) -> Pictures:
        calls.append(n)
        return only(TRAIN, 3).images[:n] if len(calls) == 1 else noise(n, rng)

    assert figures(draw, 3)["nearest_training"]["fake"]["median"] == 0
    assert calls == [60] * 4  # new ones for each reference


def test_what_is_read_with_confidence_of_the_real_digits_are_those_that_nobody_learned_from() -> None:
    found = figures(noise, 3)
    for judge, told in zip(JUDGES, (found, found["second"]), strict=True):
        expected = Classified.of(judge, only(TEST, 3).images).readings(3)
        assert {name: told[name]["real"] for name in expected} == expected


@pytest.mark.parametrize("real", [REAL, Real(TRAIN)], ids=["with test digits", "without"])
def test_as_many_real_digits_as_drawn_ones_are_looked_for(real: Real) -> None:
    nearest = figures(noise, 3, real, 50)["nearest_training"]
    assert (nearest["fake"]["count"], nearest["real"]["count"]) == (50, 50)


def test_both_judges_look_at_the_same_pictures_and_tell_the_same_figures_by_their_own_features(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: dict[int, list[bytes]] = {}
    see = Classified.of

    def watched(judge: Sequential, images: Pictures) -> Classified:
        looked.setdefault(id(judge), []).append(images.tobytes())
        return see(judge, images)

    monkeypatch.setattr(Classified, "of", watched)
    found = figures(of(only(TEST, 3).images), 3)
    assert looked[id(JUDGES.first)] == looked[id(JUDGES.second)]
    assert len(looked[id(JUDGES.first)]) == 4 + 1 + 4  # groups, test digits, drawn ones
    own = found.keys() - {"digit", "n", "groups", "nearest_training", "second"}
    assert found["second"].keys() == own
    assert found["frechet"]["fake"] != found["second"]["frechet"]["fake"]


def test_a_baseline_serves_many_generators_and_one_before_does_not_change_the_next() -> None:
    groups_rng, draw_rng = np.random.default_rng(0).spawn(2)
    baseline = Baseline(REAL, 3, JUDGES, 60, groups_rng)
    baseline.against(noise, np.random.default_rng(8))
    assert baseline.against(of(only(TEST, 3).images), draw_rng) == figures(of(only(TEST, 3).images), 3)


def test_who_does_not_look_for_copies_gets_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = figures(noise, 3)
    monkeypatch.setattr("gan.evaluate.figures.nearness", None)  # not called
    groups_rng, draw_rng = np.random.default_rng(0).spawn(2)
    found = Baseline(REAL, 3, JUDGES, 60, groups_rng, copies=False).against(noise, draw_rng)
    assert found == {name: entry for name, entry in whole.items() if name != "nearest_training"}
