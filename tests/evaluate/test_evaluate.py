"""The command that measures generators: its table and JSON output, the generators that it loads, and own images."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.data import load
from gan.drawings.load_and_draw import draw_random, load_generator, pretrained
from gan.errors import InputError
from gan.evaluate import __main__ as evaluate
from gan.evaluate.__main__ import main, means
from gan.evaluate.generators import LoadedGenerator, load_generators
from gan.evaluate.own_images import measure_own
from gan.evaluate.real_against_real import Real
from gan.evaluate.table import write_table
from gan.sample import main as sample
from nnet import weights
from tests.helpers.commands import assert_refused
from tests.helpers.digits import full_folder
from tests.helpers.fake_worker import tiny
from tests.helpers.letters import folder_of_letters
from tests.helpers.players import saved_run

pytestmark = pytest.mark.usefixtures("same_threads")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[int | None, Path]:
    """Return eleven generators that have learned next to nothing, each in its own run folder."""
    folder, configs = tmp_path_factory.mktemp("runs"), [tiny(digit) for digit in (*range(10), None)]
    return {config.digit: saved_run(config, folder / config.name, load())[0].generator for config in configs}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder like that of the full MNIST, with 500 training and 100 test images."""
    return full_folder(tmp_path_factory.mktemp("mnist"), train_every=10, test_every=50)


