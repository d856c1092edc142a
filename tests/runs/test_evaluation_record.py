"""gan/runs/evaluation_record.py, evaluate_sheets.py: stored evaluations, real digits,
diagnoses.
"""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.data import load, only
from gan.data.images_and_sheets import Pictures, to_unit
from gan.drawings.recognition import Recognition
from gan.rules.run_config import preset
from gan.runs import evaluation_record
from gan.runs.evaluate_sheets import SheetEvaluator
from gan.runs.evaluation_record import (
    DIAGNOSES_OF_RUNS,
    Evaluation,
    diagnose,
    distance_apart,
    variety,
)
from gan.runs.run_writer import create
from gan.runs.trainer import Drawings, Trainer
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits, trained

readings = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1000)), max_size=9).map(
    lambda pairs: Recognition(
        tuple(digit for digit, _ in pairs), tuple(value / 1000 for _, value in pairs)
    )
)


@given(
    st.none() | readings,
    st.none() | st.lists(st.booleans(), max_size=9).map(tuple),
    st.none() | st.integers(0, 64),
    st.none() | st.sampled_from(DIAGNOSES_OF_RUNS),
)
def test_an_evaluation_is_read_back(
    reading: Recognition | None,
    near: tuple[bool, ...] | None,
    preferred: int | None,
    ailment: Any,
) -> None:
    if reading and near is not None:
        near = (near * 9 + (True,) * 9)[: len(reading.digits)]  # one value per drawing
    evaluation = Evaluation(reading, near, preferred, ailment)
    assert Evaluation.from_json(evaluation.to_json()) == evaluation


INVALID = [
    '{"ailment": "tired"}',
    '{"near": [1]}',
    '{"near": true}',
    '{"digits": [1], "confidence": [1], "near": [true, false]}',
    '{"prefers_real": -1}',
    '{"prefers_real": 1.5}',
    '{"prefers_real": true}',
]


READINGS = [
    '{"digits": [1, 2], "confidence": [0.5]}',
    '{"digits": [10], "confidence": [0.5]}',
    '{"digits": [1.0], "confidence": [0.5]}',
    '{"digits": [1], "confidence": [NaN]}',
]


