"""Time saves of a checkpoint and its generator, with and without syncs, for the usual networks."""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gan.data import load
from gan.rules.config import preset
from gan.runs.run_writer import RunWriter, create
from gan.runs.trainer import Trainer

COUNT = 20
CONFIGS = {
    "quick, one digit": preset(3, network="quick", few=True),
    "one digit": preset(3),
    "all digits": preset(None),
}


def soak(folder: Path, count: int) -> Iterator[str]:
    """Yield one line for each network, with the median time of `count` saves."""
    for name, config in CONFIGS.items():
        trainer = Trainer(config, load(None))
        trainer.iteration = 1  # from iteration 1 on, the generator is saved too
        run = create(folder / name.replace(" ", "-"), config)
        synced = milliseconds(run, trainer, count)
        with no_syncs():
            plain = milliseconds(run, trainer, count)
        size = (run.checkpoint.stat().st_size + run.generator.stat().st_size) / 1e6
        yield f"a save, {name}: {size:.1f} MB in {synced:.0f} ms, without syncs {plain:.0f} ms"


def milliseconds(run: RunWriter, trainer: Trainer, count: int) -> float:
    """Return the median time of `count` saves in milliseconds."""
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        run.save(trainer)
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


@contextmanager
def no_syncs() -> Iterator[None]:
    """Turn `os.fsync` into a no-op for the duration of the block."""
    fsync = os.fsync
    os.fsync = lambda number: None  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync = fsync
