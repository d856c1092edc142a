"""What is said of a sheet: written and read back, told to a page, and true of drawings that are known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_worker import tiny
from hypothesis import given
from hypothesis import strategies as st
from players import noise_digits
from test_reading import FOREIGN

from gan.classifier.reading import Reading
from gan.data import load
from gan.runs.evaluation import DIAGNOSES_OF_RUNS, Evaluation, told
from gan.runs.run_writer import create
from gan.runs.sheets import SheetEvaluator
from gan.runs.trainer import Trainer

readings = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1000)), max_size=9).map(
    lambda pairs: Reading(tuple(digit for digit, _ in pairs), tuple(value / 1000 for _, value in pairs))
)


@given(
    st.none() | readings,
    st.none() | st.lists(st.booleans(), max_size=9).map(tuple),
    st.none() | st.integers(0, 64),
    st.none() | st.sampled_from(DIAGNOSES_OF_RUNS),
)
def test_remarks_are_read_back(
    reading: Reading | None, near: tuple[bool, ...] | None, preferred: int | None, ailment: Any
) -> None:
    if reading and near is not None:
        near = (near * 9 + (True,) * 9)[: len(reading.digits)]  # of each drawing that was read
    remarks = Evaluation(reading, near, preferred, ailment)
    assert Evaluation.from_json(remarks.to_json()) == remarks


def test_what_an_earlier_version_wrote_is_a_reading() -> None:
    reading = Reading((7, 1), (0.875, 0.25))
    assert Evaluation.from_json(reading.to_json()) == Evaluation(reading)


MORE = [
    '{"ailment": "tired"}',
    '{"near": [1]}',
    '{"near": true}',
    '{"digits": [1], "confidence": [1], "near": [true, false]}',
    '{"prefers_real": -1}',
    '{"prefers_real": 1.5}',
    '{"prefers_real": true}',
]


@pytest.mark.parametrize("text", [text for text in FOREIGN if text != "{}"] + MORE)
def test_anything_else_is_no_remark(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Evaluation.from_json(text)
    run = create(tmp_path / "run", tiny(None))
    (run.images / "5.json").write_text(text)
    assert run.remarks(5) == Evaluation()


# Who says it


def test_beside_every_drawing_stands_a_real_digit_of_its_kind() -> None:
    data = load()
    for config in (tiny(3), tiny(None, labels=True), tiny(None)):
        evaluator = SheetEvaluator(config, data, None)
        rows = [int(np.flatnonzero((data.images == image).all((1, 2)))[0]) for image in evaluator.real]
        assert len(set(rows)) == 64, "each another one"
        if evaluator.asked is not None:
            assert data.labels[rows].tolist() == evaluator.asked.tolist()
    few = SheetEvaluator(tiny(3), noise_digits(5), None)
    assert np.array_equal(few.real[:5], few.real[5:10]), "where there are few they come again"


@pytest.mark.parametrize(("digit", "labels"), [(3, False), (None, True), (None, False)])
def test_the_judge_is_asked_in_pairs(digit: int | None, labels: bool) -> None:
    config, data = tiny(digit, labels=labels), load()
    trainer, evaluator = Trainer(config, data), SheetEvaluator(config, data, None)
    real = evaluator.real
    logits = trainer.verdict(real, evaluator.asked)
    assert evaluator.prefers_real(trainer, real) == 0, "none is preferred to itself"
    expected = int((logits > np.roll(logits, 10)).sum())
    assert evaluator.prefers_real(trainer, np.roll(real, 10, 0)) == expected if not labels else True
    D = trainer.players.discriminator
    for w in D.parameters().values():
        w *= np.nan
    assert evaluator.prefers_real(trainer, real) == 0, "what is no number prefers nothing"


def test_real_digits_are_near_and_noise_is_not() -> None:
    config, data = tiny(3), load()
    trainer, evaluator = (
        Trainer(config, data),
        SheetEvaluator(config, data, lambda images: Reading((3,) * 64, (1.0,) * 64)),
    )
    good, noise = evaluator.remark(trainer, evaluator.real), evaluator.remark(trainer, trainer.picture())
    assert good.near == (True,) * 64
    assert noise.near == (False,) * 64
    assert noise.reading is not None
    assert noise.reading.read([3] * 64) == [True] * 64, "a reader may be sure of noise"
    assert told(noise, config)["read"] == [False] * 64, "and a page does not call it read"
    assert told(good, config)["read"] == told(good, config)["near"] == [True] * 64


def test_looking_changes_nothing_of_what_comes() -> None:
    config, data = tiny(3), noise_digits(40)
    watched, alone = Trainer(config, data), Trainer(config, data)
    evaluator = SheetEvaluator(config, data, None)
    for _ in range(3):
        evaluator.remark(watched, watched.picture())
        assert vars(watched.iterate().measured) == vars(alone.iterate().measured)
    for name, array in watched.state()[0].items():
        assert np.array_equal(array, alone.state()[0][name]), name
