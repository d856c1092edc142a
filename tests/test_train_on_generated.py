"""What drawn digits teach: who can teach all digits, and which digit each drawing is said to be."""

from pathlib import Path

import numpy as np
import pytest
from fake_worker import tiny

from gan.classifier.network import classify, load_classifier
from gan.data import Dataset, load
from gan.errors import InputError
from gan.evaluate import generators
from gan.evaluate.figures import Real
from gan.evaluate.generators import LoadedGenerator

REAL = Real(load(), load())
CLASSIFIER = load_classifier()


def drawer(digit: int | None) -> LoadedGenerator:
    """An untrained generator."""
    return LoadedGenerator(Path(f"model {digit}"), tiny(digit).build_generator(np.random.default_rng(1)), tiny(digit))


def test_the_ten_teach_together_and_each_model_of_all_digits_alone() -> None:
    ten, both = [drawer(digit) for digit in reversed(range(10))], [drawer(None), drawer(None)]
    teams = generators.complete_sets([both[0], *ten, both[1]], REAL)
    assert [[one.config.digit for one in team] for team in teams] == [list(range(10)), [None], [None]]
    assert generators.complete_sets([*ten[1:], both[0]], REAL) == [[both[0]]]


@pytest.mark.parametrize(("digits", "real"), [(range(9), REAL), ([], REAL), ([None], Real(load()))])
def test_who_cannot_teach_all_digits_or_has_no_test_digits_is_refused(digits: list[int | None], real: Real) -> None:
    with pytest.raises(InputError, match="--train-on-generated: expected models of all ten digits, or one of all"):
        generators.complete_sets([drawer(digit) for digit in digits], real)


def test_drawings_are_labelled_by_the_model_of_a_digit_and_by_the_classifier_for_one_of_all() -> None:
    drawn = generators.generated_dataset([drawer(3), drawer(8)], CLASSIFIER, np.random.default_rng(0))
    half = generators.TRAINING_DIGITS // 2
    assert drawn.images.shape == (2 * half, 28, 28)
    assert drawn.labels.tolist() == [3] * half + [8] * half


def test_of_a_model_of_all_digits_the_classifier_says_which_it_has_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generators, "TRAINING_DIGITS", 50)
    drawn = generators.generated_dataset([drawer(None)], CLASSIFIER, np.random.default_rng(0))
    assert drawn.labels.dtype == np.uint8
    assert np.array_equal(drawn.labels, classify(CLASSIFIER, drawn.images)[0])


def test_noise_teaches_nothing_and_real_digits_most(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Dataset(REAL.train.images[::10], REAL.train.labels[::10], "500 test digits")
    monkeypatch.setattr(generators, "TRAINING_DIGITS", 400)
    monkeypatch.setattr(generators, "PASSES", 6)
    found = generators.train_on_generated([drawer(digit) for digit in range(10)], Real(REAL.train, few), CLASSIFIER, 0)
    assert found["models"] == [f"model {digit}" for digit in range(10)]
    assert (found["digits"], found["passes"]) == (400, 6)
    assert found["fake"] < 0.35 < 0.5 < found["real"]
