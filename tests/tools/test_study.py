"""tools/study: running a study from the command line, storing its points, and generating pages from them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gan.data import only
from gan.data.pictures import to_unit
from gan.drawings.classifier import classify, load_classifier
from gan.errors import InputError
from gan.evaluate.__main__ import measure
from gan.evaluate.baseline import Real
from gan.evaluate.compare_with_real import Evaluators
from gan.evaluate.generators import LoadedGenerator
from gan.runs.evaluation import distance_apart
from gan.runs.run_writer import create
from gan.runs.trainer import Drawings, Iteration, Trainer
from tests.helpers.commands import PLAN, assert_refused
from tests.helpers.fake_worker import tiny
from tools.study.__main__ import main
from tools.study.docs_pages import DOCS, STUDIES, render
from tools.study.docs_pages import WORDS as TEMPLATE_SUFFIX
from tools.study.docs_pages import main as page_main
from tools.study.measure import FIGURES, run_training, sheet, training_data
from tools.study.plan_and_results import Point, Training, add_points, changes, cost, is_done, read_points


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "trial.toml"
    path.write_text(f"{PLAN}[variants.two]\ngenerator_updates = 2\n", "utf-8")
    return path


def test_a_study_writes_a_point_per_mark_and_resumes(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(plan), "--workers", "2"]) == 0
    out = plan.with_suffix(".jsonl")
    points = read_points(out)
    results = sorted((p["variant"], p["seed"], p["iteration"]) for p in points)
    assert results == [(v, s, i) for v in ("one", "two") for s in (0, 1) for i in (2, 4)]
    assert all(0 <= p["sheet"]["read"] <= 1 and p["digit"] == 3 for p in points)
    assert "4 of 4 trainings to do" in capsys.readouterr().out
    out.write_text(out.read_text().splitlines()[0] + "\n")  # as an interrupted study leaves it
    assert main([str(plan), "--workers", "1"]) == 0
    assert "3 of 4 trainings to do" in capsys.readouterr().out
    resumed = read_points(out)
    sheets = {(p["variant"], p["seed"], p["iteration"]): p["sheet"] for p in points}
    assert {(p["variant"], p["seed"], p["iteration"]): p["sheet"] for p in resumed} == sheets
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
    points = run_training(Training("one", config, "sample", (3, 6), ("sheet",)), None)
    trainer = Trainer(config, training_data(None))
    for point in points:
        while trainer.iteration < point["iteration"]:
            trainer.iterate()
        digits, confidence = classify(load_classifier(), trainer.draw().images)
        assert point["sheet"]["read"] == np.mean((digits == np.arange(64) % 10) & (np.round(confidence, 3) >= 0.9))


def test_figures_equal_those_of_gan_evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.study.measure.usual_n", lambda digit: 50)
    config = tiny(3, few=True)
    (point,) = run_training(Training("one", config, "sample", (2,), ("figures",)), None)
    run, trainer = create(tmp_path / "run", config), Trainer(config, training_data(None))
    trainer.iterate()
    trainer.iterate()
    run.save(trainer)
    (expected,) = measure([LoadedGenerator.load(run.generator)], Real.load(None), Evaluators.load(), 50, seed=0)
    for found, figures in ((point["figures"], expected), (point["figures"]["second"], expected["second"])):
        assert {name: found[name] for name in FIGURES} == {name: figures[name] for name in FIGURES}


def test_an_overflow_is_a_failed_point(monkeypatch: pytest.MonkeyPatch) -> None:
    iterate = Trainer.iterate

    def overflow(self: Trainer, measure_d_change: bool = False) -> Iteration:
        if self.iteration == 5:
            next(iter(self.players.generator.parameters().values()))[...] = np.inf
        with np.errstate(all="ignore"):
            return iterate(self, measure_d_change)

    monkeypatch.setattr(Trainer, "iterate", overflow)
    points = run_training(Training("wild", tiny(3), "sample", (5, 10, 15), ("sheet",)), None)
    assert [point["iteration"] for point in points] == [5, 10]
    assert "sheet" in points[0]
    assert points[1]["failed"] == "a weight has overflowed"
    assert "sheet" not in points[1]


def test_variety_is_1_for_real_digits_and_0_for_identical_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(tiny(3), training_data(None))
    threes = only(training_data(None), 3).images
    monkeypatch.setattr(Trainer, "draw", lambda self: Drawings(to_unit(threes[:64]), None))
    monkeypatch.setattr("tools.study.measure.real_apart", lambda digit, folder: distance_apart(threes[:64]))
    real_sheet = sheet(trainer, None)
    assert real_sheet["variety"] == 1
    assert real_sheet["read"] >= real_sheet["read_and_near"] >= 0.95
    monkeypatch.setattr(Trainer, "draw", lambda self: Drawings(to_unit(np.repeat(threes[:1], 64, 0)), None))
    assert sheet(trainer, None)["variety"] == 0


def test_the_verdict_changes_in_an_update_of_g_only_without_freezing_and_changes_nothing() -> None:
    for freeze in (True, False):
        plan = Training("one", tiny(3, freeze=freeze, generator_updates=2), "sample", (2, 4), ("sheet", "verdict"))
        points = run_training(plan, None)
        for results in (point["verdict"] for point in points):
            assert 0 <= results["before"] <= 1
            assert (results["d_change"] == 0) == freeze
            assert results["before"] == results["after"] or not freeze
    without_verdict = run_training(Training("one", tiny(3), "sample", (2, 4), ("sheet",)), None)
    with_verdict = run_training(Training("one", tiny(3), "sample", (2, 4), ("sheet", "verdict")), None)
    assert [point["sheet"] for point in with_verdict] == [point["sheet"] for point in without_verdict]


ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    config = tiny(3)
    rows = [{"cost": cost(config), "ms": 2.0}]
    (tmp_path / "seconds.json").write_text(json.dumps({"machine": {}, "day": "today", "step": {}, "rows": rows}))
    (tmp_path / f"page{TEMPLATE_SUFFIX}").write_text("# Sheets, {{ seconds.about.day }}\n\n{{ reached('quick') }}\n")
    point = {"variant": "one", "digit": 3, "seed": 0, "data": "sample", "iteration": 500, "config": changes(config)}
    add_points(tmp_path / "quick.jsonl", [point | {"sheet": {"read": 0.75, "variety": 1.0}}])
    return tmp_path


def test_a_page_is_its_template_with_tables(studies: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert page_main(["--studies", str(studies), "--out", str(tmp_path)]) == 0
    assert page.read_text().splitlines() == [
        "# Sheets, today", "",
        "|  | 50% recognized, s | 90% recognized, s | variety at the end |", "| --- | ---: | ---: | ---: |",
        "| one | 1.0 | never, 0 of 1 | 1.00 |"]  # fmt: skip


@pytest.mark.parametrize("name", ["seconds.json", "quick.jsonl", "shipped.json"])
def test_a_missing_or_invalid_file_is_an_error_and_writes_no_page(
    studies: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (studies / name).unlink(missing_ok=True)
    if name == "shipped.json":
        (studies / name).write_text("not JSON")
        (studies / f"page{TEMPLATE_SUFFIX}").write_text("{{ evaluated('shipped.json') }}")
    command = ["--studies", str(studies), "--out", str(studies)]
    assert_refused(page_main, command, "tools.study.docs_pages", name, capsys)
    assert not (studies / "page.md").exists()


@pytest.mark.parametrize("template", sorted((ROOT / STUDIES).glob(f"*{TEMPLATE_SUFFIX}")), ids=lambda path: path.name)
def test_the_pages_in_docs_are_up_to_date(template: Path) -> None:
    page = ROOT / DOCS / f"{template.name.removesuffix(TEMPLATE_SUFFIX)}.md"
    assert page.read_text("utf-8") == render(template)


TRAINING = Training("one", tiny(3), "sample", (10, 20), ("sheet",))


def point(iteration: int, **more: object) -> Point:
    run = {"variant": "one", "digit": 3, "seed": 0, "data": "sample", "config": changes(TRAINING.config)}
    return run | {"iteration": iteration} | more


def test_points_are_read_as_written_and_an_incomplete_line_is_overwritten(tmp_path: Path) -> None:
    path, points = tmp_path / "a.jsonl", [point(10, sheet={"read": 0.5}), point(20, sheet={"read": 1.0})]
    assert read_points(path) == []
    add_points(path, points)
    with path.open("a") as file:
        file.write(json.dumps(point(30))[:-5])
    assert read_points(path) == points
    add_points(path, [point(40)])
    assert read_points(path) == [*points, point(40)]


@pytest.mark.parametrize("line", ["{", "[]", "{}", json.dumps(point(10)), json.dumps(point(10) | {"points": 3})])
def test_an_invalid_line_is_refused(line: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{line}\n{{}}\n")
    with pytest.raises(InputError, match="line 1: expected a run in JSON"):
        read_points(path)


def test_a_training_is_done_when_every_mark_has_every_measure() -> None:
    points = [point(10, sheet={}), point(20, sheet={})]
    assert not is_done(TRAINING, [])
    assert not is_done(TRAINING, points[:1])
    assert is_done(TRAINING, points)
    assert not is_done(replace(TRAINING, measures=("sheet", "figures")), points)
    assert is_done(replace(TRAINING, marks=(20,)), points)


def test_a_different_training_is_not_done_and_a_failed_one_is() -> None:
    points = [point(10, sheet={}), point(20, sheet={})]
    for other in (
        replace(TRAINING, variant="two"),
        replace(TRAINING, data="full"),
        replace(TRAINING, config=tiny(3, seed=1)),
        replace(TRAINING, config=tiny(4)),
    ):
        assert not is_done(other, points)
    assert is_done(TRAINING, [point(10, failed="a weight has overflowed")])
