"""A run with short iterations, and a check that all of its data is on disk.

`python -m benchmarks.crash_recovery.small_run FOLDER` trains the run, saves it at
random moments, and prints "saved N" after each save.
"""

import random
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from benchmarks.run_programs import ROOT
from gan.base.errors import InputError
from gan.data import load
from gan.data.images_and_sheets import drawings_on
from gan.rules.run_config import Config, preset
from gan.runs.evaluate_sheets import SheetEvaluator
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter
from gan.runs.session import DENSE_PICTURES, Session
from gan.runs.trainer import Trainer
from gan.runs.worker_link import no_parent
from nnet.fast.kernels.thread_pool import set_threads

DIGIT = 3
ITERATIONS = 10**6  # more than any test reaches
OPTIONS: dict[str, Any] = {  # options for train.py, which are also fields of the Config
    "iterations": ITERATIONS,
    "batch": 8,
    "latent": 8,
    "channels": (4, 8),
    "hidden_generator": (16,),
    "hidden_discriminator": 16,
}
SAVES = 0.05  # probability of a save after each iteration
START_SECONDS = 120.0  # longer than any startup takes
# longest pause between iterations, so that the system has time to write data to the
# disk
REST_SECONDS = 0.03


def command(folder: Path, save_seconds: float, *, resume: bool) -> list[str]:
    """Return a command that creates or resumes this run, and trains forever."""
    words = f"--digits {DIGIT} --network quick --workers 1 --cores 1".split()
    for name, value in OPTIONS.items():
        values = value if isinstance(value, tuple) else (value,)
        words += [f"--{name.replace('_', '-')}", *map(str, values)]
    words += ["--save-seconds", str(save_seconds), "--out", str(folder)]
    if resume:
        words.append("--resume")
    return [sys.executable, str(ROOT / "train.py"), *words]


def written(path: Path) -> int:
    """Return the size of the metrics file, or 0 if there is none.

    It shrinks when a run is resumed, because lines newer than the checkpoint are
    removed.
    """
    file = path / "metrics.jsonl"
    return file.stat().st_size if file.exists() else 0


def wait_for_training(
    process: subprocess.Popen[Any], path: Path, seconds: float = START_SECONDS
) -> bool:
    """Wait until the process has written metrics of new iterations.

    Return False if the process ends first, or after `seconds`.
    """
    before = written(path)
    end = time.monotonic() + seconds
    while written(path) <= before:
        if process.poll() is not None or time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def config(**changes: Any) -> Config:
    return preset(DIGIT, network="quick", **OPTIONS | changes)


# a result, and whether the test passed; None if it was skipped or only measures
Line = tuple[str, bool | None]
NAME = config().name


class Found(NamedTuple):
    """The iteration from which a run on disk resumes, and what is wrong.

    `fault` is one line, or None.
    """

    iteration: int
    fault: str | None = None


def look(path: Path) -> Found:
    """Resume a run, and check that everything up to its checkpoint is there."""
    try:
        run = RunWriter(path, Run.open(path).config)
        trainer = Trainer(run.config, load(None))
        notes = run.restore(trainer)
        if not run.checkpoint.exists():
            return Found(-1, "no checkpoint")
    except (InputError, OSError) as error:
        return Found(-1, str(error))
    return Found(trainer.iteration, "; ".join(notes) or missing(run, trainer.iteration))


def missing(run: Run, reached: int) -> str | None:
    """Describe a gap in the metrics or pictures up to an iteration, or return None."""
    every = run.config.metrics_every
    lines = [line["iteration"] for line in run.metrics()]
    if lines != [*range(every, reached + 1, every)]:
        return f"metrics: {len(lines)} lines up to iteration {reached}"
    every = run.config.picture_every
    dense = DENSE_PICTURES * every  # pictures before this iteration are more frequent
    for iteration in range(1, reached + 1):
        if iteration % (max(1, every // 5) if iteration < dense else every):
            continue  # no picture is due
        try:
            drawings_on(run.picture_path(iteration))
        except InputError as error:
            return str(error)
    return None


def train(path: Path) -> Generator[Session, None, None]:
    """Open or create the run and train it.

    Yield its session at once, and after each iteration.
    """
    data = load(None)
    wanted = config(picture_every=20)
    set_threads(1)
    session = Session(
        no_parent(), path, wanted, data, SheetEvaluator(wanted, data, None)
    )
    with session.resources:
        session.load()
        while True:
            yield session
            session.train()
            if session.picture_is_due():
                session.save_picture(session.previews.draw(session.trainer))


def train_and_report(path: Path, rng: random.Random) -> None:
    """Train forever, and report each save as soon as it is done."""
    for session in train(path):
        if session.iteration == 0 or rng.random() < SAVES:
            session.save()
            print(f"saved {session.saved}", flush=True)
        time.sleep(rng.random() * REST_SECONDS)


if __name__ == "__main__":
    with patch("os.fsync") if "--without-sync" in sys.argv else nullcontext():
        # Without syncs, power cuts should lose data, which verifies the benchmark.
        train_and_report(Path(sys.argv[1]), random.Random(0))
