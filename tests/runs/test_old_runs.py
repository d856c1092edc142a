"""Runs made by an earlier version open, keep every number of their state, and train on (tests/runs/old_runs).

The run "augment" only opens and draws, because training with augmentation was removed.
`python -m benchmarks.old_runs` compares the bits of the next iterations with the commit that made them.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.old_runs import ITERATIONS, NAMES, RUNS
from gan.commands.train import main
from gan.data import HEAD, load
from gan.drawings.load_and_draw import load_generator
from gan.errors import InputError
from gan.runs.provenance import data_of
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter
from gan.runs.trainer import Trainer
from nnet import weights
from tests.helpers.commands import assert_refused
from tests.helpers.strategies import as_bytes
from tests.helpers.workers import Local, session_of

AUGMENTED = "augment"


@pytest.mark.parametrize("name", NAMES)
def test_an_old_run_is_restored_completely_and_trains_on(name: str, tmp_path: Path) -> None:
    shutil.copytree(RUNS / name, tmp_path / name)
    (tmp_path / name / "images").mkdir()
    run = Run.open(tmp_path / name)
    assert data_of(run) is None, "it resumes without --data"
    session = session_of(run.path, run.config, load())
    with session.resources:
        session.load()
        arrays, texts = session.trainer.state()
        then, about = weights.load(run.checkpoint)
        assert as_bytes(arrays) == as_bytes(then)
        assert texts == {key: about[key] for key in texts}
        session.train()
        session.save()
    after, _ = weights.load(run.checkpoint)
    assert after.keys() == then.keys()
    assert session.iteration == ITERATIONS + 1
    assert not np.array_equal(after["generator.0.W"], then["generator.0.W"])


def test_an_old_run_that_another_process_has_resumed_opens(tmp_path: Path) -> None:
    shutil.copytree(RUNS / "relativistic", tmp_path / "run")
    old = Run.open(tmp_path / "run")
    session, writer = session_of(old.path, old.config, load()), RunWriter(old.path, old.config)
    RunWriter(old.path, old.config).change_config(replace(old.config, images=HEAD))  # as the other process does
    with session.resources:
        session.load()
        session.train()
        assert session.config.images == HEAD
    writer.restore(Trainer(old.config, load()))  # it was opened before, and had to wait for the lock
    assert writer.config.images == HEAD, "the provenance names the images"


def test_an_old_run_is_made_again_from_the_same_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan.runs.run_queue.Worker", Local)
    shutil.copytree(RUNS / "all-images", tmp_path / "run")
    main(["--again", str(tmp_path / "run")])  # the weights depend on the processor
    again = Run.open(tmp_path / "run-again")
    (arrays, _), (then, _) = weights.load(again.checkpoint), weights.load(tmp_path / "run" / again.checkpoint.name)
    assert again.config.images is None
    assert np.array_equal(arrays["order"], then["order"])


def test_a_run_with_augmentation_is_read_but_not_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(RUNS / AUGMENTED, folder := tmp_path / "digit-3")
    contents = {path: path.read_bytes() for path in folder.iterdir()}
    assert Run.open(folder).config.augment
    assert [line["iteration"] for line in Run.open(folder).metrics()] == [ITERATIONS]
    message = "digit-3: expected a run without augm"
    assert_refused(main, ["--resume", "--out", str(tmp_path)], "train.py", message, capsys)
    with pytest.raises(InputError, match="train a new run"):  # as a worker of the server does
        Trainer(Run.open(folder).config, load())
    assert {path: path.read_bytes() for path in folder.iterdir()} == contents


@pytest.mark.parametrize("name", [*NAMES, AUGMENTED])
def test_the_generator_of_an_old_run_draws(name: str) -> None:
    generator, config = load_generator(RUNS / name / "generator.safetensors")
    drawings, _ = generator.forward(np.zeros((2, config.inputs), np.float32))
    assert drawings.shape == (2, 28, 28, 1)
    assert np.isfinite(drawings).all()
