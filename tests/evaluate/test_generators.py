"""Generators to measure, the metadata in their files, and sets of models whose drawings train a classifier."""

from pathlib import Path

import numpy as np
import pytest

from gan.data import load
from gan.drawings.classifier import classify, load_classifier
from gan.drawings.load_and_draw import draw_random
from gan.errors import InputError
from gan.evaluate import train_on_generated
from gan.evaluate.baseline import Real
from gan.evaluate.generators import LoadedGenerator, load_generators
from gan.evaluate.train_on_generated import TRAINING_DIGITS, complete_sets, generated_dataset
from nnet import weights
from tests.helpers.fake_worker import tiny

TEXTS = {"config": tiny(3, temperature=1.25).to_json(), "iteration": "7", "data": "some digits"}
REAL = Real(load(), load())
CLASSIFIER = load_classifier()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return the path to the weight file of an untrained generator of threes."""
    generator = tiny(3).build_generator(np.random.default_rng(1))
    weights.save(tmp_path / "model", generator.parameters(), TEXTS)
    return tmp_path / "model"


def test_a_generator_draws_at_the_temperature_of_its_config(model: Path) -> None:
    drawer = LoadedGenerator.load(model)
    assert drawer.config == tiny(3, temperature=1.25)
    drawn = drawer(5, np.random.default_rng(2))
    assert drawn.shape == (5, 28, 28)
    assert np.array_equal(drawn, draw_random(drawer.generator, drawer.config, 5, np.random.default_rng(2)))
    (cooler,) = load_generators([model], None, 0.5)
    assert cooler.config == tiny(3, temperature=0.5)
    assert not np.array_equal(drawn, cooler(5, np.random.default_rng(2)))


def test_the_origin_of_a_model_is_optional(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = {"model": str(model), "iteration": 7, "trained_on": "some digits", "temperature": 1.25}
    assert LoadedGenerator.load(model).about() == about
    bare = model.with_name("bare")
    weights.save(bare, weights.load(model)[0], {"config": TEXTS["config"]})
    assert LoadedGenerator.load(bare).about() == about | {"model": str(bare), "iteration": None, "trained_on": None}
    monkeypatch.chdir(model.parent)
    assert LoadedGenerator.load(model).name == "model"  # relative to the current folder


# Sets of models that train a classifier


def drawer(digit: int | None) -> LoadedGenerator:
    """Return an untrained generator."""
    return LoadedGenerator(Path(f"model {digit}"), tiny(digit).build_generator(np.random.default_rng(1)), tiny(digit))


def test_ten_digit_models_form_one_team() -> None:
    single_digits, all_digits = [drawer(digit) for digit in reversed(range(10))], [drawer(None), drawer(None)]
    teams = complete_sets([all_digits[0], *single_digits, all_digits[1]], REAL)
    assert [[one.config.digit for one in team] for team in teams] == [list(range(10)), [None], [None]]
    assert complete_sets([*single_digits[1:], all_digits[0]], REAL) == [[all_digits[0]]]


@pytest.mark.parametrize(("digits", "real"), [(range(9), REAL), ([], REAL), ([None], Real(load()))])
def test_incomplete_teams_or_missing_test_digits_are_refused(digits: list[int | None], real: Real) -> None:
    with pytest.raises(InputError, match="--train-on-generated: expected models of all ten digits, or one of all"):
        complete_sets([drawer(digit) for digit in digits], real)


def test_drawings_of_digit_models_are_labelled_by_model() -> None:
    drawn = generated_dataset([drawer(3), drawer(8)], CLASSIFIER, np.random.default_rng(0))
    half = TRAINING_DIGITS // 2
    assert drawn.images.shape == (2 * half, 28, 28)
    assert drawn.labels.tolist() == [3] * half + [8] * half


def test_drawings_of_a_model_of_all_digits_are_labelled_by_the_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_on_generated, "TRAINING_DIGITS", 50)
    drawn = generated_dataset([drawer(None)], CLASSIFIER, np.random.default_rng(0))
    assert drawn.labels.dtype == np.uint8
    assert np.array_equal(drawn.labels, classify(CLASSIFIER, drawn.images)[0])
