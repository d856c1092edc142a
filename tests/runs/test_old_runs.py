"""Runs made by an earlier version open, keep every number of their state, and train on (tests/runs/old_runs).

`python -m benchmarks.old_runs` compares the bits of the next iterations with the commit that made them.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.old_runs import ITERATIONS, NAMES, RUNS
from gan.data import load
from gan.drawings.load_and_draw import load_generator
from gan.runs.run import Run
from gan.runs.run_recorder import RunRecorder
from gan.runs.run_writer import held
from nnet import weights
from tests.helpers.strategies import as_bytes


@pytest.mark.parametrize("name", NAMES)
def test_an_old_run_is_restored_completely_and_trains_on(name: str, tmp_path: Path) -> None:
    shutil.copytree(RUNS / name, tmp_path / name)
    (tmp_path / name / "images").mkdir()
    run = Run.open(tmp_path / name)
    recorder = RunRecorder(run.config, load())
    with held(run) as writer:
        recorder.open(writer)
        arrays, texts = recorder.trainer.state()
        then, about = weights.load(run.checkpoint)
        assert as_bytes(arrays) == as_bytes(then)
        assert texts == {key: about[key] for key in texts}
        recorder.advance()
        recorder.save()
    after, _ = weights.load(run.checkpoint)
    assert after.keys() == then.keys()
    assert recorder.trainer.iteration == ITERATIONS + 1
    assert not np.array_equal(after["generator.0.W"], then["generator.0.W"])


@pytest.mark.parametrize("name", NAMES)
def test_the_generator_of_an_old_run_draws(name: str) -> None:
    generator, config = load_generator(RUNS / name / "generator.safetensors")
    drawings, _ = generator.forward(np.zeros((2, config.inputs), np.float32))
    assert drawings.shape == (2, 28, 28, 1)
    assert np.isfinite(drawings).all()
