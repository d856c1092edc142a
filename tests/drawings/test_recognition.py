"""The classifier's readings, which are stored next to every picture of a run."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from gan.drawings.classifier import CLASSIFIER, classify, load_classifier
from gan.drawings.recognition import Recognition, open_recognizer
from gan.runs.evaluation_record import Evaluation
from gan.runs.run_writer import create
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits

PICTURE = np.zeros((2, 28, 28), np.uint8)
EVALUATION = Evaluation(Recognition((7, 1), (0.875, 0.25)), (True, False), 2)


def test_recognized_means_the_requested_digit_with_confidence_0_9() -> None:
    reading = Recognition((3, 3, 3, 8), (0.9, 0.899, 1.0, 1.0))
    assert reading.read([3, 3, 5, 8]) == [True, False, False, True]
    # if no digit was requested, any digit counts
    assert reading.read(None) == [True, False, True, True]


# The classifier


def test_a_reader_equals_the_classifier() -> None:
    images = noise_digits(5).images
    read = open_recognizer()
    digits, confidence = classify(load_classifier(CLASSIFIER), images)
    assert read(images).digits == tuple(digits)
    assert np.allclose(read(images).confidence, confidence, atol=5e-4)
    assert Recognition.from_fields(
        json.loads(json.dumps(asdict(read(images))))
    ) == read(images)


# Readings in a run's folder


def test_a_reading_is_stored_and_removed_with_its_picture(tmp_path: Path) -> None:
    run = create(tmp_path / "run", tiny(None))
    for iteration in (0, 5, 10):
        run.save_picture(iteration, PICTURE, EVALUATION)
    run.save_picture(15, PICTURE)
    # The process was killed after writing the reading but before its picture.
    (run.images / "20.json").write_text(EVALUATION.to_json())
    assert run.evaluation(10) == EVALUATION
    assert run.evaluation(15) == Evaluation()
    assert run.pictures() == [0, 5, 10, 15]
    run.cut_back(5)
    names = sorted(path.name for path in run.images.iterdir())
    assert names == ["0.json", "0.png", "5.json", "5.png"]
    run.cut_back(-1)
    assert list(run.images.iterdir()) == []
