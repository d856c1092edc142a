"""A study from its command to its file, with trainings of milliseconds."""

from pathlib import Path

import numpy as np
import pytest
from fake_worker import tiny

from gan.classifier.network import classify, load_classifier
from gan.data import only
from gan.runs.evaluation import distance_apart
from gan.runs.trainer import Iteration, Trainer
from gan.study.__main__ import main
from gan.study.measure import run_training, sheet, training_data
from gan.study.plan import Training
from gan.study.points import add_points, read_points

PLAN = """
about = "a trial"
data = "sample"
digits = [3]
seeds = [0, 1]
marks = [2, 4]
measures = ["sheet"]
[base]
batch = 4
channels = [2, 3]
hidden_generator = [4]
hidden_discriminator = 4
[variants.one]
[variants.two]
generator_updates = 2
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "trial.toml"
    path.write_text(PLAN, "utf-8")
    return path


def test_a_study_writes_a_point_a_mark_and_goes_on_where_it_was(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(plan), "--workers", "2"]) == 0
    out = plan.with_suffix(".jsonl")
    points = read_points(out)
    found = sorted((p["variant"], p["seed"], p["iteration"]) for p in points)
    assert found == [(v, s, i) for v in ("one", "two") for s in (0, 1) for i in (2, 4)]
    assert all(0 <= p["sheet"]["read"] <= 1 and p["cpu_seconds"] > 0 and p["digit"] == 3 for p in points)
    assert "4 of 4 trainings to do" in capsys.readouterr().out
    out.write_text("\n".join(out.read_text().splitlines()[:3]) + "\n")  # as after a kill
    assert main([str(plan), "--workers", "1"]) == 0
    assert "3 of 4 trainings to do" in capsys.readouterr().out
    again = read_points(out)
    same = {(p["variant"], p["seed"], p["iteration"]): p["sheet"] for p in points}
    assert {(p["variant"], p["seed"], p["iteration"]): p["sheet"] for p in again} == same
    assert main([str(plan)]) == 0
    assert "0 of 4 trainings to do" in capsys.readouterr().out


def test_a_plan_of_the_full_set_needs_its_folder(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(PLAN.replace('"sample"', '"full"'), "utf-8")
    assert main([str(plan)]) == 2
    assert "--data: expected the folder of the full MNIST" in capsys.readouterr().err


def test_points_are_what_a_trainer_of_that_config_draws() -> None:
    config = tiny(None, labels=True, seed=5)
    points = run_training(Training("one", config, "sample", (3, 6), ("sheet",)), None)
    trainer = Trainer(config, training_data(None))
    for point in points:
        while trainer.iteration < point["iteration"]:
            trainer.iterate()
        digits, confidence = classify(load_classifier(), trainer.picture())
        assert point["sheet"]["read"] == np.mean((digits == np.arange(64) % 10) & (np.round(confidence, 3) >= 0.9))


def test_figures_are_those_of_the_evaluation() -> None:
    training = Training("one", tiny(3, few=True), "sample", (2,), ("figures",), n=100)
    (point,) = run_training(training, None)
    assert point["figures"]["n"] == 100
    assert point["figures"]["frechet"]["ratio"] > 5  # untrained
    assert run_training(training, None)[0]["figures"] == point["figures"]


def test_a_training_that_overflows_is_a_point_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    iterate = Trainer.iterate

    def overflowing(self: Trainer, measure_d_change: bool = False) -> Iteration:
        if self.iteration == 5:
            next(iter(self.players.generator.parameters().values()))[...] = np.inf
        with np.errstate(all="ignore"):
            return iterate(self, measure_d_change)

    monkeypatch.setattr(Trainer, "iterate", overflowing)
    points = run_training(Training("wild", tiny(3), "sample", (5, 10, 15), ("sheet",)), None)
    assert [point["iteration"] for point in points] == [5, 10]
    assert "sheet" in points[0]
    assert points[1]["failed"] == "a weight has overflowed"
    assert "sheet" not in points[1]
    add_points(tmp_path / "a.jsonl", points)
    assert read_points(tmp_path / "a.jsonl") == points


def test_variety_is_1_for_real_digits_and_0_for_one_drawn_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(tiny(3), training_data(None))
    threes = only(training_data(None), 3).images
    monkeypatch.setattr(Trainer, "picture", lambda self: threes[:64])
    monkeypatch.setattr("gan.study.measure.real_apart", lambda digit, folder: distance_apart(threes[:64]))
    real = sheet(trainer, None)
    assert (real["variety"], real["prefers_drawn"]) == (1, 1), "beside itself no real digit is preferred"
    assert real["read"] >= real["read_and_near"] >= 0.95
    monkeypatch.setattr(Trainer, "picture", lambda self: np.repeat(threes[:1], 64, 0))
    assert sheet(trainer, None)["variety"] == 0


def test_the_verdict_before_and_after_the_update_of_g() -> None:
    for freeze in (True, False):
        plan = Training("one", tiny(3, freeze=freeze, generator_updates=2), "sample", (2, 4), ("sheet", "verdict"))
        points = run_training(plan, None)
        assert [point["iteration"] for point in points] == [2, 4]
        for found in (point["verdict"] for point in points):
            assert 0 <= found["before"] <= 1
            assert (found["d_change"] == 0) == freeze
            assert found["before"] == found["after"] or not freeze
    alone = run_training(Training("one", tiny(3), "sample", (2, 4), ("sheet",)), None)
    asked = run_training(Training("one", tiny(3), "sample", (2, 4), ("sheet", "verdict")), None)
    assert [point["sheet"] for point in asked] == [point["sheet"] for point in alone], "to ask changes nothing"


def test_two_drawings_lie_apart_by_their_pixels() -> None:
    images = np.zeros((3, 28, 28), np.uint8)
    images[1, 0, :2] = 3, 4
    assert distance_apart(images) == pytest.approx((5 + 0 + 5) / 3)
    assert distance_apart(images[:1]) == 0
