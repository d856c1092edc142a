"""A power cut at any moment loses at most the data newer than the last checkpoint, and
every fsync is needed.

A run is created, trained, saved, resumed and restarted, while every change in its
folder is recorded (tests/helpers/cuts.py). Then it is resumed from the disks that a
power cut could have left.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.base.errors import InputError
from gan.rules.run_config import Config
from gan.runs.evaluation_record import Evaluation
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.runs.trainer import Trainer
from nnet.weights import WeightsError, load
from tests.helpers.cuts import Disk, Recorder, Synced, cuts, lay_out, recording
from tests.helpers.fake_worker import tiny
from tests.helpers.players import NOISE, SMALLEST
from tests.helpers.workers import saved_iteration

CONFIG = tiny(3, iterations=12, **SMALLEST)
LONGER = replace(CONFIG, iterations=20)
RUN = Path("runs", "digit-3")
REMARKS = Evaluation(prefers_real=3)
SWITCHED = "switched"
RESTARTING = "restarting"
RESTARTED = "restarted"


@dataclass
class History:
    """The recorded changes of a run, and what it wrote at each iteration."""

    recorder: Recorder
    pictures: dict[int, bytes]
    lines: dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    root = tmp_path_factory.mktemp("disk")
    with pytest.MonkeyPatch.context() as patch, recording(root, patch) as recorder:
        history = History(recorder, {}, {})
        record_run(root / RUN, history)
    return history


def record_run(path: Path, history: History) -> None:
    """Create and train a run with three checkpoints, resume it with more iterations,
    then start over.
    """
    promise = history.recorder.promise
    run = create(path, CONFIG)
    trainer = Trainer(CONFIG, NOISE)
    promise(CONFIG)
    train_to(run, trainer, 0, history)
    promise(0)
    # The process was killed and the run is resumed.
    run = RunWriter(path, CONFIG)
    trainer = Trainer(CONFIG, NOISE)
    run.restore(trainer)
    for iteration in (2, 3):
        train_to(run, trainer, iteration, history)
        promise(iteration)
    train_to(run, trainer, 5, history, save=False)  # the process is killed here
    run = RunWriter(path, LONGER)
    trainer = Trainer(LONGER, NOISE)
    run.restore(trainer)
    promise(LONGER)
    train_to(run, trainer, 4, history)
    promise(4)
    trainer.config = replace(LONGER, freeze_switches=(4,))
    run.change_config(trainer.config)
    promise(SWITCHED)
    train_to(run, trainer, 5, history)
    promise(5)
    promise(RESTARTING)
    run.start_over(Trainer(LONGER, NOISE))
    promise(RESTARTED)


def train_to(
    run: RunWriter, trainer: Trainer, to: int, history: History, save: bool = True
) -> None:
    """Train up to an iteration, writing a picture and a line of metrics for each
    iteration, and save.
    """
    while trainer.iteration < to:
        trainer.iterate()
        at = trainer.iteration
        run.append_metrics(
            history.lines.setdefault(at, {"iteration": at, "d_loss": at / 7})
        )
        keep_picture(run, at, history)
    if save:
        run.save(trainer, saved_iteration(run.path))
    if to == 0:
        keep_picture(run, 0, history)


def keep_picture(run: RunWriter, at: int, history: History) -> None:
    run.save_picture(at, np.full((1, 28, 28), at, np.uint8), REMARKS)
    history.pictures[at] = run.picture_path(at).read_bytes()


# What a disk must contain


def complaint(
    root: Path, promised: list[Any], history: History, trainer: Trainer
) -> str | None:
    """Return the broken promise if this disk breaks one, otherwise None."""
    configs = [what for what in promised if isinstance(what, Config)]
    saved = [what for what in promised if isinstance(what, int)]
    if RESTARTING in promised:
        saved = []
    try:
        run = RunWriter(root / RUN, Run.open(root / RUN).config)
        if replace(run.config, freeze_switches=()) not in (configs[-1], LONGER):
            return "the config"
        trainer.config = run.config
        run.restore(trainer)
        if not run.checkpoint.exists():
            return "all checkpoints" if saved else None
        if RESTARTED in promised and (
            trainer.iteration > 0 or trainer.config.freeze_switches
        ):
            return "the restart"
        if (
            SWITCHED in promised
            and trainer.iteration
            and trainer.config.freeze_switches != (4,)
        ):
            return "the switch"
        return lost_iterations(
            run, trainer, max(saved, default=0), history
        ) or lost_before(run, trainer, saved)
    except (InputError, WeightsError) as error:
        return str(error)


def lost_iterations(
    run: Run, trainer: Trainer, saved: int, history: History
) -> str | None:
    """Return the first missing part of the training up to the checkpoint, or None."""
    at = trainer.iteration
    if at < saved:
        return f"the checkpoint of {saved}"
    expected = [line for iteration, line in history.lines.items() if iteration <= at]
    if run.metrics() != expected:
        return f"metrics before {at}"
    pictures = {
        iteration: picture
        for iteration, picture in history.pictures.items()
        if iteration <= at
    }
    if saved == 0 and at == 0:
        pictures = {}  # a missing picture of iteration 0 can be drawn again
    for iteration, picture in pictures.items():
        path = run.picture_path(iteration)
        if not path.exists() or path.read_bytes() != picture:
            return f"picture {iteration}"
        if run.evaluation(iteration) != REMARKS:
            return f"the evaluation of picture {iteration}"
    if at and int(load(run.generator)[1]["iteration"]) < at:
        return "the generator is older than the checkpoint"
    return None


def lost_before(run: RunWriter, trainer: Trainer, saved: list[int]) -> str | None:
    """Return what would be lost if the newest checkpoint were also damaged, or None.

    A power cut between the two renames of a save may leave one checkpoint. After the
    next save there are two again."""
    if len(saved) < 2 or not run.checkpoint_before.exists():
        return None
    run.checkpoint.write_bytes(b"damaged")
    run.restore(trainer)
    return None if trainer.iteration >= saved[-2] else f"the checkpoint of {saved[-2]}"


class Judge:
    """Checks disks after power cuts for lost data.

    Identical disks are checked only once.
    """

    def __init__(self, root: Path, history: History) -> None:
        self.root = root
        self.history = history
        self.trainer = Trainer(LONGER, NOISE)
        self.known: dict[tuple[int, int], str | None] = {}

    def first_complaint(
        self, every: bool = False, without: Synced | None = None
    ) -> str | None:
        """Return the first data loss caused by a power cut, or None.

        `tests.helpers.cuts.cuts` explains `every`.
        """
        for promised, disk in cuts(self.history.recorder, every, without):
            key = (len(promised), hash(tuple(sorted(disk.items()))))
            if key not in self.known:
                self.known[key] = self.check(promised, disk)
            if self.known[key]:
                return self.known[key]
        return None

    def check(self, promised: list[Any], disk: Disk) -> str | None:
        if not promised:
            return None
        lay_out(disk, self.root)
        return complaint(self.root, promised, self.history, self.trainer)


@pytest.fixture(scope="module")
def judge(
    history: History, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Judge]:
    with pytest.MonkeyPatch.context() as patch:
        # Not needed, because these disks suffer no power cuts.
        patch.setattr(os, "fsync", lambda number: None)
        yield Judge(tmp_path_factory.mktemp("cut"), history)


@pytest.mark.parametrize(
    ("every", "least"),
    [(False, 100), pytest.param(True, 1000, marks=pytest.mark.nightly)],
)
def test_no_cut_breaks_a_promise(judge: Judge, every: bool, least: int) -> None:
    assert judge.first_complaint(every) is None
    assert len(judge.known) > least, "too few disks"


@pytest.mark.nightly
def test_every_sync_is_needed(judge: Judge) -> None:
    steps = judge.history.recorder.steps
    syncs = [step for step in steps if isinstance(step, Synced)]
    needless = [
        (place, step.path)
        for place, step in enumerate(syncs)
        if judge.first_complaint(without=step) is None
    ]
    assert needless == []
    assert len(syncs) > 20
