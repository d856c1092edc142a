"""Our side of the contests: an iteration as gan/runs/trainer.py does it, and the products it cannot do without."""

import numpy as np

from benchmarks.contest.agreement import Arrays, noise_images
from benchmarks.contest.contestant import Made
from gan.config import Config
from gan.data import Dataset
from gan.pictures import to_unit
from gan.runs.trainer import Trainer
from nnet.fast.kernels.parallel import set_threads, spread
from nnet.layer import Array, Layer

POOL = 32  # batches from which the samples of a comparison are picked: among 8, the clearest were not clear enough
SIDE = 1024  # of the matrices that show what BLAS can do here
BATCHES = 8  # the images are so many batches


def iteration(config: str, threads: int) -> Made:
    """One iteration of the trainer; `config` as JSON."""
    set_threads(threads)
    settings = Config.from_json(config, "benchmark")
    images = noise_images(BATCHES * settings.batch)
    trainer = Trainer(settings, Dataset(images, np.full(len(images), settings.digit or 0, np.uint8), "noise"))

    def check(path: str) -> dict[str, float]:
        arrays = gradients(trainer, settings)
        np.savez(path, **arrays)  # type: ignore[arg-type]
        return {}

    return Made({"iteration": trainer.iterate}, check)


def margins(network: Layer, x: Array) -> tuple[Array, Array]:
    """The network's output, and for every sample how near its nearest activation comes to zero.

    All layers but the last have a LeakyReLU, whose slope changes at zero. The margin is measured in the layer's RMS.
    """
    least = np.full(len(x), np.inf)
    *inner, last = (layer for _, layer in network.leaves())
    for layer in inner:
        x, _ = layer.forward(x)
        sizes = np.abs(x.reshape(len(x), -1))  # (N, activations)
        least = np.minimum(least, sizes.min(1) / np.sqrt((sizes**2).mean()))
    return last.forward(x)[0], least


def clear_samples(trainer: Trainer, config: Config) -> tuple[Array, Array]:
    """A batch of images and one of latents with no activation near zero.

    Where an activation is so small that rounding decides its sign, one side's mask lets a gradient through that the
    other's divides by five: equal programs then differ by a thousandth. Of a larger pool the clearest samples are kept.
    """
    G, D = trainer.players.generator, trainer.players.discriminator
    real = to_unit(noise_images(POOL * config.batch))  # (POOL B, 28, 28, 1)
    latents = np.random.default_rng(1).standard_normal((len(real), config.latent), np.float32)
    least = np.empty((2, len(real)))  # of real images, of latents
    for start in range(0, len(real), config.batch):  # a batch at a time: the peak of memory is to be an iteration's
        batch = slice(start, start + config.batch)
        fake, least_g = margins(G, latents[batch])
        least[:, batch] = margins(D, real[batch])[1], np.minimum(least_g, margins(D, fake)[1])
    clearest = np.argsort(-least)[:, : config.batch]
    return real[clearest[0]], latents[clearest[1]]


def gradients(trainer: Trainer, config: Config) -> Arrays:
    """Weights, a batch, latents, and the gradients of one iteration at learning rate 0, each by part and name."""
    players = trainer.players
    real, latents = clear_samples(trainer, config)  # (B, 28, 28, 1), (B, latent)
    arrays: Arrays = {"real": real.astype(np.float32), "latents": latents.astype(np.float32)}
    for part, network in (("generator", players.generator), ("discriminator", players.discriminator)):
        arrays |= {f"{part}.{name}": w.astype(np.float32) for name, w in network.parameters().items()}

    def between() -> None:  # G's update zeroes or overwrites what D's has left
        found = players.discriminator.gradients()
        arrays.update({f"discriminator gradient.{name}": dw.astype(np.float32) for name, dw in found.items()})

    digits = np.zeros(len(real), np.uint8)  # nobody asks: there are no labels
    trainer.game(players, real, digits, [latents], 0.0, between)
    found = players.generator.gradients()
    return arrays | {f"generator gradient.{name}": dw.astype(np.float32) for name, dw in found.items()}


def products(threads: int) -> Made:
    """A product of two 1024 x 1024 matrices on every thread at once: what BLAS can do when nothing is in its way."""
    set_threads(threads)
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((SIDE, SIDE), np.float32) for _ in range(2))
    results = np.empty((threads, SIDE, SIDE), np.float32)

    def multiply(start: int, stop: int) -> None:
        for index in range(start, stop):
            np.matmul(a, b, out=results[index])

    return Made({"products": lambda: spread(multiply, threads)})
