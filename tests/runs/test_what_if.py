"""gan/runs/what_if.py: two training runs that differ in one setting, their results, and the combined picture."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan.data import load
from gan.errors import InputError
from gan.runs.run_writer import RunWriter, create
from gan.runs.sheet_evaluation import Evaluation
from gan.runs.sheet_evaluator import SheetEvaluator
from gan.runs.what_if import FROZEN, LOOSE, TIMES, describe_result, main, pair, picture
from tests.helpers.fake_worker import tiny
from tests.helpers.players import trained
from tests.helpers.workers import Local, restore_signals

__all__ = ["restore_signals"]  # a fixture that pytest finds by its name


def test_the_configs_differ_in_one_setting() -> None:
    both = pair(3, few=True, seed=4)
    frozen, loose = (json.loads(both[name].to_json()) for name in (FROZEN, LOOSE))
    assert [name for name in frozen if frozen[name] != loose[name]] == ["freeze"]
    assert (frozen["freeze"], frozen["seed"], frozen["network"]) == (True, 4, "quick")


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.full)])
def test_only_with_freezing_the_quick_network_draws_threes(seed: int) -> None:
    data, evaluations = load(), {}
    for name, config in pair(3, few=True, seed=seed, iterations=60).items():
        trainer = trained(config, 60, data)
        evaluations[name] = SheetEvaluator(config, data, None).evaluate(trainer, trainer.draw())
    assert np.mean(evaluations[FROZEN].near or [False]) >= 0.8
    assert evaluations[LOOSE].near == (False,) * 64
    assert evaluations[LOOSE].prefers_real == 0, "the changed judge prefers noise to real threes"
    assert (evaluations[FROZEN].prefers_real or 0) > 20


@pytest.fixture
def runs(tmp_path: Path) -> list[RunWriter]:
    runs = [create(tmp_path / name, tiny(3)) for name in (FROZEN, LOOSE)]
    for run, ink in zip(runs, (255, 100), strict=True):
        for iteration in range(0, 50, 5):
            run.save_picture(iteration, np.full((64, 28, 28), ink - iteration, np.uint8))
    return runs


def test_the_picture_shows_the_frozen_run_above(runs: list[RunWriter]) -> None:
    paper = np.asarray(picture(*runs))
    upper, lower = paper[20 : paper.shape[0] // 2 + 6], paper[paper.shape[0] // 2 + 14 :]
    assert (upper.min(), lower.min()) == (5, 160)
    assert paper.shape[1] == TIMES * (4 * 30 + 2 + 8) - 8
    for run in runs:
        run.cut_back(-1)
    with pytest.raises(InputError, match="expected pictures of the same iterations"):
        picture(*runs)


@pytest.mark.usefixtures("restore_signals")
def test_the_command_creates_both_runs_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan.runs.run_queue.Worker", Local)
    out = tmp_path / "both"
    arguments = ["--iterations", "16", "--out", str(out)]
    assert main(arguments) == 0
    output = capsys.readouterr().out
    assert f"{FROZEN}: " in output
    assert "Told apart, above: how sure the judge is of the real digit" in output
    assert f"{LOOSE}: 0 of 64 drawings are read as a 3 and near a real one" in output
    with Image.open(out / "what-if.png") as both:
        assert both.size == (TIMES * 130 - 8, 20 + 2 * 130 - 8)
    assert [(out / name / "generator.safetensors").is_file() for name in (FROZEN, LOOSE)] == [True, True]
    assert main(arguments) == 2
    assert "already holds a run" in capsys.readouterr().err


def test_a_missing_reading_is_reported_in_words() -> None:
    assert describe_result("x", Evaluation(), tiny(3)) == "x: no classifier to read it"