@pytest.mark.parametrize("text", ["", "7", "[]", *READINGS, *INVALID])
def test_invalid_content_is_no_evaluation(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Evaluation.from_json(text)
    run = create(tmp_path / "run", tiny(None))
    (run.images / "5.json").write_text(text)
    assert run.evaluation(5) == Evaluation()


# Comparison with real digits


def test_each_drawing_is_compared_with_a_real_digit_of_its_kind() -> None:
    data = load()
    row_of = {image.tobytes(): row for row, image in enumerate(data.images)}
    for config in (tiny(3), tiny(None, labels=True), tiny(None)):
        evaluator = SheetEvaluator(config, data, None)
        rows = [row_of[image.tobytes()] for image in evaluator.real]
        assert len(set(rows)) == 64, "all different"
        if evaluator.requested is not None:
            assert data.labels[rows].tolist() == evaluator.requested.tolist()
    evaluator_of_few = SheetEvaluator(tiny(3), noise_digits(5), None)
    assert np.array_equal(evaluator_of_few.real[:5], evaluator_of_few.real[5:10]), (
        "few digits are repeated"
    )


def shown(images: Pictures) -> Drawings:
    return Drawings(to_unit(images), None)


@pytest.mark.parametrize(("digit", "labels"), [(3, False), (None, True), (None, False)])
def test_the_judge_compares_pairs(digit: int | None, labels: bool) -> None:
    config = tiny(digit, labels=labels)
    data = load()
    trainer = Trainer(config, data)
    evaluator = SheetEvaluator(config, data, None)
    real = evaluator.real
    logits = trainer.verdict(to_unit(real), evaluator.requested)
    assert evaluator.prefers_real(trainer, shown(real)) == 0, (
        "no digit is preferred to itself"
    )
    if not labels:  # otherwise the rolled digits are of other classes
        rolled = shown(np.roll(real, 10, 0))
        expected = int((logits > np.roll(logits, 10)).sum())
        assert evaluator.prefers_real(trainer, rolled) == expected
    D = trainer.players.discriminator
    for w in D.parameters().values():
        w *= np.nan
    assert evaluator.prefers_real(trainer, shown(real)) == 0, (
        "NaN counts as no preference"
    )


def test_real_digits_are_near_and_noise_is_not() -> None:
    config = tiny(3)
    data = load()
    trainer = Trainer(config, data)
    evaluator = SheetEvaluator(
        config, data, lambda images: Recognition((3,) * 64, (1.0,) * 64)
    )
    good = evaluator.evaluate(trainer, shown(evaluator.real))
    noise = evaluator.evaluate(trainer, trainer.draw())
    assert good.near == (True,) * 64
    assert noise.near == (False,) * 64
    assert noise.recognition is not None
    assert noise.recognition.read([3] * 64) == [True] * 64, (
        "this classifier is sure of noise"
    )
    assert noise.fields(config)["read"] == [False] * 64, (
        "noise is not recognized, because no real digit is near"
    )
    assert good.fields(config)["read"] == good.fields(config)["near"] == [True] * 64


DATA = load()
THREES = only(DATA, 3).images
REAL = THREES[:64]
OTHERS = THREES[64:128]
KIND = np.zeros(64, int)


def diagnosis(
    images: Pictures,
    good: float,
    prefers_real: int,
    iteration: int = 1000,
    frozen: bool = False,
) -> str | None:
    return diagnose(
        images, REAL, KIND, np.arange(64) < good * 64, prefers_real, iteration, frozen
    )


@pytest.mark.parametrize(
    ("images", "good", "prefers_real", "ailment"),
    [
        (OTHERS, 1.0, 32, None),
        # Good drawings, although the judge tells them apart.
        (OTHERS, 1.0, 64, None),
        (OTHERS, 0.0, 0, "bent"),
        (OTHERS, 0.0, 3, "bent"),
        (OTHERS, 0.0, 4, None),
        (OTHERS, 0.5, 0, None),
        (np.zeros_like(REAL), 0.0, 64, "blank"),
        (OTHERS // 4, 0.0, 32, None),
        (OTHERS // 8, 0.0, 32, "blank"),
        (np.repeat(THREES[:1], 64, 0), 1.0, 32, "alike"),
        (np.repeat(THREES[:1], 64, 0), 0.4, 32, None),
        (OTHERS, 0.0, 64, "beaten"),
        (OTHERS, 0.0, 60, None),
        (OTHERS, 0.1, 64, None),
    ],
)
def test_a_sheet_is_diagnosed_by_its_drawings_and_the_judge(
    images: Pictures, good: float, prefers_real: int, ailment: str | None
) -> None:
    assert diagnosis(images, good, prefers_real) == ailment


def test_a_new_run_and_a_frozen_judge_have_no_diagnosis() -> None:
    assert diagnosis(OTHERS, 0.0, 64, iteration=100) is None
    assert diagnosis(np.zeros_like(REAL), 0.0, 0, iteration=0) is None
    assert diagnosis(OTHERS, 0.0, 0, frozen=True) is None, (
        "a frozen judge is never called bent"
    )


def test_variety_is_measured_within_each_digit() -> None:
    images = np.concatenate([THREES[:1], THREES[:1], only(DATA, 1).images[:2]])
    assert variety(images[:2], np.array([0, 0])) == 0
    assert variety(images, np.array([0, 1, 2, 3])) == 0, "each digit occurs once"
    both = variety(images, np.array([3, 3, 1, 1]))
    assert both == pytest.approx(distance_apart(images[2:]) / 2)


# Runs damaged on purpose


@cache
def quick(iterations: int, **changes: Any) -> Trainer:
    """Return a trainer of the quick network after a given number of iterations; tests
    change copies of it.
    """
    return trained(preset(3, network="quick", few=True, **changes), iterations, DATA)


def diagnosis_of(trainer: Trainer) -> str | None:
    return (
        SheetEvaluator(trainer.config, DATA, None)
        .evaluate(trainer, trainer.draw())
        .ailment
    )


def test_only_an_unfrozen_judge_is_diagnosed_as_bent() -> None:
    assert [diagnosis_of(quick(iterations)) for iterations in (0, 5, 20)] == [None] * 3
    assert diagnosis_of(quick(20, freeze=False)) == "bent"


def test_a_generator_that_stops_learning_is_diagnosed_as_beaten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluation_record, "PATIENCE", 30)
    trainer = deepcopy(quick(0, generator_updates=1, batch=8))
    trainer.players.adversarial_adam.step = lambda learning_rate: None  # type: ignore[method-assign]
    for expected, iterations in ((None, 29), ("beaten", 1)):
        for _ in range(iterations):
            trainer.iterate()
        assert diagnosis_of(trainer) == expected


def test_the_distance_of_drawings_is_euclidean() -> None:
    images = np.zeros((3, 28, 28), np.uint8)
    images[1, 0, :2] = 3, 4
    assert [distance_apart(images), distance_apart(images[:1])] == pytest.approx(
        [(5 + 0 + 5) / 3, 0]
    )
