"""gan/runs/turn_frames.py and the command `step`: the turns of an iteration, and that looking changes nothing."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gan.data import load
from gan.rules.config import Config
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter
from gan.runs.sheet_evaluator import SheetEvaluator
from gan.runs.trainer import Trainer
from gan.runs.turn_frames import TurnFrames
from tests.helpers.fake_worker import tiny
from tests.helpers.players import NOISE, everything, trained
from tests.helpers.workers import idle_worker, of_type, saved_iteration, state, until

ALL = tiny(None, labels=True, channels=(16, 32))
CONFIGS: dict[str, tuple[Config, int | None]] = {  # with the digit that drawing 5 should be
    "all digits": (ALL, 5),
    "one digit": (tiny(3), 3),
    "no labels, classic": (tiny(None, loss="classic", gamma=0.0), None),
    "unlocked, finish": (tiny(None, labels=True, freeze=False, output="clipped", finish=True, generator_updates=2), 5),
}


def pixels(png: str) -> Any:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))))


@pytest.mark.parametrize(("config", "asked"), CONFIGS.values(), ids=CONFIGS)
def test_the_judge_learns_first_then_the_artist_and_looking_changes_nothing(config: Config, asked: int | None) -> None:
    data = load()
    trainer, plain = (trained(config, 2, data) for _ in range(2))
    frames = TurnFrames(trainer, SheetEvaluator(config, data, None), 5)
    trainer.iterate(look=frames.between)
    turns = frames.end()
    plain.iterate()
    assert everything(trainer) == everything(plain)
    start, judge, artist = turns["frames"]
    assert [frame["turn"] for frame in turns["frames"]] == ["start", "judge", "artist"]
    assert (turns["iteration"], turns["drawing"], turns["asked"]) == (3, 5, asked)
    assert (turns["channels"], turns["locked"]) == (list(config.channels), config.freeze)
    assert start["scale"]["real"] != judge["scale"]["real"]
    assert (judge["scale"]["real"] == artist["scale"]["real"]) is config.freeze, "a locked judge rates digits alike"
    assert start["png"]["drawing"] == judge["png"]["drawing"] != artist["png"]["drawing"]
    assert judge["scale"]["drawn"] != artist["scale"]["drawn"]
    before, then, after = (pixels(frame["png"]["maps"]) for frame in turns["frames"])
    assert np.array_equal(before[:, :21], then[:, :21]), "the artist waits during the judge's turn"
    assert (before[:, 21:42] != then[:, 21:42]).any()
    assert (then[:, :21] != after[:, :21]).any()


def test_steps_equal_an_uninterrupted_training_and_pause_and_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, config = tmp_path / "run", tiny(3, metrics_every=1, picture_every=100)
    with idle_worker(path, config, monkeypatch) as worker:
        for iteration in (1, 2):
            worker.send("step", 7)  # the first one creates the run
            turns = until(worker, of_type("turns"))[-1]
            assert (turns["iteration"], turns["drawing"], turns["locked"]) == (iteration, 7, True)
            until(worker, lambda event: event["type"] == "picture")
        worker.send("unlock")
        worker.send("fun")
        until(worker, state("training"))
        worker.send("step", 63)
        turns = until(worker, of_type("turns"))[-1]
        assert not turns["locked"]
        assert until(worker, state("idle"))[-1]["iteration"] == turns["iteration"]
    run = Run.open(path)
    resumed = Trainer(run.config, NOISE)
    assert saved_iteration(path) == turns["iteration"]
    assert {1, 2, turns["iteration"]} < {*run.pictures()}
    RunWriter(path, run.config).restore(resumed)
    assert everything(resumed) == everything(trained(run.config, turns["iteration"]))
