"""Evaluation of a generator of own images: held-out images, no classifiers, and mismatched data."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gan.data import load
from gan.drawings.load_and_draw import draw_random, load_generator, pretrained
from gan.errors import InputError
from gan.evaluate.__main__ import main
from gan.evaluate.baseline import Real
from gan.evaluate.generators import LoadedGenerator
from gan.evaluate.own_images import measure_own
from gan.sample import main as sample
from tests.helpers.commands import assert_refused
from tests.helpers.fake_worker import tiny
from tests.helpers.letters import folder_of_letters
from tests.helpers.players import saved_run

pytestmark = pytest.mark.usefixtures("same_threads")


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_letters(tmp_path_factory.mktemp("data") / "letters", each=40)


@pytest.fixture(scope="module")
def model(letters: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a generator of letters that has learned next to nothing."""
    config = tiny(None, names=("A", "B", "C"), labels=True)
    return saved_run(config, tmp_path_factory.mktemp("runs") / config.name, load(letters))[0].generator


def test_figures_without_classifiers(model: Path, letters: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--model", str(model), "--data", str(letters), "-n", "20"]
    assert main([*options, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["data"] == f"108 images of {letters} and 12 held-out images of {letters}"
    (figures,) = result["models"]
    assert figures.keys() == {"model", "iteration", "trained_on", "temperature", "digit", "n", "nearest_training"}
    assert (figures["digit"], figures["n"], figures["nearest_training"]["real"]["count"]) == ("any", 20, 12)
    assert figures["nearest_training"]["fake"]["median"] > 1, "an untrained network draws nothing like a letter"
    assert main(options) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("all labels ")
    assert "--data" not in " ".join(lines)
    assert max(map(len, lines)) <= 100


def test_few_images_are_compared_with_each_other(model: Path, tmp_path: Path) -> None:
    real = Real.load(folder_of_letters(tmp_path, each=4))
    (figures,) = measure_own([LoadedGenerator.load(model)], real, 4, 0)
    among = figures["nearest_training"]["real"]
    assert (real.test, among["count"], among["median"] > 0) == (None, 12, True)
    alone = replace(real.train, images=real.train.images[:1], labels=real.train.labels[:1])
    with pytest.raises(InputError, match="expected two real pictures to compare, received 1"):
        measure_own([LoadedGenerator.load(model)], Real(alone), 4, 0)


def test_a_model_needs_images_of_its_own_labels(model: Path, letters: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, data = ["--model", str(model)], ["--data", str(letters)]
    for arguments, message in (
        (own, "expected images of A, B, C, received 0 to 9; pass the images that the model was trained on with --data"),
        (data, "expected images of 0 to 9, received A, B, C"),
        (["--model", str(pretrained(None)), *data], "expected images of 0 to 9, received A, B, C"),
        ([*own, *data, "--report", "report"], "--report: expected models of the digits 0 to 9; leave it out"),
    ):
        assert_refused(main, arguments, "gan.evaluate", message, capsys)


def test_a_label_is_drawn_by_its_name(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--model", str(model), "-n", "3", "-o", str(tmp_path / "b.npy"), "--raw"]
    assert sample([*options, "--digit", "B"]) == 0
    assert capsys.readouterr().out.endswith("b.npy: 3 drawings\n")
    generator, config = load_generator(model)
    expected = draw_random(generator, config, 3, np.random.default_rng(0), 1)
    np.testing.assert_allclose(np.load(tmp_path / "b.npy").astype(int), expected, atol=1)
    assert_refused(
        sample, [*options, "--digit", "D"], "gan.sample", "--digit: expected A, B, C or any, received D", capsys
    )
