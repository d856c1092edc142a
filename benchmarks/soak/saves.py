"""What a save costs: a checkpoint and its generator, of the networks that people train, with and without syncs."""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gan.config import preset
from gan.data import load
from gan.runs.run_writer import RunWriter, create
from gan.runs.trainer import Trainer

COUNT = 20
CONFIGS = {
    "quick, one digit": preset(3, network="quick", few=True),
    "one digit": preset(3),
    "all digits": preset(None),
}


def soak(folder: Path, count: int) -> Iterator[str]:
    """A line for each network: the median of so many saves."""
    for name, config in CONFIGS.items():
        trainer = Trainer(config, load(None))
        trainer.iteration = 1  # from then on the generator is saved, too
        run = create(folder / name.replace(" ", "-"), config)
        synced = milliseconds(run, trainer, count)
        with nothing_synced():
            plain = milliseconds(run, trainer, count)
        size = (run.checkpoint.stat().st_size + run.generator.stat().st_size) / 1e6
        yield f"a save, {name}: {size:.1f} MB in {synced:.0f} ms, without syncs {plain:.0f} ms"


def milliseconds(run: RunWriter, trainer: Trainer, count: int) -> float:
    """The median of so many saves."""
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        run.save(trainer)
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


@contextmanager
def nothing_synced() -> Iterator[None]:
    """Within this block a sync does nothing."""
    fsync = os.fsync
    os.fsync = lambda number: None  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync = fsync
