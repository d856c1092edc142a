"""Save and restore the two checkpoints of a run: the newest, and the previous one in case the newest is damaged.

Each checkpoint is written atomically and survives a power failure (nnet/durable_write.py). A digest reveals later
damage, such as a bad sector. Earlier versions could save non-finite numbers, which count as damage too.
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
from gan.runs.trainer import Trainer, parse_numbers
from nnet import weights
from nnet.durable_write import sync
from nnet.weights import WeightsError

DAMAGED = "checkpoint-damaged.safetensors"  # a damaged checkpoint is kept under this name


def save(run: Run, trainer: Trainer) -> None:
    """Write the averaged generator, then the checkpoint.

    If the process is killed between the two writes, the resumed run writes both files again. An untrained generator is
    not written, because gan/write would use it to write numbers. An untrained checkpoint is not kept as the previous
    one: going back to it equals starting over, and it would double the disk space of a short run.
    """
    trained_before = run.generator.exists()
    about = {"config": run.config.to_json()}
    if trainer.iteration > 0:
        described = about | {"iteration": str(trainer.iteration), "data": trainer.data_name}
        weights.save(run.generator, trainer.drawing_network().parameters(), described)
    arrays, texts = trainer.state()
    weights.save(run.checkpoint, arrays, texts | about, former=run.checkpoint_before if trained_before else None)


def restore(run: Run, trainer: Trainer) -> list[str] | None:
    """Restore a trainer from the newest intact checkpoint. Return None if there is no checkpoint.

    Returns
    -------
    list of str
        Notes for the user, one line each.

    Raises
    ------
    InputError
        If all checkpoints are damaged, or if they belong to a different network or to different data. The trainer and
        the files are unchanged in that case.
    """
    found = newest_intact(run)
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


def newest_intact(run: Run) -> tuple[Path, dict[str, NDArray[Any]], dict[str, str], str] | None:
    """Return the newest intact checkpoint, and a description of the damage to any newer one ("" if there is none)."""
    damage = ""
    for path in (run.checkpoint, run.checkpoint_before):
        if path.exists():
            try:
                arrays, texts = weights.load(path)
                parse_numbers(texts, str(path))
                _refuse_overflow(arrays, path)
                return path, arrays, texts, damage
            except WeightsError as error:
                damage = damage or str(error)
    if damage:
        raise InputError(damage)
    return None


def _refuse_overflow(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Raise WeightsError if a weight or a moment is not finite. Earlier versions could save such values."""
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise WeightsError(f"{path}: is damaged: expected finite numbers, found others in {name}")


def _take_the_one_before(run: Run) -> None:
    """Make the previous checkpoint the newest. Even if this is interrupted, an intact checkpoint remains."""
    if run.checkpoint.exists():
        os.replace(run.checkpoint, run.path / DAMAGED)
    os.replace(run.checkpoint_before, run.checkpoint)
    sync(run.path)
