"""A power cut at any moment costs at most what is newer than the last checkpoint; and every single fsync is needed.

A run is made, trained, saved, resumed and started anew, and all it does to its folder is recorded (tests/cuts.py). Then
it is gone on with from every disk that a cut may have left.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cuts import Disk, Promised, Recorder, Synced, cuts, lay_out, recording, subsets
from fake_worker import tiny
from players import noise_digits

from gan.config import Config
from gan.errors import InputError
from gan.runs.evaluation import Evaluation
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create, resume
from gan.runs.trainer import Trainer
from nnet.durable_write import durably_replacing
from nnet.weights import WeightsError, load

CONFIG = tiny(3, iterations=12, channels=(2, 3), latent=2, hidden_generator=(2,), hidden_discriminator=2, batch=2)
LONGER = replace(CONFIG, iterations=20)
NOISE = noise_digits(20)
RUN = Path("runs", "digit-3")
REMARKS = Evaluation(prefers_real=3)
ASKED, BEGUN = "asked to begin anew", "begun anew"


@dataclass
class Lived:
    """What a run has gone through: its record, and what it wrote at each iteration."""

    recorder: Recorder
    pictures: dict[int, bytes]
    lines: dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    root = tmp_path_factory.mktemp("disk")
    with pytest.MonkeyPatch.context() as patch, recording(root, patch) as recorder:
        lived = Lived(recorder, {}, {})
        live(root / RUN, lived)
    return lived


def live(path: Path, lived: Lived) -> None:
    """Make a run and train it, with three checkpoints; go on with it, longer; start it anew."""
    promise = lived.recorder.promise
    run, trainer = create(path, CONFIG), Trainer(CONFIG, NOISE)
    promise(CONFIG)
    go_on(run, trainer, 0, lived)
    promise(0)
    run, trainer = RunWriter(path, CONFIG), Trainer(CONFIG, NOISE)  # killed and resumed
    assert run.restore(trainer)
    for iteration in (2, 3):
        go_on(run, trainer, iteration, lived)
        promise(iteration)
    go_on(run, trainer, 5, lived, save=False)  # the process is killed here
    resume(path, LONGER)
    promise(LONGER)
    run, trainer = RunWriter(path, LONGER), Trainer(LONGER, NOISE)
    assert run.restore(trainer)
    go_on(run, trainer, 4, lived)
    promise(4)
    promise(ASKED)
    run.start_over(Trainer(LONGER, NOISE))
    promise(BEGUN)


def go_on(run: RunWriter, trainer: Trainer, to: int, lived: Lived, save: bool = True) -> None:
    """Train up to an iteration, with a picture and a line of metrics of each; save."""
    while trainer.iteration < to:
        trainer.iterate()
        at = trainer.iteration
        run.append_metrics(lived.lines.setdefault(at, {"iteration": at, "d_loss": at / 7}))
        keep_picture(run, at, lived)
    if save:
        run.save(trainer)
    if to == 0:
        keep_picture(run, 0, lived)


def keep_picture(run: RunWriter, at: int, lived: Lived) -> None:
    run.save_picture(at, np.full((1, 28, 28), at, np.uint8), REMARKS)
    lived.pictures[at] = run.picture_path(at).read_bytes()


# What must hold of a disk


def complaint(root: Path, promised: list[Any], lived: Lived, trainer: Trainer) -> str | None:
    """What a disk has lost of what was promised; None: nothing."""
    configs = [what for what in promised if isinstance(what, Config)]
    saved = [what for what in promised if isinstance(what, int) and ASKED not in promised]
    try:
        run = RunWriter(root / RUN, Run.open(root / RUN).config)
        if run.config not in (configs[-1], LONGER):
            return "the config"
        if not run.restore(trainer):
            return "all checkpoints" if saved else None
        if BEGUN in promised and trainer.iteration > 0:
            return "the beginning"
        return lost_iterations(run, trainer, max(saved, default=0), lived) or lost_before(run, trainer, saved)
    except (InputError, WeightsError) as error:
        return str(error)


def lost_iterations(run: Run, trainer: Trainer, saved: int, lived: Lived) -> str | None:
    """The same of what was trained."""
    at = trainer.iteration
    if at < saved:
        return f"the checkpoint of {saved}"
    wanted = [line for iteration, line in lived.lines.items() if iteration <= at]
    if run.metrics() != wanted:
        return f"metrics before {at}"
    pictures = {iteration: picture for iteration, picture in lived.pictures.items() if iteration <= at}
    if saved == 0 and at == 0:
        pictures = {}  # that of the untrained network can be drawn again
    for iteration, picture in pictures.items():
        path = run.picture_path(iteration)
        if not path.exists() or path.read_bytes() != picture or run.remarks(iteration) != REMARKS:
            return f"picture {iteration}"
    if at and int(load(run.generator)[1]["iteration"]) < at:
        return "the generator is older than the checkpoint"
    return None


def lost_before(run: RunWriter, trainer: Trainer, saved: list[int]) -> str | None:
    """The same of the checkpoint before the newest, which is damaged now.

    A cut between two renames may have left one checkpoint; the next save makes them two again.
    """
    if len(saved) < 2 or not run.checkpoint_before.exists():
        return None
    run.checkpoint.write_bytes(b"damaged")
    run.restore(trainer)
    return None if trainer.iteration >= saved[-2] else f"the checkpoint of {saved[-2]}"


class Judge:
    """Finds what a cut has cost. The same disk is looked at once."""

    def __init__(self, root: Path, lived: Lived) -> None:
        self.root, self.lived, self.trainer = root, lived, Trainer(LONGER, NOISE)
        self.known: dict[tuple[int, int], str | None] = {}

    def first_complaint(self, without: Synced | None = None) -> str | None:
        """The first thing that some cut loses; None: no cut loses anything."""
        for promised, disk in cuts(self.lived.recorder, without):
            key = (len(promised), hash(tuple(sorted(disk.items()))))
            if key not in self.known:
                self.known[key] = self.look(promised, disk)
            if self.known[key]:
                return self.known[key]
        return None

    def look(self, promised: list[Any], disk: Disk) -> str | None:
        if not promised:
            return None
        lay_out(disk, self.root)
        return complaint(self.root, promised, self.lived, self.trainer)


@pytest.fixture(scope="module")
def judge(lived: Lived, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda number: None)  # nothing is cut off here
        yield Judge(tmp_path_factory.mktemp("cut"), lived)


@pytest.mark.slow
def test_no_cut_loses_what_was_promised(judge: Judge) -> None:
    assert judge.first_complaint() is None
    assert len(judge.known) > 200, "these were too few disks to say anything"


@pytest.mark.full
def test_every_sync_is_needed(judge: Judge) -> None:
    syncs = [step for step in judge.lived.recorder.steps if isinstance(step, Synced)]
    needless = [(place, step.path) for place, step in enumerate(syncs) if judge.first_complaint(step) is None]
    assert needless == []
    assert len(syncs) > 20


# The recorder itself


def test_a_rename_without_a_sync_may_leave_an_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with recording(tmp_path, monkeypatch) as recorder:
        (tmp_path / "part").write_bytes(b"whole")
        os.replace(tmp_path / "part", tmp_path / "file")
        recorder.promise("file")
    found = {disk.get("file") for promised, disk in cuts(recorder) if promised}
    assert found == {None, b"", b"wh\0\0\0", b"whole"}


def test_what_is_synced_in_order_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with recording(tmp_path, monkeypatch) as recorder:
        for content in (b"old", b"new"):
            with durably_replacing(tmp_path / "file") as beside:
                beside.write_bytes(content)
            recorder.promise(content)
    allowed = {1: {b"old", b"new"}, 2: {b"new"}}
    for promised, disk in cuts(recorder):
        assert not promised or disk["file"] in allowed[len(promised)]
    assert [step.what for step in recorder.steps if isinstance(step, Promised)] == [b"old", b"new"]


def test_what_is_appended_to_keeps_what_was_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with recording(tmp_path, monkeypatch) as recorder, (tmp_path / "log").open("ab", buffering=0) as file:
        file.write(b"old,")
        os.fsync(file.fileno())
        file.write(b"new,")
    last = {disk.get("log") for _, disk in list(cuts(recorder))[-6:]}
    assert last == {None, b"old,", b"old,ne\0\0", b"old,new,"}


@pytest.mark.parametrize("count", range(9))
def test_subsets(count: int) -> None:
    found = subsets(count)
    assert len(found) == len(set(found))
    assert {(), tuple(range(count))} <= set(found)
    assert all(sorted(some) == list(some) for some in found)
