"""Match a config and the training data: the recommended config for the data, and the batches that a config asks for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from gan.data import HEAD, Dataset, head, only
from gan.data.batches import Batches
from gan.data.mnist import HEAD_SHA256, MNIST_SHA256
from gan.errors import InputError
from gan.rules.config import Config, preset


def preset_for(data: Dataset, digit: int | None, of: Callable[..., Config] = preset, **changes: Any) -> Config:
    """Return the recommended Config for a digit or label of the data. The default batch is no larger than the data.

    A run on a user's own images learns from all of them.
    """
    if data.path:
        changes = {"names": data.names, "images": None} | changes
    config = of(digit, few=data.is_few, **changes)
    count = len(only(data, digit).labels)
    return config if "batch" in changes or count >= config.batch else replace(config, batch=count)


def batches_of(config: Config, data: Dataset, rng: np.random.Generator) -> Batches:
    """Return the batches of the config's digit, or of all digits.

    Raise InputError if the data has other labels than the config, or too few images to fill a batch, or if the config
    is that of an older run with augmentation.
    """
    if config.augment:
        expected = "expected a run without augmentation, which this version does not have any more"
        advice = "its pictures and its generator can be used, but train a new run"
        raise InputError(f"{config.name}: {expected}, received one that was trained with it; {advice}", "augment")
    if config.names != data.names:
        expected, found = (", ".join(names) or "the digits 0 to 9" for names in (config.names, data.names))
        advice = f"pass the --data that the run started with{'' if config.names else ', or none for MNIST'}"
        raise InputError(f"{data.name}: expected images of {expected}, found {found}; {advice}", "data")
    return Batches(head(only(data, config.digit), config.images or None), config.batch, rng, config.bend)


def check_data(config: Config, data: Dataset) -> None:
    """Raise InputError if the data does not suit the config, as `batches_of` does."""
    batches_of(config, data, np.random.default_rng(0))


def identity(config: Config, data: Dataset) -> str:
    """Return the SHA-256 that stands for the images that a run learns from. MNIST and its head have one each."""
    return HEAD_SHA256 if config.images == HEAD and data.sha256 == MNIST_SHA256 else data.sha256
