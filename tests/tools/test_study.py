"""tools/study: running a study from the command line, plans, storing its points, and
generating pages from them.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.base.errors import InputError
from gan.data import load, only
from gan.data.images_and_sheets import to_unit
from gan.drawings.classifier import classify, load_classifier
from gan.drawings.recognition import open_recognizer
from gan.evaluate.__main__ import measure
from gan.evaluate.compare_with_real import FIGURES, load_evaluators
from gan.evaluate.generators import LoadedGenerator
from gan.evaluate.real_against_real import Real
from gan.rules.run_config import preset
from gan.runs.evaluate_sheets import SheetEvaluator
from gan.runs.evaluation_record import distance_apart
from gan.runs.run_writer import create
from gan.runs.trainer import Drawings, Trainer
from tests.helpers.commands import PLAN, ROOT
from tests.helpers.fake_worker import tiny
from tools.study.__main__ import main
from tools.study.make_docs_pages import DOCS, STUDIES, make
from tools.study.measure import run_training, sheet
from tools.study.plan_and_results import Run, Training, is_done, read_plan, read_runs


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "trial.toml"
    path.write_text(f"{PLAN}[variants.two]\ngenerator_updates = 2\n", "utf-8")
    return path


def sheets_of(runs: list[Run]) -> dict[tuple[str, int, int, int], dict[str, float]]:
    """Return the measured sheets by variant, digit, seed and iteration."""
    points = [run | point for run in runs for point in run["points"]]
    return {
        (p["variant"], p["digit"], p["seed"], p["iteration"]): p["sheet"]
        for p in points
    }


def test_a_study_writes_a_point_per_mark_and_resumes(
    plan: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([str(plan), "--workers", "2"]) == 0
    out = plan.with_suffix(".jsonl")
    sheets = sheets_of(read_runs(out))
    assert sorted(sheets) == [
        (v, 3, s, i) for v in ("one", "two") for s in (0, 1) for i in (2, 4)
    ]
    assert all(0 <= sheet["read"] <= 1 for sheet in sheets.values())
    assert "4 of 4 trainings to do" in capsys.readouterr().out
    # As an interrupted study leaves it.
    out.write_text(out.read_text().splitlines()[0] + "\n")
    monkeypatch.setattr("tools.study.__main__.processes", ThreadPoolExecutor)
    assert main([str(plan), "--workers", "1"]) == 0
    assert "3 of 4 trainings to do" in capsys.readouterr().out
    assert sheets_of(read_runs(out)) == sheets
    assert main([str(plan)]) == 0
    assert "0 of 4 trainings to do" in capsys.readouterr().out


def test_points_equal_those_of_a_trainer() -> None:
    config = tiny(None, labels=True, seed=5)
    points = run_training(Training("one", config, (3, 6), ("sheet",)))["points"]
    trainer = Trainer(config, load())
    assert 0 < points[0]["seconds"] < points[1]["seconds"]
    for point in points:
        while trainer.iteration < point["iteration"]:
            trainer.iterate()
        digits, confidence = classify(load_classifier(), trainer.draw().images)
        assert point["sheet"]["read"] == np.mean(
            (digits == np.arange(64) % 10) & (np.round(confidence, 3) >= 0.9)
        )


def test_figures_equal_those_of_gan_evaluate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.study.measure.usual_n", lambda digit: 50)
    config = tiny(3, few=True)
    (point,) = run_training(Training("one", config, (2,), ("figures",)))["points"]
    run = create(tmp_path / "run", config)
    trainer = Trainer(config, load())
    trainer.iterate()
    trainer.iterate()
    run.save(trainer)
    (expected,) = measure(
        [LoadedGenerator.load(run.generator)],
        Real.load(),
        load_evaluators(),
        50,
        seed=0,
    )
    found = point["figures"]
    for name in FIGURES:
        assert found[name] == expected[name]
        assert found["second"][name] == expected["second"][name]


def test_variety_is_1_for_real_digits_and_0_for_identical_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trainer = Trainer(tiny(3), load())
    evaluator = SheetEvaluator(trainer.config, load(), open_recognizer())
    threes = only(load(), 3).images
    monkeypatch.setattr(
        Trainer, "draw", lambda self: Drawings(to_unit(threes[:64]), None)
    )
    monkeypatch.setattr(
        "tools.study.measure.real_apart", lambda digit: distance_apart(threes[:64])
    )
    real_sheet = sheet(trainer, evaluator)
    assert real_sheet["variety"] == 1
    assert real_sheet["read"] >= real_sheet["read_and_near"] >= 0.95
    monkeypatch.setattr(
        Trainer,
        "draw",
        lambda self: Drawings(to_unit(np.repeat(threes[:1], 64, 0)), None),
    )
    assert sheet(trainer, evaluator)["variety"] == 0
    evaluator.read = None  # as if the classifier were damaged
    with pytest.raises(
        InputError, match=r"expected an intact .*classifier\.safetensors"
    ):
        sheet(trainer, evaluator)


def test_an_update_of_g_changes_the_verdict_only_without_freezing() -> None:
    for freeze in (True, False):
        plan = Training(
            "one",
            tiny(3, freeze=freeze, generator_updates=2),
            (2, 4),
            ("sheet", "verdict"),
        )
        for point in run_training(plan)["points"]:
            verdict = point["verdict"]
            assert 0 <= verdict["before"] <= 1
            assert (verdict["d_change"] == 0) == freeze
            assert verdict["before"] == verdict["after"] or not freeze
    measures = [("sheet",), ("sheet", "verdict")]
    without, with_verdict = (
        run_training(Training("one", tiny(3), (2, 4), of)) for of in measures
    )
    assert sheets_of([with_verdict]) == sheets_of([without])


# The results


TRAINING = Training("one", tiny(3), (10, 20), ("sheet",))
RUN = TRAINING.fields() | {"points": [{"iteration": 20}]}


def test_a_training_is_done_if_its_run_is_stored() -> None:
    assert is_done(TRAINING, [RUN])
    for change in (
        {"variant": "two"},
        {"config": tiny(4)},
        {"config": tiny(3, seed=1)},
    ):
        assert not is_done(replace(TRAINING, **change), [RUN])


# The pages


def test_the_pages_in_docs_are_up_to_date(tmp_path: Path) -> None:
    make(ROOT / STUDIES, tmp_path)
    assert sorted(page.name for page in tmp_path.iterdir()) == [
        "freeze.md",
        "normal.md",
        "quality.md",
    ]
    for page in tmp_path.iterdir():
        assert page.read_text("utf-8") == (ROOT / DOCS / page.name).read_text("utf-8")


# Plans


TWO = (
    PLAN.replace("digits = [3]", 'digits = [3, "any"]')
    + "[variants.two]\ngenerator_updates = 2\nchannels = [4, 8]\n"
)
BASE: dict[str, Any] = {
    "batch": 4,
    "channels": (2, 3),
    "hidden_generator": (4,),
    "hidden_discriminator": 4,
}


def read(tmp_path: Path, text: str) -> list[Training]:
    path = tmp_path / "trial.toml"
    path.write_text(text, "utf-8")
    return read_plan(path)


def test_a_plan_is_every_combination_of_variant_digit_and_seed(tmp_path: Path) -> None:
    trainings = read(tmp_path, TWO)
    variants = {"one": BASE, "two": BASE | {"generator_updates": 2, "channels": (4, 8)}}
    assert trainings == [
        Training(name, preset(digit, seed=seed, **fields), (2, 4), ("sheet",))
        for name, fields in variants.items()
        for seed in (0, 1)
        for digit in (3, None)
    ]


INVALID = {
    "no TOML": ("n", "expected a plan in TOML"),
    "an unknown entry": ("colour = 3" + PLAN, "found colour = 3"),
    "an unknown measure": (PLAN.replace('["sheet"]', '["weight"]'), "measures ="),
    "marks out of order": (PLAN.replace("[2, 4]", "[4, 2]"), "marks ="),
    "a mark of 0": (PLAN.replace("[2, 4]", "[0, 2]"), "marks ="),
    "no measures": (PLAN.replace('measures = ["sheet"]', ""), "measures = None"),
    "seeds that are no list": (
        PLAN.replace("seeds = [0, 1]", "seeds = 1"),
        "seeds = 1",
    ),
    "an unknown field": (PLAN.replace("batch", "bunch"), "one: .* argument 'bunch'"),
}


@pytest.mark.parametrize("kind", INVALID)
def test_an_invalid_plan_gives_a_one_line_error_with_the_file_name(
    tmp_path: Path, kind: str
) -> None:
    text, expected = INVALID[kind]
    with pytest.raises(InputError, match=expected) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path / 'trial.toml'}: ")


@pytest.mark.parametrize("line", ["{", "[]", '{"points": [1]}', '{"variant": "one"}'])
def test_a_damaged_line_of_results_is_refused_by_number(
    tmp_path: Path, line: str
) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(InputError, match="line 1: expected a run in JSON"):
        read_runs(path)


@pytest.mark.parametrize(
    "path", sorted((ROOT / STUDIES).glob("*.toml")), ids=lambda path: path.stem
)
def test_the_bundled_plans_can_be_read(path: Path) -> None:
    assert read_plan(path)
