"""gan/web/services/catalogue.py: the runs in a folder, their names, and their descriptions as JSON."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.drawings.recognition import Recognition
from gan.errors import InputError
from gan.rules.config import preset
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.runs.sheet_evaluation import DIAGNOSES_OF_RUNS, Evaluation
from gan.web.services.catalogue import DIAGNOSES, Catalogue, Unknown, finite, history, snapshot_of, unusual, version
from tests.helpers.fake_worker import tiny


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Return a catalogue with one run of the digit 3, which has only its untrained picture."""
    create(tmp_path / "digit-3", tiny(3)).save_picture(0, np.zeros((4, 28, 28), np.uint8))
    return Catalogue(tmp_path, None, "some digits")


@pytest.mark.parametrize("name", ["", ".", "..", "../digit-3", "digit-3/images", "nobody", "a" * 65, "a\n", "\0"])
def test_other_names_are_unknown(catalogue: Catalogue, name: str) -> None:
    with pytest.raises(Unknown):
        catalogue.find_own(name)


def test_a_free_name_describes_the_run(catalogue: Catalogue) -> None:
    free = [
        catalogue.free_name(tiny(digit, freeze=freeze))
        for digit, freeze in ((None, True), (3, True), (3, False), (5, False))
    ]
    assert free == ["all-digits", "digit-3-2", "digit-3-unfrozen", "digit-5-unfrozen"]


def test_the_number_of_runs_and_of_names_is_limited(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    create(catalogue.runs / "seed-0" / "digit-3", tiny(3))  # does not count
    monkeypatch.setattr("gan.web.services.catalogue.MAX_RUNS", 2)
    assert catalogue.free_name(tiny(5)) == "digit-5"
    for number in (2, 3):
        (catalogue.runs / f"digit-3-{number}").mkdir()  # folders without a run do not count, but take names
    with pytest.raises(InputError, match="There are 1 runs already: remove some"):
        catalogue.free_name(tiny(3))
    monkeypatch.setattr("gan.web.services.catalogue.MAX_RUNS", 1)
    with pytest.raises(InputError, match="There are 1 runs already"):
        catalogue.free_name(tiny(5))


def test_runs_are_found_at_most_one_folder_deeper(catalogue: Catalogue) -> None:
    for place in ("seed-0/digit-3", "seed-0/deep/digit-3", ".hidden/digit-3", "a.b/digit-3", "digit-3/images/inner"):
        create(catalogue.runs / place, tiny(5))
    (catalogue.runs / "seed-0" / "notes.txt").write_text("no run")
    assert catalogue.names() == ["digit-3", "seed-0.digit-3"]
    assert Run.open(catalogue.find("seed-0.digit-3")).config.digit == 5
    assert [row["id"] for row in catalogue.summaries()] == ["digit-3", "seed-0.digit-3"]
    for name in "seed-0 seed-0.deep seed-0.deep.digit-3 digit-3.images seed-0. .digit-3 seed-0.. a.b".split():
        with pytest.raises(Unknown):
            catalogue.find(name)


@pytest.mark.skipif(os.name == "nt", reason="creating links needs a privilege there")
def test_symlinks_are_listed_but_not_followed(catalogue: Catalogue, tmp_path: Path) -> None:
    target = create(tmp_path / ".elsewhere" / "digit-7", tiny(7)).path
    (tmp_path / "seed-0").mkdir()
    (tmp_path / "seed-0" / "digit-7").symlink_to(target)
    (tmp_path / "seeds").symlink_to(target.parent)
    assert (catalogue.names(), catalogue.newest()) == (["digit-3", "seed-0.digit-7", "seeds"], "digit-3")
    assert all("which is not followed" in catalogue.summary(name)["error"] for name in ("seed-0.digit-7", "seeds"))
    for name in ("seed-0.digit-7", "seeds", "seeds.digit-7"):
        with pytest.raises(Unknown):
            catalogue.find(name)


def test_the_newest_trained_run_precedes_untrained_ones(catalogue: Catalogue) -> None:
    trained = create(catalogue.runs / "digit-5", tiny(5))
    trained.save_picture(10, np.zeros((4, 28, 28), np.uint8))
    os.utime(catalogue.runs / "digit-3" / "config.json", (5e9, 5e9))
    assert catalogue.newest() == "digit-3", "without a checkpoint it cannot be resumed"
    trained.checkpoint.touch()
    assert catalogue.newest() == "digit-5"
    assert catalogue.newest(lambda run: run.config.digit == 3) == "digit-3"
    assert catalogue.newest(lambda run: False) is None


def test_a_snapshot_shows_the_folder_unless_a_worker_reports_more(catalogue: Catalogue) -> None:
    closed: Any = catalogue.snapshot("digit-3")
    status: Any = {"state": "training", "iteration": 7, "target": 9, "data": "other digits"}
    training: Any = snapshot_of("digit-3", closed, status, "an error")
    names = ("state", "iteration", "target", "data", "error")
    assert [closed[name] for name in names] == ["closed", 0, None, "some digits", None]
    assert [training[name] for name in names] == ["training", 7, 9, "other digits", "an error"]
    assert [row["live"] for row in catalogue.summaries()] == [False]
    assert [row["live"] for row in catalogue.summaries(["digit-3"])] == [True]


# Descriptions


def test_each_diagnosis_has_a_sentence() -> None:
    assert DIAGNOSES.keys() == set(DIAGNOSES_OF_RUNS)
    assert all(sentence.endswith(".") for sentence in DIAGNOSES.values())


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "run", tiny(3))


