"""tools/study: running a study from the command line, storing its points, and generating pages from them."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gan.data import only
from gan.data.pictures import to_unit
from gan.drawings.classifier import classify, load_classifier
from gan.drawings.recognition import open_recognizer
from gan.errors import InputError
from gan.evaluate.__main__ import measure
from gan.evaluate.baseline import Real
from gan.evaluate.compare_with_real import FIGURES, Evaluators
from gan.evaluate.generators import LoadedGenerator
from gan.rules.config import Config
from gan.runs.run_writer import create
from gan.runs.sheet_evaluation import distance_apart
from gan.runs.sheet_evaluator import SheetEvaluator
from gan.runs.trainer import Drawings, Iteration, Trainer
from tests.helpers.commands import PLAN, ROOT, assert_refused
from tests.helpers.fake_worker import tiny
from tools.study.__main__ import main
from tools.study.docs_pages import DOCS, STUDIES, Point, figures, reached
from tools.study.docs_pages import main as page_main
from tools.study.measure import run_training, sheet, training_data
from tools.study.plan_and_results import Run, Training, changes, is_done, read_runs, write_runs


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "trial.toml"
    path.write_text(f"{PLAN}[variants.two]\ngenerator_updates = 2\n", "utf-8")
    return path


def sheets_of(runs: list[Run]) -> dict[tuple[str, int, int, int], dict[str, float]]:
    """Return the measured sheets by variant, digit, seed and iteration."""
    points = [run | point for run in runs for point in run["points"]]
    return {(p["variant"], p["digit"], p["seed"], p["iteration"]): p["sheet"] for p in points}


def test_a_study_writes_a_point_per_mark_and_resumes(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(plan), "--workers", "2"]) == 0
    out = plan.with_suffix(".jsonl")
    sheets = sheets_of(read_runs(out))
    assert sorted(sheets) == [(v, 3, s, i) for v in ("one", "two") for s in (0, 1) for i in (2, 4)]
    assert all(0 <= sheet["read"] <= 1 for sheet in sheets.values())
    assert "4 of 4 trainings to do" in capsys.readouterr().out
    out.write_text(out.read_text().splitlines()[0] + "\n")  # as an interrupted study leaves it
    assert main([str(plan), "--workers", "1"]) == 0
    assert "3 of 4 trainings to do" in capsys.readouterr().out
    assert sheets_of(read_runs(out)) == sheets
    assert main([str(plan)]) == 0
    assert "0 of 4 trainings to do" in capsys.readouterr().out


@pytest.mark.parametrize("change", [('"sample"', '"full"'), ('["sheet"]', '["figures"]')])
def test_a_plan_of_the_full_set_needs_a_data_folder(
    change: tuple[str, str], plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.write_text(PLAN.replace(*change), "utf-8")
    assert_refused(main, [str(plan)], "tools.study", "--data: expected the folder of the full MNIST", capsys)


def test_points_equal_those_of_a_trainer() -> None:
    config = tiny(None, labels=True, seed=5)
    points = run_training(Training("one", config, "sample", (3, 6), ("sheet",)), None)["points"]
    trainer = Trainer(config, training_data(None))
    assert 0 < points[0]["seconds"] < points[1]["seconds"]
    for point in points:
        while trainer.iteration < point["iteration"]:
            trainer.iterate()
        digits, confidence = classify(load_classifier(), trainer.draw().images)
        assert point["sheet"]["read"] == np.mean((digits == np.arange(64) % 10) & (np.round(confidence, 3) >= 0.9))


def test_figures_equal_those_of_gan_evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.study.measure.usual_n", lambda digit: 50)
    config = tiny(3, few=True)
    (point,) = run_training(Training("one", config, "sample", (2,), ("figures",)), None)["points"]
    run, trainer = create(tmp_path / "run", config), Trainer(config, training_data(None))
    trainer.iterate()
    trainer.iterate()
    run.save(trainer)
    (expected,) = measure([LoadedGenerator.load(run.generator)], Real.load(None), Evaluators.load(), 50, seed=0)
    for found, of in ((point["figures"], expected), (point["figures"]["second"], expected["second"])):
        assert {name: found[name] for name in FIGURES} == {name: of[name] for name in FIGURES}


def test_an_overflow_is_a_failed_point(monkeypatch: pytest.MonkeyPatch) -> None:
    iterate = Trainer.iterate

    def overflow(self: Trainer, measure_d_change: bool = False) -> Iteration:
        if self.iteration == 5:
            next(iter(self.players.generator.parameters().values()))[...] = np.inf
        with np.errstate(all="ignore"):
            return iterate(self, measure_d_change)

    monkeypatch.setattr(Trainer, "iterate", overflow)
    points = run_training(Training("wild", tiny(3), "sample", (5, 10, 15), ("sheet",)), None)["points"]
    assert [point["iteration"] for point in points] == [5, 10]
    assert "sheet" in points[0]
    assert points[1]["failed"] == "a weight has overflowed"
    assert "sheet" not in points[1]


def test_variety_is_1_for_real_digits_and_0_for_identical_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(tiny(3), training_data(None))
    evaluator = SheetEvaluator(trainer.config, training_data(None), open_recognizer())
    threes = only(training_data(None), 3).images
    monkeypatch.setattr(Trainer, "draw", lambda self: Drawings(to_unit(threes[:64]), None))
    monkeypatch.setattr("tools.study.measure.real_apart", lambda digit, folder: distance_apart(threes[:64]))
    real_sheet = sheet(trainer, evaluator, None)
    assert real_sheet["variety"] == 1
    assert real_sheet["read"] >= real_sheet["read_and_near"] >= 0.95
    monkeypatch.setattr(Trainer, "draw", lambda self: Drawings(to_unit(np.repeat(threes[:1], 64, 0)), None))
    assert sheet(trainer, evaluator, None)["variety"] == 0
    evaluator.read = None  # as if the classifier were damaged
    with pytest.raises(InputError, match=r"expected an intact .*classifier\.safetensors"):
        sheet(trainer, evaluator, None)


def test_the_verdict_changes_in_an_update_of_g_only_without_freezing_and_changes_nothing() -> None:
    for freeze in (True, False):
        plan = Training("one", tiny(3, freeze=freeze, generator_updates=2), "sample", (2, 4), ("sheet", "verdict"))
        for results in (point["verdict"] for point in run_training(plan, None)["points"]):
            assert 0 <= results["before"] <= 1
            assert (results["d_change"] == 0) == freeze
            assert results["before"] == results["after"] or not freeze
    measures = [("sheet",), ("sheet", "verdict")]
    without, with_verdict = (run_training(Training("one", tiny(3), "sample", (2, 4), of), None) for of in measures)
    assert sheets_of([with_verdict]) == sheets_of([without])


# The results


TRAINING = Training("one", tiny(3), "sample", (10, 20), ("sheet",))


def point(iteration: int, config: Config = TRAINING.config, **more: object) -> Point:
    run = {"variant": "one", "digit": config.digit, "seed": config.seed, "data": "sample", "config": changes(config)}
    return run | {"iteration": iteration, "seconds": iteration / 1000} | more


def test_runs_are_read_as_written(tmp_path: Path) -> None:
    path, runs = tmp_path / "a.jsonl", [TRAINING.fields() | {"points": [{"iteration": 20}]}]
    assert read_runs(path) == []
    write_runs(path, runs * 2)
    assert read_runs(path) == runs * 2
    assert len(path.read_text().splitlines()) == 2


@pytest.mark.parametrize("line", ["{", "[]", json.dumps(TRAINING.fields()), json.dumps(point(10) | {"points": 3})])
def test_an_invalid_line_is_refused(line: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{line}\n{{}}\n")
    with pytest.raises(InputError, match="line 1: expected a run"):
        read_runs(path)


def test_a_training_is_done_if_its_run_is_stored() -> None:
    runs = [TRAINING.fields() | {"points": [{"iteration": 20}]}]
    assert is_done(TRAINING, runs)
    for change in ({"variant": "two"}, {"data": "full"}, {"config": tiny(4)}, {"config": tiny(3, seed=1)}):
        assert not is_done(replace(TRAINING, **change), runs)


# The pages


def test_the_pages_in_docs_are_up_to_date(tmp_path: Path) -> None:
    assert page_main(["--studies", str(ROOT / STUDIES), "--out", str(tmp_path)]) == 0
    assert sorted(page.name for page in tmp_path.iterdir()) == ["freeze.md", "quality.md"]
    for page in tmp_path.iterdir():
        assert page.read_text("utf-8") == (ROOT / DOCS / page.name).read_text("utf-8")


@pytest.mark.parametrize("name", ["quick.jsonl", "shipped.json"])
def test_a_missing_or_invalid_file_is_an_error_and_writes_no_page(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    studies = shutil.copytree(ROOT / STUDIES, tmp_path / "studies", ignore=shutil.ignore_patterns("freeze*"))
    (studies / name).unlink()
    if name == "shipped.json":
        (studies / name).write_text("not JSON")
    assert_refused(page_main, ["--studies", str(studies), "-o", str(tmp_path)], "tools.study.docs_pages", name, capsys)
    assert not (tmp_path / "quality.md").exists()


def test_a_folder_without_templates_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(page_main, ["--studies", str(tmp_path)], "tools.study.docs_pages", "expected templates of", capsys)


# The tables


def test_medians_use_the_first_time_and_include_trainings_without_one() -> None:
    fast, slow = tiny(3), tiny(3, seed=1)
    reads = [(fast, 20, 0.9), (fast, 10, 0.6), (fast, 30, 0.4), (slow, 10, 0.1), (slow, 30, 0.5)]
    points = [point(1000 * at, config, sheet={"read": read, "variety": 0.875}) for config, at, read in reads]
    assert reached(points).splitlines() == [
        "|  | 50% recognized, s | 90% recognized, s | variety at the end |",
        "| --- | ---: | ---: | ---: |",
        "| one | 20.0 (10.0 to 30.0) | 20.0, 1 of 2 | 0.88 (0.88 to 0.88) |",
    ]
    failed = point(10, failed="it did")
    assert reached([failed], [0.5]).splitlines()[2] == "| one | never, 0 of 1 | never |"


def figures_of(first: float, second: float) -> Point:
    """Return figures with these Fréchet ratios, a precision of 0.9 and a recall of 0.8."""
    one, other = (
        {"frechet": {"ratio": ratio}, "precision": {"fake": 0.9}, "recall": {"fake": 0.8}} for ratio in (first, second)
    )
    return one | {"second": other}


def test_figures_are_final_means_over_seeds_then_digits_and_failures_are_counted() -> None:
    three, four = tiny(3), tiny(4)
    rows = [(three, 500, 9, 9), (three, 1000, 1, 2), (tiny(3, seed=1), 1000, 2, 2), (four, 1000, 3, 5)]
    points = [point(iteration, config, figures=figures_of(*ratios)) for config, iteration, *ratios in rows]
    failed = point(20, tiny(3, seed=2), failed="it did")
    assert figures(points).splitlines() == [
        "|  | s | 3 | 4 | mean | second evaluator | precision | recall |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| one | 1 | 1.50 | 3.00 | 2.25 | 3.50 | 0.900 | 0.800 |",
    ]
    assert figures([*points, failed]).splitlines()[2].startswith("| one (1 of 4 failed) | 1 | 1.50 |")
    assert figures([failed]).splitlines()[2].startswith("| one (1 of 1 failed) |  |")