@pytest.fixture
def placeholders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the measurements of models, which take a second each."""

    def measure(generators: list[LoadedGenerator], *_: object) -> list[Any]:
        digits = ["any" if one.config.digit is None else one.config.digit for one in generators]
        return [{"digit": digit, "frechet": {"fake": 4.0, "real": 2.0, "ratio": 2.0}} for digit in digits]

    monkeypatch.setattr(evaluate, "measure", measure)


def run_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_figures_of_a_model(
    models: dict[int | None, Path], folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--model", str(models[3]), "--data", str(folder), "-n", "20"]
    assert main([*options, "--json"]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    (actual,) = result["models"]
    first, second = (figures["frechet"]["ratio"] for figures in (actual, actual["second"]))
    message = f"{models[3]}: Frechet distance {first:,.2f} times real, {second:,.2f} by the second evaluator"
    assert re.fullmatch(rf"{re.escape(message)}; 1 is as good as real \(\d+ s\)\n", captured.err)
    assert result["data"] == f"500 digits of {folder} and 100 test digits of {folder}"
    for evaluator, made in {"classifier": "--out", "second_classifier": "--architecture second"}.items():
        assert float(result[evaluator]["test_accuracy"]) >= 0.993
        assert f"python -m gan.classifier --data data/mnist {made}" in result[evaluator]["command"]
    assert "not comparable" in result["note"]
    assert actual["model"] == str(models[3])
    assert (actual["digit"], actual["n"], actual["groups"], actual["iteration"]) == (3, 20, 2, 1)
    assert actual["trained_on"] == "MNIST, 500 of each digit"
    assert "n_asked_for" not in actual
    for figures in (actual, actual["second"]):
        assert figures["frechet"]["ratio"] > 2, "untrained generators draw no digits"
        assert figures["precision"]["fake"] < figures["precision"]["real"]
        assert figures["read_as_digit"]["real"] > 0.9 > figures["read_as_digit"]["fake"]
    assert tuple(actual["told_apart"]) == ("grey_values", "grey_levels", "pixels")
    assert actual["told_apart"]["grey_values"]["fake"] > 0.9
    assert all(0 <= shares["real"] <= 1 for shares in actual["told_apart"].values())
    assert "mean_of_digits" not in result
    monkeypatch.setattr(evaluate, "measure", lambda *_: result["models"])
    assert main(options) == 0
    assert capsys.readouterr().out == f"{write_table(result)}\n"


def test_models_are_independent_and_the_report_has_the_same_figures(
    models: dict[int | None, Path], folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report = tmp_path / "deep" / "report"
    options = ("--data", folder, "-n", 20, "--model")
    alone = run_json(capsys, *options, models[4])
    several = run_json(capsys, *options, models[3], models[4], models[None], "--report", report)
    assert [one["digit"] for one in several["models"]] == [3, 4, "any"]
    assert several["models"][1] == alone["models"][0]
    assert several["mean_of_digits"]["digits"] == [3, 4]
    assert json.loads((report / "figures.json").read_text("utf-8")) == several
    assert {path.name for path in report.glob("*.png")} >= {"digits-0.png", "nearest-2.png"}


def test_few_images_lower_n(models: dict[int | None, Path], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (actual,) = run_json(capsys, "--model", models[3], "--data", folder)["models"]
    assert (actual["n"], actual["n_asked_for"], actual["groups"]) == (25, 1000, 2)


@pytest.mark.usefixtures("placeholders")
def test_without_options_all_shipped_models_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    for options, digits in (((), [*range(10), "any"]), (("--digit", 8, "any", 2), [8, "any", 2])):
        result = run_json(capsys, *options)
        assert result["data"] == "MNIST and 10,000 test digits of MNIST"
        assert [one["digit"] for one in result["models"]] == digits
        assert result["mean_of_digits"]["digits"] == [digit for digit in digits if digit != "any"]
    assert "mean_of_digits" not in run_json(capsys, "--digit", 3, 3)


def pair(fake: float, real: float) -> dict[str, float]:
    return {"fake": fake, "real": real, "ratio": fake / real}


def test_means_by_hand() -> None:
    results: list[dict[str, Any]] = []
    for digit, fake, real in ((2, 6.0, 4.0), (8, 2.0, 4.0)):
        results.append({"digit": digit, "n": 9, "frechet": pair(fake, real), "recall": {"fake": 0.5, "real": 1.0}})
        results[-1] |= {"nearest_training": {"fake": {"median": 3.0}}, "second": {"frechet": pair(real, fake)}}
        results[-1] |= {"told_apart": {"pixels": {"fake": fake / 8, "real": 0.5}}}
    figures: dict[str, Any] = {"frechet": pair(4, 4), "recall": {"fake": 0.5, "real": 1}}
    figures |= {"told_apart": {"pixels": {"fake": 0.5, "real": 0.5}}, "worst_ratio": 1.5, "worst_digit": 2}
    second = {"frechet": pair(4, 4), "worst_ratio": 2, "worst_digit": 8}
    assert means(results, [2, 8]) == figures | {"second": second}


def test_numbers_are_rounded_to_six_digits() -> None:
    exact = {"a": [1 / 3, 7, True, "x", None], "b": {"c": 123456.789}}
    assert evaluate.rounded(exact) == {"a": [0.333333, 7, True, "x", None], "b": {"c": 123457.0}}


# Loaded generators, and the metadata in their files


TEXTS = {"config": tiny(3, temperature=1.25).to_json(), "iteration": "7", "data": "some digits"}


@pytest.fixture
def untrained(tmp_path: Path) -> Path:
    """Return the path to the weight file of an untrained generator of threes."""
    generator = tiny(3).build_generator(np.random.default_rng(1))
    weights.save(tmp_path / "model", generator.parameters(), TEXTS)
    return tmp_path / "model"


def test_a_generator_draws_at_the_temperature_of_its_config(untrained: Path) -> None:
    drawer = LoadedGenerator.load(untrained)
    assert drawer.config == tiny(3, temperature=1.25)
    drawn = drawer(5, np.random.default_rng(2))
    assert drawn.shape == (5, 28, 28)
    assert np.array_equal(drawn, draw_random(drawer.generator, drawer.config, 5, np.random.default_rng(2)))
    (cooler,) = load_generators([untrained], None, 0.5)
    assert cooler.config == tiny(3, temperature=0.5)
    assert not np.array_equal(drawn, cooler(5, np.random.default_rng(2)))


def test_the_origin_of_a_model_is_optional(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = {"model": str(untrained), "iteration": 7, "trained_on": "some digits", "temperature": 1.25}
    assert LoadedGenerator.load(untrained).about() == about
    bare = untrained.with_name("bare")
    weights.save(bare, weights.load(untrained)[0], {"config": TEXTS["config"]})
    assert LoadedGenerator.load(bare).about() == about | {"model": str(bare), "iteration": None, "trained_on": None}
    monkeypatch.chdir(untrained.parent)
    assert LoadedGenerator.load(untrained).name == "model"  # relative to the current folder


# Own images: held-out images, no classifiers, and mismatched data


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_letters(tmp_path_factory.mktemp("data") / "letters", each=40)


@pytest.fixture(scope="module")
def drawer(letters: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a generator of letters that has learned next to nothing."""
    config = tiny(None, names=("A", "B", "C"), labels=True)
    return saved_run(config, tmp_path_factory.mktemp("runs") / config.name, load(letters))[0].generator


