"""gan/web/services/catalogue.py: a run in numbers and words that JSON can say."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_worker import tiny

from gan.classifier.reading import SURE, Reading
from gan.config import preset
from gan.runs.evaluation import DIAGNOSES_OF_RUNS, Evaluation
from gan.runs.run_writer import RunWriter, create
from gan.web.services.catalogue import DIAGNOSES, evaluation_of, finite, history, summary, unusual, version


def test_the_page_has_a_sentence_for_whatever_ails_a_run() -> None:
    assert DIAGNOSES.keys() == set(DIAGNOSES_OF_RUNS)
    assert all(sentence.endswith(".") for sentence in DIAGNOSES.values())


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "run", tiny(3))


def test_a_run_without_anything_is_at_iteration_none(run: RunWriter) -> None:
    assert (summary(run)["iteration"], summary(run)["pictures"], version(run)) == (0, 0, "0")
    told = history(run)
    assert (told["iteration"], told["pictures"], told["metrics"]) == (0, [], [])


def test_a_run_is_as_far_as_the_last_thing_it_wrote(run: RunWriter) -> None:
    run.save_picture(10, np.zeros((4, 28, 28), np.uint8))
    run.append_metrics({"iteration": 8})
    assert (history(run)["iteration"], summary(run)["iteration"], summary(run)["pictures"]) == (10, 10, 1)
    run.append_metrics({"iteration": 12})
    assert (history(run)["iteration"], history(run)["metrics"]) == (12, [{"iteration": 8}, {"iteration": 12}])
    assert history(run)["config"]["digit"] == 3


def test_pictures_made_anew_have_another_version(run: RunWriter) -> None:
    run.save_picture(0, np.zeros((4, 28, 28), np.uint8))
    before = version(run)
    run.cut_back(-1)
    run.save_picture(0, np.zeros((4, 28, 28), np.uint8))
    assert before != version(run)


def test_what_was_read_and_what_was_not() -> None:
    told = json.loads(
        json.dumps(evaluation_of(5, Evaluation(Reading((7, 1), (0.9, 0.25)), (True, False), 1), tiny(None)))
    )
    known = {"iteration": 5, "sure": SURE}
    said = {"near": [True, False], "prefers_real": 1, "ailment": None}
    assert told == known | said | {"digits": [7, 1], "confidence": [0.9, 0.25], "asked": None, "read": [True, False]}
    nothing = known | dict.fromkeys(("digits", "confidence", "asked", "read", "near", "prefers_real", "ailment"))
    assert (
        evaluation_of(5, Evaluation(), tiny(None)) == nothing == evaluation_of(5, Evaluation(), tiny(None, labels=True))
    )


def test_a_run_with_labels_tells_which_digits_were_asked_for() -> None:
    digits, config = (*range(8, -1, -1), 0, 0, 0), tiny(None, labels=True)
    told = json.loads(json.dumps(evaluation_of(5, Evaluation(Reading(digits, (1.0,) * 12)), config)))
    assert told["asked"] == [*range(10), 0, 1]


def test_finite_changes_only_what_json_cannot_say() -> None:
    assert finite({"a": [1, 2.5, float("nan")], "b": -float("inf"), "c": None, "d": "nan", "e": True}) == {
        "a": [1, 2.5, None],
        "b": None,
        "c": None,
        "d": "nan",
        "e": True,
    }


def test_unusual_is_what_differs_from_what_is_recommended_for_few_images_and_for_many() -> None:
    for digit, few in ((None, False), (3, True), (3, False)):
        for network in ("quick", "digits"):
            for loss in ("relativistic", "classic"):
                config = preset(digit, loss, network, few, seed=5)
                assert unusual(config) == ({"loss": "classic"} if loss == "classic" else {})
                assert unusual(replace(config, learning_rate=0.123))["learning_rate"] == 0.123
