"""Time saves of a checkpoint and its generator, with and without syncs, for the usual networks."""

import random
import statistics
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from unittest.mock import patch

from benchmarks.crash_recovery.small_run import Line
from benchmarks.timing import time_runs
from gan.data import load
from gan.rules.config import preset
from gan.runs.run_writer import create
from gan.runs.trainer import Trainer

CONFIGS = {"quick, one digit": preset(3, network="quick"), "one digit": preset(3), "all digits": preset(None)}


def soak(count: int, folder: Path, rng: random.Random) -> Iterator[Line]:
    for name, config in CONFIGS.items():
        trainer = Trainer(config, load(None))
        trainer.iteration = 1  # from iteration 1 on, the generator is saved too
        run = create(folder / name.replace(" ", "-"), config)
        save = partial(run.save, trainer)
        synced = statistics.median(time_runs(save, count))
        with patch("os.fsync"):
            plain = statistics.median(time_runs(save, count))
        size = (run.checkpoint.stat().st_size + run.generator.stat().st_size) / 1e6
        yield f"a save, {name}: {size:.1f} MB in {synced:.0f} ms, without syncs {plain:.0f} ms", None
