"""Load trained generators from weights files, and draw pictures with them.

A run saves its generator with weights averaged over training.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gan.base.errors import InputError
from gan.base.labels import DIGITS
from gan.data.images_and_sheets import to_ink
from gan.drawings.match_mnist_grey_levels import with_finish
from gan.rules.latents import draw_latents, with_labels
from gan.rules.run_config import Config
from nnet import weights
from nnet.clipped_tanh_and_finish import Finish
from nnet.fast.parallel_forward import forward_on_threads
from nnet.initializers import UNDRAWN
from nnet.layer import Layer
from nnet.sequential import Sequential
from nnet.weights import WeightsError

# the folder of the shipped networks
PRETRAINED = Path(__file__).parents[1] / "pretrained"
PROGRESS_AFTER = 1  # seconds of drawing after which a progress bar appears
BATCH = 128  # digits drawn at once, which bounds the memory for any n


def pretrained(digit: int | None) -> Path:
    """Return the path of the shipped generator of a digit, or of all digits (None).

    The file need not exist.
    """
    name = "any" if digit is None else f"digit-{digit}"
    return PRETRAINED / f"{name}.safetensors"


def load_generator(path: Path | str) -> tuple[Sequential, Config]:
    """Load the generator in a weights file, with its finish if it has one.

    The weights are float32, whatever dtype the file has. Raise InputError if the file
    is missing, damaged, not a generator, or does not match its own config.
    """
    try:
        arrays, texts = weights.load(path)
        if "config" not in texts:
            found = "found other weights; name a generator.safetensors"
            raise InputError(f"{path}: expected a network of this program, {found}")
        config = Config.from_json(texts["config"], str(path))
        generator = config.build_generator(UNDRAWN)
        network = with_finish(generator, Finish()) if config.finish else generator
        weights.copy_into(network.parameters(), arrays, str(path))
    except WeightsError as error:
        raise InputError(str(error), "model") from error
    return network, config


def load_pretrained(digit: int | None) -> tuple[Sequential, Config]:
    """Load the shipped generator of a digit, or of all digits (None).

    Raise InputError if its file is missing or damaged.
    """
    return load_generator(pretrained(digit))


# Cached, because the server uses them for every request. All eleven take 17 MB.
bundled = lru_cache(maxsize=DIGITS + 1)(load_pretrained)


def draw(
    generator: Layer, latents: NDArray[np.float32], progress: bool = False
) -> NDArray[np.uint8]:
    """Draw one digit for each latent vector: (n, 28, 28) uint8, ink 255.

    The latents, (n, inputs) float32, are those of `draw_latents`. With `progress`, show
    a progress bar on a terminal after `PROGRESS_AFTER` seconds.
    """
    starts: Iterable[int] = range(0, len(latents), BATCH)
    if progress:
        starts = tqdm(starts, unit="batch", delay=PROGRESS_AFTER, disable=None)
    images = np.empty((len(latents), 28, 28), np.uint8)
    for start in starts:
        rows = slice(start, start + BATCH)
        images[rows] = to_ink(forward_on_threads(generator, latents[rows]))
    return images


def draw_random(
    generator: Layer,
    config: Config,
    n: int,
    rng: np.random.Generator,
    digit: int | None = None,
    progress: bool = False,
) -> NDArray[np.uint8]:
    """Draw n digits from random latents: (n, 28, 28) uint8, ink 255.

    The config gives the temperature. A generator with labels draws the requested digit.
    If none is requested, it draws random digits, all equally likely.
    """
    digits = None if digit is None else np.full(n, digit)
    latents = draw_latents(config, n, rng, digits, config.temperature)
    return draw(generator, latents, progress)


def latent_at(config: Config, seed: int, x: float, y: float) -> NDArray[np.float32]:
    """Return the latent, (latent,) float32, at a point of a disk of latents.

    The disk has radius 1; points outside are allowed. The centre is the latent of the
    seed, and two other latents, the directions, lie to the right of it and above it. A
    point at distance t from the centre is cos(t pi/2) centre + sin(t pi/2) direction.
    This latent is normally distributed, too, because cos^2 + sin^2 = 1 preserves the
    variance. On a straight line, the variance would be half as large halfway, and G has
    hardly been trained on such latents.
    """
    normal = np.random.default_rng(seed).standard_normal((3, config.latent), np.float32)
    middle, right, up = np.float32(config.temperature) * normal
    away = math.hypot(x, y)
    direction = (x * right + y * up) / away if away else right
    angle = np.pi / 2 * away
    return (np.cos(angle) * middle + np.sin(angle) * direction).astype(np.float32)


def draw_ten(
    generator: Layer, config: Config, seed: int, x: float, y: float
) -> NDArray[np.uint8]:
    """Draw all ten digits at a point of the disk: (10, 28, 28) uint8, ink 255.

    The generator must have labels.
    """
    latents = np.tile(latent_at(config, seed, x, y), (DIGITS, 1))
    return draw(generator, with_labels(latents, np.arange(DIGITS)))
