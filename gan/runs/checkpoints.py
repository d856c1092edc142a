"""The two checkpoints of a run: the newest, and the one before it, for the day on which the newest is damaged.

Each is written whole or not at all and outlasts a power cut (nnet/durable_write.py). What damages one later, such as a bad
place on the disk, its digest shows; infinite numbers, as earlier versions saved them, count as damage, too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.trainer import Trainer
from nnet import weights
from nnet.durable_write import sync
from nnet.weights import WeightsError

DAMAGED = "checkpoint-damaged.safetensors"  # where a damaged one is put: nobody asked for its removal


def save(run: Run, trainer: Trainer) -> None:
    """Write the averaged generator, then the checkpoint: ended in between, the run goes on and writes both.

    An untrained generator is not written: who looks for one to write numbers with would take it.
    """
    about = {"config": run.config.to_json()}
    if trainer.iteration > 0:
        described = about | {"iteration": str(trainer.iteration), "data": trainer.data_name}
        weights.save(run.generator, trainer.average.network.parameters(), described)
    arrays, texts = trainer.state()
    weights.save(run.checkpoint, arrays, texts | about, former=run.checkpoint_before)


def restore(run: Run, trainer: Trainer) -> list[str] | None:
    """Put a trainer where the newest whole checkpoint was taken; None if there is no checkpoint.

    Returns
    -------
    list of str : what a person should hear of it, a line each

    Raises
    ------
    InputError : all are damaged, or of another network or other data. Nothing has changed then.
    """
    found = _newest_whole(run)
    if found is None:
        return None
    path, arrays, texts, damage = found
    try:
        trainer.restore(arrays, texts, str(path))
    except WeightsError as error:
        raise InputError(str(error)) from error
    if path != run.checkpoint:
        _take_the_one_before(run)
    return [f"{damage}; went back to the checkpoint before it, of iteration {trainer.iteration}"] if damage else []


def _newest_whole(run: Run) -> tuple[Path, dict[str, NDArray[Any]], dict[str, str], str] | None:
    """The newest checkpoint that is whole, and what ails the newest of all, if anything does."""
    damage = ""
    for path in (run.checkpoint, run.checkpoint_before):
        if path.exists():
            try:
                arrays, texts = weights.load(path)
                _refuse_overflow(arrays, path)
                return path, arrays, texts, damage
            except WeightsError as error:
                damage = damage or str(error)
    if damage:
        raise InputError(damage)
    return None


def _refuse_overflow(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    """WeightsError if a weight or a moment is no finite number: earlier versions saved such, and it only gets worse."""
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise WeightsError(f"{path}: is damaged: expected finite numbers, found others in {name}")


def _take_the_one_before(run: Run) -> None:
    """Make the checkpoint before the newest the newest again. Cut in between, there is still that one."""
    if run.checkpoint.exists():
        os.replace(run.checkpoint, run.path / DAMAGED)
    os.replace(run.checkpoint_before, run.checkpoint)
    sync(run.path)
