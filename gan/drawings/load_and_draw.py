"""Load trained networks from weights files, and draw pictures with them.

A run saves its generator with weights averaged over training, and its discriminator in its checkpoints. The shipped
discriminator is in its final state.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gan.data.pictures import to_ink
from gan.drawings.finish import with_finish
from gan.errors import InputError
from gan.rules.config import Config
from gan.rules.latents import draw_latents
from nnet import weights
from nnet.image_output import Finish
from nnet.initializers import UNDRAWN
from nnet.layer import Layer
from nnet.sequential import Sequential
from nnet.weights import WeightsError

PRETRAINED = Path(__file__).parents[1] / "pretrained"  # the folder of the shipped networks
DISCRIMINATOR = PRETRAINED / "discriminator.safetensors"  # the judge on the page "Real or drawn?"
PROGRESS_AFTER = 1  # seconds of drawing after which a progress bar appears
BATCH = 128  # digits drawn at once, which bounds the memory for any n
Build = Callable[[Config], Sequential]
Widths = Callable[[Config], tuple[int, ...]]  # adjacent layer widths; their products are a lower bound on the size


def pretrained(digit: int | None) -> Path:
    """Return the path of the shipped generator of a digit, or of all digits (None). The file need not exist."""
    return PRETRAINED / ("any.safetensors" if digit is None else f"digit-{digit}.safetensors")


def load_generator(path: Path | str) -> tuple[Sequential, Config]:
    """Build the generator that a weights file describes, with its finish if it has one, and load its weights.

    It is in float32, whatever dtype the file has. Raise InputError if the file is missing, damaged, not a generator, or
    does not match its own config.
    """

    def build(config: Config) -> Sequential:
        generator = config.build_generator(UNDRAWN)
        return with_finish(generator, Finish()) if config.finish else generator

    return _load(path, build, lambda config: (config.inputs, *config.hidden_generator, *config.channels[::-1]))


def load_discriminator(path: Path | str) -> tuple[Sequential, Config]:
    """Load a discriminator, (N, 28, 28, 1) -> (N, outputs) logits, in the same way as `load_generator`."""
    return _load(path, lambda config: config.build_discriminator(UNDRAWN), lambda config: config.channels)


def _load(path: Path | str, build: Build, widths: Widths) -> tuple[Sequential, Config]:
    try:
        arrays, texts = weights.load(path)
        if "config" not in texts:
            raise InputError(f"{path}: expected a network of this program, found a weights file without config")
        config = Config.from_json(texts["config"], str(path))
        size = sum(array.size for array in arrays.values())
        if sum(a * b for a, b in pairwise(widths(config))) > size:  # building a huge network could fill the memory
            raise InputError(f"{path}: its config describes a larger network than the file holds; use another", "model")
        network = build(config)
        weights.copy_into(network.parameters(), arrays, str(path))
    except WeightsError as error:
        raise InputError(str(error), "model") from error
    return network, config


def load_pretrained(digit: int | None) -> tuple[Sequential, Config]:
    """Load the shipped generator of a digit, or of all digits (None). Raise InputError if it is not shipped."""
    path = pretrained(digit)
    if not path.is_file():
        what = "all digits" if digit is None else f"the digit {digit}"
        raise InputError(
            f"no generator of {what} is bundled: expected {path.parent.name}/{path.name}, found none; "
            "train one and pass its generator.safetensors as --model",
            "model",
        )
    return load_generator(path)


def discriminator_weights(checkpoint: Path) -> dict[str, NDArray]:
    """Return the discriminator's weights in a run's checkpoint. Raise WeightsError if it is damaged."""
    prefix = "discriminator."
    state, _ = weights.load(checkpoint)
    return {name.removeprefix(prefix): w for name, w in state.items() if name.startswith(prefix)}


def discriminator_of_checkpoint(checkpoint: Path, config: Config) -> Layer:
    """Load a run's discriminator from its checkpoint. Raise InputError if it is damaged or does not fit the config."""
    network = config.build_discriminator(UNDRAWN)
    try:
        weights.copy_into(network.parameters(), discriminator_weights(checkpoint), str(checkpoint))
    except WeightsError as error:
        raise InputError(str(error), "run") from error
    return network


def draw(generator: Layer, latents: NDArray[np.float32], progress: bool = False) -> NDArray[np.uint8]:
    """Draw one digit for each latent vector, (n, inputs) float32, from `draw_latents`: (n, 28, 28) uint8, ink 255.

    With `progress`, show a progress bar on a terminal after `PROGRESS_AFTER` seconds.
    """
    starts: Iterable[int] = range(0, len(latents), BATCH)
    if progress:
        starts = tqdm(starts, unit="batch", delay=PROGRESS_AFTER, disable=None)
    drawn = [to_ink(generator.forward(latents[i : i + BATCH])[0]) for i in starts]
    return np.concatenate(drawn) if drawn else np.empty((0, 28, 28), np.uint8)


def draw_random(
    generator: Layer, config: Config, n: int, rng: np.random.Generator, digit: int | None = None, progress: bool = False
) -> NDArray[np.uint8]:
    """Draw n digits from random latents at the config's temperature, (n, 28, 28) uint8, ink 255.

    A generator with labels draws the requested digit. If none is requested, it draws random digits, all equally likely.
    """
    digits = None if digit is None else np.full(n, digit)
    return draw(generator, draw_latents(config, n, rng, digits, config.temperature), progress)
