"""Classifiers trained on generated digits: sets of models, labels and accuracy."""

from pathlib import Path

import numpy as np
import pytest

from gan.data import Dataset, load
from gan.drawings.classifier import classify, load_classifier
from gan.errors import InputError
from gan.evaluate import generators
from gan.evaluate.baseline import Real
from gan.evaluate.generators import LoadedGenerator
from tests.helpers.fake_worker import tiny

REAL = Real(load(), load())
CLASSIFIER = load_classifier()


def drawer(digit: int | None) -> LoadedGenerator:
    """Return an untrained generator."""
    return LoadedGenerator(Path(f"model {digit}"), tiny(digit).build_generator(np.random.default_rng(1)), tiny(digit))


def test_ten_digit_models_form_one_team() -> None:
    single_digits, all_digits = [drawer(digit) for digit in reversed(range(10))], [drawer(None), drawer(None)]
    teams = generators.complete_sets([all_digits[0], *single_digits, all_digits[1]], REAL)
    assert [[one.config.digit for one in team] for team in teams] == [list(range(10)), [None], [None]]
    assert generators.complete_sets([*single_digits[1:], all_digits[0]], REAL) == [[all_digits[0]]]


@pytest.mark.parametrize(("digits", "real"), [(range(9), REAL), ([], REAL), ([None], Real(load()))])
def test_incomplete_teams_or_missing_test_digits_are_refused(digits: list[int | None], real: Real) -> None:
    with pytest.raises(InputError, match="--train-on-generated: expected models of all ten digits, or one of all"):
        generators.complete_sets([drawer(digit) for digit in digits], real)


def test_drawings_of_digit_models_are_labelled_by_model() -> None:
    drawn = generators.generated_dataset([drawer(3), drawer(8)], CLASSIFIER, np.random.default_rng(0))
    half = generators.TRAINING_DIGITS // 2
    assert drawn.images.shape == (2 * half, 28, 28)
    assert drawn.labels.tolist() == [3] * half + [8] * half


def test_drawings_of_a_model_of_all_digits_are_labelled_by_the_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generators, "TRAINING_DIGITS", 50)
    drawn = generators.generated_dataset([drawer(None)], CLASSIFIER, np.random.default_rng(0))
    assert drawn.labels.dtype == np.uint8
    assert np.array_equal(drawn.labels, classify(CLASSIFIER, drawn.images)[0])


def test_noise_teaches_less_than_real_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Dataset(REAL.train.images[::10], REAL.train.labels[::10], "500 test digits")
    monkeypatch.setattr(generators, "TRAINING_DIGITS", 400)
    monkeypatch.setattr(generators, "PASSES", 6)
    result = generators.train_on_generated([drawer(digit) for digit in range(10)], Real(REAL.train, few), CLASSIFIER, 0)
    assert result["models"] == [f"model {digit}" for digit in range(10)]
    assert (result["digits"], result["passes"]) == (400, 6)
    assert result["fake"] < 0.35 < 0.5 < result["real"]
