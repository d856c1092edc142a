"""The command that measures generators: its table, its JSON, and its generators."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.data import load
from gan.drawings.load_and_draw import draw_random
from gan.evaluate import __main__ as evaluate
from gan.evaluate.__main__ import main, means
from gan.evaluate.generators import LoadedGenerator, load_generators
from gan.evaluate.real_against_real import Real
from gan.evaluate.table import write_table
from tests.helpers.commands import assert_refused
from tests.helpers.digits import SAMPLE
from tests.helpers.fake_worker import tiny
from tests.helpers.players import saved_run
from tests.helpers.serving import create_drawing_run

Capture = pytest.CaptureFixture[str]
Models = dict[int | None, Path]  # by digit
pytestmark = pytest.mark.usefixtures("same_threads")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Return eleven almost untrained generators, each in its own run folder."""
    folder = tmp_path_factory.mktemp("runs")
    configs = [tiny(digit, temperature=1.25) for digit in (*range(10), None)]
    return {
        config.digit: saved_run(config, folder / config.name, load())[0].generator
        for config in configs
    }


@pytest.fixture
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare with 500 training and 100 test digits instead of all of MNIST."""
    real = Real(SAMPLE.take(slice(5, None, 10)), SAMPLE.take(slice(25, None, 50)))
    monkeypatch.setattr(Real, "load", lambda: real)


@pytest.fixture
def placeholders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the measurements of models, which take a second each."""

    def measure(generators: list[LoadedGenerator], *_: object) -> list[Any]:
        digits = [
            "any" if one.config.digit is None else one.config.digit
            for one in generators
        ]
        return [
            {"digit": digit, "frechet": {"fake": 4.0, "real": 2.0, "ratio": 2.0}}
            for digit in digits
        ]

    monkeypatch.setattr(evaluate, "measure", measure)


def run_json(capsys: Capture, *arguments: object) -> Any:
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("few_digits")
def test_an_untrained_model_is_measured_as_worse_than_real_digits(
    models: Models,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = ["--model", str(models[3]), "-n", "20"]
    assert main([*options, "--json"]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    (actual,) = result["models"]
    name = re.escape(str(models[3]))
    assert re.fullmatch(rf"{name}: measured in \d+ s\n", captured.err)
    for evaluator, made in {
        "classifier": "--out",
        "second_classifier": "--architecture second",
    }.items():
        assert float(result[evaluator]["test_accuracy"]) >= 0.993
        assert (
            f"python -m gan.classifier --data data/mnist {made}"
            in result[evaluator]["command"]
        )
    assert "not comparable" in result["note"]
    assert actual == actual | {
        "model": str(models[3]),
        "digit": 3,
        "n": 20,
        "groups": 2,
        "iteration": 1,
        "trained_on": "MNIST, 500 of each digit",
    }
    assert "n_asked_for" not in actual
    for figures in (actual, actual["second"]):
        assert figures["frechet"]["ratio"] > 2, "untrained generators draw no digits"
        assert figures["precision"]["fake"] < figures["precision"]["real"]
        assert figures["read_as_digit"]["real"] > 0.9 > figures["read_as_digit"]["fake"]
    assert actual["told_apart"]["fake"] > 0.9 > actual["told_apart"]["real"]
    assert "mean_of_digits" not in result
    monkeypatch.setattr(evaluate, "measure", lambda *_: result["models"])
    assert main(options) == 0
    assert capsys.readouterr().out == f"{write_table(result)}\n"


@pytest.mark.usefixtures("few_digits")
def test_models_are_independent_and_the_report_has_the_same_figures(
    models: Models, capsys: Capture, tmp_path: Path
) -> None:
    report = tmp_path / "deep" / "report"
    options = ("-n", 20, "--model")
    alone = run_json(capsys, *options, models[4])
    several = run_json(
        capsys, *options, models[3], models[4], models[None], "--report", report
    )
    assert [one["digit"] for one in several["models"]] == [3, 4, "any"]
    assert several["models"][1] == alone["models"][0]
    assert several["mean_of_digits"]["digits"] == [3, 4]
    assert json.loads((report / "figures.json").read_text("utf-8")) == several
    assert {path.name for path in report.glob("*.png")} >= {
        "digits-0.png",
        "nearest-2.png",
    }


@pytest.mark.usefixtures("few_digits")
def test_few_images_lower_n(models: Models, capsys: Capture) -> None:
    (actual,) = run_json(capsys, "--model", models[3])["models"]
    assert actual["n"] == 25
    assert actual["n_asked_for"] == 1000
    assert actual["groups"] == 2


@pytest.mark.usefixtures("placeholders")
def test_without_options_all_shipped_models_are_measured(
    capsys: Capture,
) -> None:
    for options, digits in (
        ((), [*range(10), "any"]),
        (("--digit", 8, "any", 2), [8, "any", 2]),
    ):
        result = run_json(capsys, *options)
        assert result["data"] == "MNIST and 10,000 test digits of MNIST"
        assert [one["digit"] for one in result["models"]] == digits
        assert result["mean_of_digits"]["digits"] == [
            digit for digit in digits if digit != "any"
        ]
    assert "mean_of_digits" not in run_json(capsys, "--digit", 3, 3)


def pair(fake: float, real: float) -> dict[str, float]:
    return {"fake": fake, "real": real, "ratio": fake / real}


def test_means_and_the_worst_digit_are_those_worked_out_by_hand() -> None:
    results: list[dict[str, Any]] = []
    for digit, fake, real in ((2, 6.0, 4.0), (8, 2.0, 4.0)):
        results.append(
            {
                "digit": digit,
                "n": 9,
                "frechet": pair(fake, real),
                "recall": {"fake": 0.5, "real": 1.0},
                "nearest_training": {"fake": {"median": 3.0}},
                "second": {"frechet": pair(real, fake)},
                "told_apart": {"fake": fake / 8, "real": 0.5},
            }
        )
    assert means(results, [2, 8]) == {
        "frechet": pair(4, 4),
        "recall": {"fake": 0.5, "real": 1},
        "told_apart": {"fake": 0.5, "real": 0.5},
        "worst_ratio": 1.5,
        "worst_digit": 2,
        "second": {"frechet": pair(4, 4), "worst_ratio": 2, "worst_digit": 8},
    }


# Loaded generators


def test_a_generator_draws_at_the_temperature_of_its_config(
    models: Models,
) -> None:
    drawer = LoadedGenerator.load(models[3])
    assert drawer.config == tiny(3, temperature=1.25)
    drawn = drawer(5, np.random.default_rng(2))
    assert drawn.shape == (5, 28, 28)
    assert np.array_equal(
        drawn, draw_random(drawer.generator, drawer.config, 5, np.random.default_rng(2))
    )
    (cooler,) = load_generators([models[3]], None, 0.5)
    assert cooler.config == tiny(3, temperature=0.5)
    assert not np.array_equal(drawn, cooler(5, np.random.default_rng(2)))


def test_a_generator_of_other_things_is_refused(
    tmp_path: Path, capsys: Capture
) -> None:
    config = tiny(None, names=("A", "B", "C"), labels=True)
    run = create_drawing_run(tmp_path / "abc", config)
    expected = "expected a generator of digits, which the classifiers read"
    message = f"{run.generator}: {expected}, received one of A, B, C"
    arguments = ["--model", str(run.generator)]
    assert_refused(main, arguments, "gan.evaluate", message, capsys)
