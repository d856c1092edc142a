"""An iteration in our code, and its gradients, for comparison with PyTorch.

benchmarks/step.py compares it with benchmarks/pytorch_iteration.py. `gradients` returns
the weights, a batch, latents and the gradients of one iteration. PyTorch loads the
weights, computes its own gradients and reports the deviations. The learning rate is 0,
so that D's update does not change the D from which G's gradients follow.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Timed
from gan.data import Dataset
from gan.data.images_and_sheets import to_unit
from gan.rules.run_config import Config
from gan.runs.trainer import Trainer, game_of
from gan.runs.training_team import TrainingTeam
from nnet.fast.kernels.thread_pool import set_threads
from nnet.fast.team import Team
from nnet.layer import Array, Layer
from nnet.threads import useful_cores

Arrays = dict[str, NDArray[np.float32]]

POOL = 32  # batches that `clear_samples` searches; 8 had too few clear samples
BATCHES = 8  # batches in the data set of random images
# Some gradients are zero apart from rounding errors, such as that of the last bias with
# the relativistic loss. Their deviation is therefore divided by at least this fraction
# of the norm of all gradients in the network.
NEGLIGIBLE = 1e-3


def noise_images(count: int) -> NDArray[np.uint8]:
    """Return (count, 28, 28) images of noise.

    The duration of an iteration does not depend on the images.
    """
    return np.random.default_rng(0).integers(0, 256, (count, 28, 28)).astype(np.uint8)


def noise_data(config: Config) -> Dataset:
    """Return images of noise, labelled as the config's digit, or as 0 to 9 in turn."""
    images = noise_images(BATCHES * config.batch)
    labels = (
        np.arange(len(images)) % 10
        if config.digit is None
        else np.full(len(images), config.digit)
    )
    return Dataset(images, labels.astype(np.uint8), "noise")


def iteration(config: str, threads: int) -> Timed:
    """Return an iteration to time, on at most `threads` cores, and a gradient check.

    `config` is JSON. The check runs on one core; a test in tests/runs compares the
    gradients of one core with those of several.
    """
    set_threads(1)
    settings = Config.from_json(config, "benchmark")
    data = noise_data(settings)
    trainer = Trainer(settings, data)
    if (cores := min(threads, useful_cores(settings.batch))) > 1:
        TrainingTeam(trainer, Team(cores))  # ends with this process

    def check(path: str) -> dict[str, float]:
        arrays = gradients(Trainer(settings, data), settings)
        np.savez(path, **arrays)  # type: ignore[arg-type]
        return {}

    return Timed(trainer.iterate, check)


def margins(network: Layer, x: Array) -> tuple[Array, Array]:
    """Return the output, and each sample's smallest absolute activation.

    All layers but the last have a LeakyReLU, whose slope changes at zero. Activations
    are divided by the RMS of their layer.
    """
    least = np.full(len(x), np.inf)
    *inner, last = (layer for _, layer in network.leaves())
    for layer in inner:
        x, _ = layer.forward(x)
        sizes = np.abs(x.reshape(len(x), -1))  # (N, activations)
        least = np.minimum(least, sizes.min(1) / np.sqrt((sizes**2).mean()))
    return last.forward(x)[0], least


def clear_samples(trainer: Trainer, config: Config) -> tuple[Array, Array]:
    """Return images and latents that produce no activation near zero.

    If an activation is near zero, rounding decides its sign. Then one program may pass
    its gradient on while the other divides it by five, so two correct programs may
    differ by a thousandth. Therefore, only the samples with the clearest signs are
    used.
    """
    G, D = trainer.players.generator, trainer.players.discriminator
    real = to_unit(noise_images(POOL * config.batch))  # (POOL B, 28, 28, 1)
    latents = np.random.default_rng(1).standard_normal(
        (len(real), config.latent), np.float32
    )
    least = np.empty((2, len(real)))  # row 0 for the real images, row 1 for the latents
    for start in range(0, len(real), config.batch):
        # in batches, so that peak memory stays that of an iteration
        batch = slice(start, start + config.batch)
        fake, least_g = margins(G, latents[batch])
        least[:, batch] = (
            margins(D, real[batch])[1],
            np.minimum(least_g, margins(D, fake)[1]),
        )
    clearest = np.argsort(-least)[:, : config.batch]
    return real[clearest[0]], latents[clearest[1]]


def gradients(trainer: Trainer, config: Config) -> Arrays:
    """Return the weights, a batch and the gradients of an iteration.

    Keys are "real", "latents" or "{part}.{name}", such as "generator gradient.0.W". The
    learning rate is 0, so no weights change.
    """
    G, D = trainer.players.generator, trainer.players.discriminator
    real, latents = clear_samples(trainer, config)  # (B, 28, 28, 1), (B, latent)
    arrays: Arrays = {
        "real": real.astype(np.float32),
        "latents": latents.astype(np.float32),
    }

    def keep(part: str, found: Mapping[str, Array]) -> None:
        arrays.update(
            {
                f"{part}.{name}": array.astype(np.float32)
                for name, array in found.items()
            }
        )

    def between() -> None:  # because G's update overwrites D's gradients
        keep("discriminator gradient", D.gradients())

    keep("generator", G.parameters())
    keep("discriminator", D.parameters())
    digits = np.zeros(len(real), np.uint8)  # unused: there are no labels
    game_of(config, freeze=True)(trainer.players, real, digits, [latents], 0.0, between)
    keep("generator gradient", G.gradients())
    return arrays


def part_of(arrays: Arrays, name: str) -> Arrays:
    """Return the arrays whose keys start with "{name}.", without that prefix."""
    return {
        key.removeprefix(f"{name}."): array
        for key, array in arrays.items()
        if key.startswith(f"{name}.")
    }


def deviations(
    expected: Sequence[NDArray[np.float32]], found: Sequence[NDArray[np.float32]]
) -> list[float]:
    """Return |found - expected| / |expected| for every array of one network."""
    norms = [float(np.linalg.norm(array)) for array in expected]
    least = NEGLIGIBLE * math.sqrt(sum(norm**2 for norm in norms))
    return [
        float(np.linalg.norm(b - a)) / max(norm, least)
        for a, b, norm in zip(expected, found, norms, strict=True)
    ]
