"""Small networks, a trainer's complete state, and noise images for tests where quality
does not matter.
"""

from pathlib import Path
from typing import Any

import numpy as np

from gan.data import Dataset
from gan.plain.training import Players
from gan.rules.run_config import Config
from gan.runs.run_writer import RunWriter, create
from gan.runs.trainer import Trainer
from nnet import Adam, Layer
from nnet.gradcheck import in_float64
from tests.helpers.fake_worker import tiny
from tests.helpers.strategies import as_bytes

# for configs of networks that train even faster than `tiny` ones
SMALLEST: dict[str, Any] = {
    "channels": (2, 3),
    "latent": 3,
    "hidden_generator": (2,),
    "hidden_discriminator": 2,
    "batch": 2,
}


def players_of(G: Layer, D: Layer) -> Players:
    """Return two networks with plain optimizers: one for the adversarial network, one
    for D.
    """
    return Players(G, D, Adam(G, D, beta1=0.5), Adam(D, beta1=0.5))


def small_players(seed: int = 0, double: bool = False, labels: bool = False) -> Players:
    """Return two small plain networks with plain optimizers."""
    config = tiny(None if labels else 3, labels=labels, **SMALLEST)
    rng = np.random.default_rng(seed)
    G: Layer = config.build_generator(rng)
    D: Layer = config.build_discriminator(rng)
    if double:
        G, D = in_float64(G), in_float64(D)
    return players_of(G, D)


def everything(trainer: Trainer) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the complete state of a trainer, with its arrays as bytes."""
    arrays, texts = trainer.state()
    return as_bytes(arrays), texts


def saved_run(config: Config, folder: Path, data: Dataset) -> tuple[RunWriter, Trainer]:
    """Return a new run that was saved after one iteration, and its trainer."""
    run = create(folder, config)
    trainer = Trainer(config, data)
    trainer.iterate()
    run.save(trainer)
    return run, trainer


def noise_digits(count: int = 20, seed: int = 1) -> Dataset:
    """Return noise with the label 3, for training where quality does not matter."""
    images = np.random.default_rng(seed).integers(
        0, 256, (count, 28, 28), dtype=np.uint8
    )
    return Dataset(images, np.full(count, 3, np.uint8), f"{count} digits of noise")


# with batches of 8, every third batch starts a new random order
NOISE = noise_digits(20)


def trained(config: Config, iterations: int, data: Dataset = NOISE) -> Trainer:
    """Return a trainer after so many iterations."""
    trainer = Trainer(config, data)
    for _ in range(iterations):
        trainer.iterate()
    return trainer
