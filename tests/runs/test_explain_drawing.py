"""gan/runs/explain_drawing.py and learning_turns.py: what they show is correct and does
not affect the training.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gan.data import load
from gan.data.nearest import nearest_distances
from gan.drawings.recognition import Recognition
from gan.rules.relativistic import judge, outputs_of
from gan.rules.run_config import Config
from gan.runs import explain_drawing
from gan.runs.evaluate_sheets import SheetEvaluator, draw_sheet
from gan.runs.explain_drawing import explain, gradient, purple_and_green
from gan.runs.judge_ratings import scale
from gan.runs.learning_turns import TurnFrames
from gan.runs.run import Run
from gan.runs.trainer import Trainer
from nnet.gradcheck import in_float64
from tests.helpers import workers
from tests.helpers.derivatives import numeric_gradient
from tests.helpers.fake_worker import tiny
from tests.helpers.players import everything, trained
from tests.helpers.serving import png_pixels
from tests.helpers.workers import EventDict, Local, idle_worker, of_type, state, until

CONFIG = tiny(3, iterations=12, picture_every=20)
CONFIGS: dict[str, Config] = {
    "one digit": tiny(3),
    "all digits, labelled": tiny(None, labels=True),
    "all digits": tiny(None),
    "not frozen": tiny(3, freeze=False),
    "finish": tiny(3, output="clipped", finish=True),
    "classic": tiny(3, loss="classic", gamma=0.0),
}


def trained_run(config: Config) -> tuple[Trainer, SheetEvaluator]:
    data = load()
    return trained(config, 3, data), SheetEvaluator(config, data, None)


# The gradient


@pytest.mark.parametrize("labels", [False, True])
def test_the_gradient_matches_finite_differences(labels: bool) -> None:
    config = tiny(None, labels=labels, channels=(2, 3), hidden_discriminator=4)
    D = in_float64(config.build_discriminator(np.random.default_rng(0)))
    images = np.random.default_rng(1).uniform(-1, 1, (1, 28, 28, 1))
    which = outputs_of(np.array([7]), labels)
    dx = gradient(D, images, which)
    expected = numeric_gradient(lambda: float(judge(D, images, which)[0].sum()), images)
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(dx, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("dx", [0.0, np.nan, np.inf])
def test_a_zero_or_nonfinite_gradient_is_white(dx: float) -> None:
    assert np.asarray(purple_and_green(np.full((28, 28), dx))).min() == 255


def test_more_ink_is_purple_and_less_ink_is_green() -> None:
    dx = np.zeros((28, 28), np.float32)
    dx[0, 0] = 4e-30
    dx[1, 1] = -4e-30
    dx[2, 2] = -2e-30
    pixels = np.asarray(purple_and_green(dx))
    assert tuple(pixels[0, 0]) == explain_drawing.MORE_INK
    assert tuple(pixels[1, 1]) == explain_drawing.LESS_INK
    assert tuple(pixels[3, 3]) == (255, 255, 255)
    assert all(
        low < middle < 255
        for low, middle in zip(explain_drawing.LESS_INK, pixels[2, 2], strict=True)
    )


# The explanation that is sent


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_an_explanation_is_correct_and_does_not_change_the_trainer(
    config: Config,
) -> None:
    trainer, evaluator = trained_run(config)
    sheet = draw_sheet(trainer, evaluator)
    before = everything(trainer)
    D = trainer.players.discriminator
    for number, dw in enumerate(D.gradients().values()):
        dw[...] = number
    explanation = explain(trainer, evaluator, sheet, 13)
    assert everything(trainer) == before
    assert all((dw == number).all() for number, dw in enumerate(D.gradients().values()))
    assert D.trainable
    assert explanation["scale"] == scale(sheet.verdicts, evaluator.requested)
    drawing, real = (
        255 - png_pixels(explanation["png"][name]) for name in ("drawing", "real")
    )
    assert np.array_equal(drawing, sheet.drawings.images[13])
    kind = None if evaluator.requested is None else int(evaluator.requested[13])
    distances, _ = nearest_distances(drawing[None], evaluator.near.real(kind))
    assert nearest_distances(drawing[None], real[None])[0] == distances
    assert (
        explanation["real_digit"] in load().labels[(load().images == real).all((1, 2))]
    )
    assert kind in (None, explanation["real_digit"])
    which = outputs_of(np.array([kind or 0]), config.labels)
    dx = gradient(D, sheet.drawings.output[13:14], which)
    colours = np.asarray(purple_and_green(dx[0, ..., 0]))
    assert np.array_equal(png_pixels(explanation["png"]["gradient"]), colours)


def test_the_event_contains_the_whole_explanation() -> None:
    config = tiny(None, labels=True)
    trainer, blind = trained_run(config)
    reader = SheetEvaluator(
        config,
        load(),
        lambda images: Recognition((8,) * len(images), (0.5,) * len(images)),
    )
    sheets = [draw_sheet(trainer, evaluator) for evaluator in (blind, reader)]
    unread, explanation = [
        EventDict(explain(trainer, reader, sheet, 13)) for sheet in sheets
    ]
    assert unread["digit"] is None
    assert unread["confidence"] is None
    assert explanation == explanation | {
        "type": "answer",
        "iteration": 3,
        "drawing": 13,
        "asked": 3,
        "digit": 8,
        "confidence": 0.5,
        "sure": 0.9,
        "real_digit": 3,
        "near": False,
    }


# In a worker, which runs as a thread in these tests


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """Return an idle, untrained, watched worker that sends a sheet and an explanation
    after every iteration.
    """
    workers.show_every_iteration(monkeypatch)
    monkeypatch.setattr(explain_drawing, "OFTEN_SECONDS", 0.0)
    monkeypatch.setattr(explain_drawing, "SHARE", 1e9)
    with idle_worker(
        workers.create_run(tmp_path / "run", CONFIG), CONFIG, monkeypatch
    ) as local:
        local.send("watch")
        until(local, of_type("sheet"))
        yield local


def answers(events: list[EventDict]) -> list[tuple[int, int]]:
    return [
        (event["iteration"], event["drawing"])
        for event in events
        if event["type"] == "answer"
    ]


def test_an_idle_run_answers_at_once_and_a_training_run_with_each_sheet(
    local: Local,
) -> None:
    for drawing in (5, 5, 63):
        local.send("ask", drawing)
        assert answers(until(local, of_type("answer"))) == [(0, drawing)]
    local.send("train", 3)
    events = until(
        local, lambda event: event["type"] == "answer" and event["iteration"] == 3
    )
    assert answers(events) == [(1, 63), (2, 63), (3, 63)]
    kinds = [event["type"] for event in events if event["type"] in ("sheet", "answer")]
    assert kinds == ["sheet", "answer"] * 3
    local.send("ask")
    local.send("train", 2)
    assert answers(until(local, state("idle", at_least=5))) == []
    local.send("ask", 7)
    assert answers(until(local, of_type("answer"))) == [(5, 7)]
    local.send("reset")
    assert answers(until(local, of_type("answer"))) == [(0, 7)]
    for word in ("unwatch", "watch"):  # this cancels the question
        local.send(word)
    local.send("train", 2)
    assert answers(until(local, state("idle", at_least=2))) == []


# Turn by turn (gan/runs/learning_turns.py)


ALL = tiny(None, labels=True, channels=(16, 32))
# With the digit that drawing 5 should be.
GAMES: dict[str, tuple[Config, int | None]] = {
    "all digits": (ALL, 5),
    "one digit": (tiny(3), 3),
    "no labels, classic": (tiny(None, loss="classic", gamma=0.0), None),
    "unlocked, finish": (
        tiny(
            None,
            labels=True,
            freeze=False,
            output="clipped",
            finish=True,
            generator_updates=2,
        ),
        5,
    ),
}


@pytest.mark.parametrize(("config", "asked"), GAMES.values(), ids=GAMES)
def test_the_judge_learns_first_then_the_artist_and_looking_changes_nothing(
    config: Config, asked: int | None
) -> None:
    data = load()
    trainer, plain = (trained(config, 2, data) for _ in range(2))
    frames = TurnFrames(trainer, SheetEvaluator(config, data, None), 5)
    trainer.iterate(look=frames.between)
    turns = frames.end()
    plain.iterate()
    assert everything(trainer) == everything(plain)
    start, judge, artist = turns["frames"]
    assert [frame["turn"] for frame in turns["frames"]] == ["start", "judge", "artist"]
    assert turns["iteration"] == 3
    assert turns["drawing"] == 5
    assert turns["asked"] == asked
    assert turns["locked"] == config.freeze
    assert start["scale"]["real"] != judge["scale"]["real"]
    assert (judge["scale"]["real"] == artist["scale"]["real"]) is config.freeze, (
        "a locked judge rates digits alike"
    )
    assert start["png"]["drawing"] == judge["png"]["drawing"]
    assert judge["png"]["drawing"] != artist["png"]["drawing"]
    assert judge["scale"]["drawn"] != artist["scale"]["drawn"]


def test_steps_are_shown_and_pause_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    config = tiny(3, metrics_every=1, picture_every=100)
    with idle_worker(path, config, monkeypatch) as worker:
        for iteration in (1, 2):
            worker.send("step", 7)  # the first one creates the run
            turns = until(worker, of_type("turns"))[-1]
            assert turns["iteration"] == iteration
            assert turns["drawing"] == 7
            assert turns["locked"] is True
            until(worker, lambda event: event["type"] == "picture")
        worker.send("unlock")
        worker.send("fun")
        until(worker, state("training"))
        worker.send("step", 63)
        turns = until(worker, of_type("turns"))[-1]
        assert not turns["locked"]
        assert until(worker, state("idle"))[-1]["iteration"] == turns["iteration"]
    # test_session_model.py tests that each step is saved and trains as usual
    assert {1, 2, turns["iteration"]} < {*Run.open(path).pictures()}