def test_the_iteration_is_that_of_the_newest_picture_or_metrics(run: RunWriter) -> None:
    def summary() -> tuple[int, int]:
        found = Catalogue(run.path.parent, None, "some digits").summary(run.path.name)
        return found["iteration"], found["pictures"]

    new = history(run)
    assert (new["iteration"], new["pictures"], new["metrics"], new["progress"]) == (0, [], [], [])
    assert (summary(), version(run)) == ((0, 0), "0")
    run.save_picture(10, np.zeros((4, 28, 28), np.uint8))
    run.append_metrics({"iteration": 8})
    assert (history(run)["iteration"], summary()) == (10, (10, 1))
    run.append_metrics({"iteration": 12})
    assert (history(run)["iteration"], history(run)["metrics"]) == (12, [{"iteration": 8}, {"iteration": 12}])
    assert history(run)["config"]["digit"] == 3


def test_progress_has_the_figures_of_saved_sheets(run: RunWriter) -> None:
    """Read as 3, one of two drawings is near a real 3. The untrained sheet and one without a classifier have no row."""
    seen = Evaluation(Recognition((3, 3), (1.0, 1.0)), (True, False), 1)
    for iteration, evaluation in ((0, seen), (5, Evaluation()), (10, seen), (15, replace(seen, prefers_real=None))):
        run.save_picture(iteration, np.zeros((2, 28, 28), np.uint8), evaluation)
    assert history(run)["progress"] == [
        {"iteration": 10, "of": 2, "recognized": 1, "mistaken": 1},
        {"iteration": 15, "of": 2, "recognized": 1, "mistaken": None},
    ]


def test_redrawn_pictures_have_a_new_version(run: RunWriter) -> None:
    run.save_picture(0, np.zeros((4, 28, 28), np.uint8))
    before = version(run)
    run.cut_back(-1)
    run.save_picture(0, np.zeros((4, 28, 28), np.uint8))
    assert before != version(run)


def test_finite_replaces_only_infinite_numbers() -> None:
    value = {"a": [1, 2.5, float("nan")], "b": -float("inf"), "c": None, "d": "nan", "e": True}
    assert finite(value) == value | {"a": [1, 2.5, None], "b": None}


def test_unusual_settings_differ_from_the_recommended_ones() -> None:
    for digit, few in ((None, False), (3, True), (3, False)):
        for network in ("quick", "digits"):
            for loss in ("relativistic", "classic"):
                config = preset(digit, loss, network, few, seed=5)
                assert unusual(config) == ({"loss": "classic"} if loss == "classic" else {})
                assert unusual(replace(config, learning_rate=0.123))["learning_rate"] == 0.123
