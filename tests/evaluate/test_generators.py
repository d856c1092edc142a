"""Generators to measure, and the metadata in their files"""

from pathlib import Path

import numpy as np
import pytest

from gan.drawings.load_and_draw import draw_random
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


def test_the_origin_of_a_model_is_optional(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = {"model": str(model), "iteration": 7, "trained_on": "some digits", "temperature": 1.25}
    assert LoadedGenerator.load(model).about() == about
    bare = model.with_name("bare")
    weights.save(bare, weights.load(model)[0], {"config": TEXTS["config"]})
    assert LoadedGenerator.load(bare).about() == about | {"model": str(bare), "iteration": None, "trained_on": None}
    monkeypatch.chdir(model.parent)
    assert LoadedGenerator.load(model).name == "model"  # relative to the current folder
