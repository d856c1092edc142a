"""Generators to measure, and the metadata in their files."""

from pathlib import Path

import numpy as np
import pytest

from gan.drawings.load_and_draw import draw_random
from gan.errors import InputError
from gan.evaluate import generators
from gan.evaluate.generators import LoadedGenerator, load_generators
from nnet import weights
from tests.helpers.fake_worker import tiny

TEXTS = {"config": tiny(3, temperature=1.25).to_json(), "iteration": "7", "data": "some digits"}


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


def test_the_origin_of_a_model_is_optional(model: Path) -> None:
    about = {"model": str(model), "iteration": 7, "trained_on": "some digits", "temperature": 1.25}
    assert LoadedGenerator.load(model).about() == about
    bare = model.with_name("bare")
    weights.save(bare, weights.load(model)[0], {"config": TEXTS["config"]})
    assert LoadedGenerator.load(bare).about() == about | {"model": str(bare), "iteration": None, "trained_on": None}


def test_names_are_relative_to_the_current_folder(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LoadedGenerator.load(model).name == str(model)
    monkeypatch.chdir(model.parent)
    assert LoadedGenerator.load(model).name == "model"


def test_models_are_given_by_file_or_by_digit(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="--digits: expected without --model, because a model's file"):
        load_generators([model], [3], None)
    assert [drawer.path for drawer in load_generators([model, model], None, None)] == [model, model]
    assert [drawer.config.digit for drawer in load_generators(None, [8, None], None)] == [8, None]
    monkeypatch.setattr(generators, "pretrained", lambda digit: model.with_name("nowhere"))
    assert [drawer.config.digit for drawer in load_generators(None, None, None)] == list(range(10))
