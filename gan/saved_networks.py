"""Load trained networks from weights files. Each file also describes its network and how it was trained.

A run saves its generator with weights averaged over training. The shipped discriminator is in its final state. The
discriminators of other runs are stored in their checkpoints.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from numpy.typing import NDArray

from gan.config import Config
from gan.errors import InputError
from gan.shipped import pretrained
from nnet import weights
from nnet.initializers import UNDRAWN
from nnet.layer import Layer
from nnet.weights import WeightsError

Build = Callable[[Config], Layer]
Widths = Callable[[Config], tuple[int, ...]]  # consecutive layer widths; their products bound the size from below


def load_generator(path: Path | str) -> tuple[Layer, Config]:
    """Build the generator that a weights file describes, and load its weights.

    Returns
    -------
    (generator, config) : the generator in float32, whatever dtype the file has

    Raises
    ------
    InputError : if the file is missing, damaged, not a generator, or does not match its own config.
    """
    return _load(
        path,
        lambda config: config.build_generator(UNDRAWN),
        lambda config: (config.inputs, *config.hidden_generator, *config.channels[::-1]),
    )


def load_discriminator(path: Path | str) -> tuple[Layer, Config]:
    """Load a discriminator, (N, 28, 28, 1) -> (N, outputs) logits, in the same way as `load_generator`."""
    return _load(path, lambda config: config.build_discriminator(UNDRAWN), lambda config: config.channels)


def _load(path: Path | str, build: Build, widths: Widths) -> tuple[Layer, Config]:
    try:
        arrays, texts = weights.load(path)
        if "config" not in texts:
            raise InputError(f"{path}: expected a network that train.py made, found a weights file without config")
        config = Config.from_json(texts["config"], str(path))
        size = sum(array.size for array in arrays.values())
        if sum(a * b for a, b in pairwise(widths(config))) > size:  # building a huge network could fill the memory
            raise InputError(f"{path}: its config describes a larger network than the file holds; use another", "model")
        network = build(config)
        weights.assign(network, arrays, str(path))
    except WeightsError as error:
        raise InputError(str(error), "model") from error
    return network, config


def load_pretrained(digit: int | None) -> tuple[Layer, Config]:
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
    """Return the discriminator's weights from a run's checkpoint, by name. Raise WeightsError if it is damaged."""
    prefix = "discriminator."
    state, _ = weights.load(checkpoint)
    return {name.removeprefix(prefix): w for name, w in state.items() if name.startswith(prefix)}


def discriminator_of_checkpoint(checkpoint: Path, config: Config) -> Layer:
    """Load a run's discriminator from its checkpoint. Raise InputError if it is damaged or does not fit the config."""
    network = config.build_discriminator(UNDRAWN)
    try:
        weights.assign(network, discriminator_weights(checkpoint), str(checkpoint))
    except WeightsError as error:
        raise InputError(str(error), "run") from error
    return network
