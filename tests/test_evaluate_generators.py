"""Whose digits are measured, and what a file says of itself."""

from pathlib import Path

import numpy as np
import pytest
from fake_worker import tiny

from gan.errors import InputError
from gan.evaluate import generators
from gan.evaluate.generators import LoadedGenerator, load_generators
from gan.sample import draw_random
from nnet import weights

TEXTS = {"config": tiny(3, temperature=1.25).to_json(), "iteration": "7", "data": "some digits"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The file of an untrained generator of threes."""
    generator = tiny(3).build_generator(np.random.default_rng(1))
    weights.save(tmp_path / "model", generator.parameters(), TEXTS)
    return tmp_path / "model"


def test_it_draws_what_the_file_s_generator_draws_at_the_temperature_of_its_config(model: Path) -> None:
    drawer = LoadedGenerator.load(model)
    assert drawer.config == tiny(3, temperature=1.25)
    drawn = drawer(5, np.random.default_rng(2))
    assert drawn.shape == (5, 28, 28)
    assert np.array_equal(drawn, draw_random(drawer.generator, drawer.config, 5, np.random.default_rng(2)))
    (calm,) = load_generators([model], None, 0.5)
    assert calm.config == tiny(3, temperature=0.5)
    assert not np.array_equal(drawn, calm(5, np.random.default_rng(2)))


def test_a_file_says_where_it_comes_from_and_one_that_tells_less_is_measured_all_the_same(model: Path) -> None:
    told = {"model": str(model), "iteration": 7, "trained_on": "some digits", "temperature": 1.25}
    assert LoadedGenerator.load(model).about() == told
    bare = model.with_name("bare")
    weights.save(bare, weights.load(model)[0], {"config": TEXTS["config"]})
    assert LoadedGenerator.load(bare).about() == told | {"model": str(bare), "iteration": None, "trained_on": None}


def test_below_the_current_folder_a_name_is_short(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LoadedGenerator.load(model).name == str(model)
    monkeypatch.chdir(model.parent)
    assert LoadedGenerator.load(model).name == "model"


def test_files_or_digits_but_not_both(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="--digit: expected without --model, whose file says"):
        load_generators([model], [3], None)
    assert [drawer.path for drawer in load_generators([model, model], None, None)] == [model, model]
    assert [drawer.config.digit for drawer in load_generators(None, [8, None], None)] == [8, None]
    monkeypatch.setattr(generators, "pretrained", lambda digit: model.with_name("nowhere"))
    assert [drawer.config.digit for drawer in load_generators(None, None, None)] == list(range(10))
