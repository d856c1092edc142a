"""gan/web/services/catalogue.py: a run and its evaluations as JSON."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.drawings.recognition import Reading
from gan.rules.config import preset
from gan.runs.evaluation import DIAGNOSES_OF_RUNS, Evaluation
from gan.runs.run_writer import RunWriter, create
from gan.web.services.catalogue import DIAGNOSES, Catalogue, finite, history, unusual, version
from tests.helpers.fake_worker import tiny


def test_each_diagnosis_has_a_sentence() -> None:
    assert DIAGNOSES.keys() == set(DIAGNOSES_OF_RUNS)
    assert all(sentence.endswith(".") for sentence in DIAGNOSES.values())


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "run", tiny(3))


def summary(run: RunWriter) -> dict[str, Any]:
    return Catalogue(run.path.parent, None, "some digits").summary(run.path.name)


def test_a_new_run_is_at_iteration_0(run: RunWriter) -> None:
    assert (summary(run)["iteration"], summary(run)["pictures"], version(run)) == (0, 0, "0")
    message = history(run)
    assert (message["iteration"], message["pictures"], message["metrics"], message["progress"]) == (0, [], [], [])


def test_the_iteration_is_that_of_the_newest_picture_or_metrics(run: RunWriter) -> None:
    run.save_picture(10, np.zeros((4, 28, 28), np.uint8))
    run.append_metrics({"iteration": 8})
    assert (history(run)["iteration"], summary(run)["iteration"], summary(run)["pictures"]) == (10, 10, 1)
    run.append_metrics({"iteration": 12})
    assert (history(run)["iteration"], history(run)["metrics"]) == (12, [{"iteration": 8}, {"iteration": 12}])
    assert history(run)["config"]["digit"] == 3


def test_progress_has_the_figures_of_saved_sheets(run: RunWriter) -> None:
    """Read as 3, one of two drawings is near a real 3. The untrained sheet and one without a classifier have no row."""
    seen = Evaluation(Reading((3, 3), (1.0, 1.0)), (True, False), 1)
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