def test_figures_without_classifiers(drawer: Path, letters: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--model", str(drawer), "--data", str(letters), "-n", "20"]
    result = run_json(capsys, *options)
    assert result["data"] == f"108 images of {letters} and 12 held-out images of {letters}"
    (figures,) = result["models"]
    assert figures.keys() == {"model", "iteration", "trained_on", "temperature", "label", "n", "nearest_training"}
    assert (figures["label"], figures["n"], figures["nearest_training"]["real"]["count"]) == ("any", 20, 12)
    assert figures["nearest_training"]["fake"]["median"] > 1, "an untrained network draws nothing like a letter"
    assert main(options) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("all labels ")
    assert "--data" not in " ".join(lines)
    assert max(map(len, lines)) <= 100


def test_few_images_are_compared_with_each_other(drawer: Path, tmp_path: Path) -> None:
    real, loaded = Real.load(folder_of_letters(tmp_path, each=4)), LoadedGenerator.load(drawer)
    (figures,) = measure_own([loaded], real, 4, 0)
    among = figures["nearest_training"]["real"]
    assert (real.test, among["count"], among["median"] > 0) == (None, 12, True)
    others = real.train.take(real.train.labels > 0)  # as if none of A was held out
    config = tiny(0, names=("A", "B", "C"))
    alone_of_a = replace(loaded, generator=config.build_generator(np.random.default_rng(0)), config=config)
    assert measure_own([alone_of_a], Real(real.train, others), 4, 0)[0]["nearest_training"]["real"]["count"] == 4
    alone = real.train.take(slice(1))
    with pytest.raises(InputError, match="expected two real pictures to compare, received 1"):
        measure_own([loaded], Real(alone), 4, 0)


def test_a_model_needs_images_of_its_labels(drawer: Path, letters: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, data = ["--model", str(drawer)], ["--data", str(letters)]
    for arguments, message in (
        (own, "MNIST: expected images of A, B, C, found the digits 0 to 9; pass the --data that the run started with"),
        (data, "expected images of the digits 0 to 9, found A, B, C; pass the --data"),
        (["--model", str(pretrained(None)), *data], "expected images of the digits 0 to 9, found A, B, C"),
        ([*own, *data, "--report", "report"], "--report: expected models of the digits 0 to 9; leave it out"),
    ):
        assert_refused(main, arguments, "gan.evaluate", message, capsys)


def test_a_label_is_drawn_by_its_name(drawer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--model", str(drawer), "-n", "3", "-o", str(tmp_path / "b.npy"), "--raw"]
    assert sample([*options, "--digit", "B"]) == 0
    assert capsys.readouterr().out.endswith("b.npy: 3 drawings\n")
    generator, config = load_generator(drawer)
    expected = draw_random(generator, config, 3, np.random.default_rng(0), 1)
    np.testing.assert_allclose(np.load(tmp_path / "b.npy").astype(int), expected, atol=1)
    assert_refused(sample, [*options, "--digit", "D"], "gan.sample", "expected A, B, C or any, received D", capsys)
