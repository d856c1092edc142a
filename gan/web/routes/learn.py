"""What the page "How it works" shows of the program: layers, source files, and a digit that turns into another."""

import io
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gan.config import Config, preset
from gan.latent_walk import between
from gan.latents import with_labels
from gan.pictures import sheet
from gan.sample import draw
from gan.saved_networks import load_pretrained
from nnet.activations import Reshape
from nnet.conv import Conv2D, Convolution
from nnet.layer import Layer
from nnet.sequential import Sequential

FRAMES = 49  # drawings from one latent to the other, enough to look continuous

# The files of a whole GAN, in reading order.
FILES = {
    "gan/plain.py": "A whole GAN in one program",
    "nnet/layer.py": "What a layer is: forward, backward, frozen",
    "nnet/sequential.py": "A chain of layers, and the chain rule",
    "nnet/activations.py": "LeakyReLU, Tanh, Reshape",
    "nnet/dense.py": "The dense layer",
    "nnet/conv.py": "The convolution and its transpose",
    "nnet/losses.py": "The loss of the classic game",
    "nnet/optimizers.py": "Adam, which moves the weights",
    "gan/models.py": "The two players",
    "gan/training.py": "One iteration: D learns, then G through a frozen D",
    "gan/config.py": "What can be chosen of a run, each number with its reason",
    "gan/relativistic.py": "The game of the shipped networks",
    "gan/penalty.py": "The gradient penalty",
}


class Row(NamedTuple):
    """One layer of a player: kind, output shape, number of weights."""

    kind: str
    shape: str
    weights: int


@lru_cache(maxsize=1)
def players() -> dict[str, tuple[Row, ...]]:
    """Return the layers of both players of one digit."""
    config, rng = preset(0), np.random.default_rng(0)
    return {
        "G, the generator": rows(config.build_generator(rng), (config.inputs,)),
        "D, the discriminator": rows(config.build_discriminator(rng), (28, 28, 1)),
    }


def rows(network: Sequential, shape: tuple[int, ...]) -> tuple[Row, ...]:
    """Return a row for the input and one for every layer."""
    found = [Row("input", _by(shape), 0)]
    for layer in network.layers:
        shape = _shape_after(layer, shape)
        found.append(Row(type(layer).__name__, _by(shape), sum(w.size for w in layer.params.values())))
    return tuple(found)


def _shape_after(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    if isinstance(layer, Reshape):
        return layer.shape
    outputs = layer.params["b"].size
    if not isinstance(layer, Convolution):
        return (outputs,)
    sides = [side // layer.stride if isinstance(layer, Conv2D) else side * layer.stride for side in shape[:2]]
    return (*sides, outputs)


def _by(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


@lru_cache(maxsize=1)
def shipped() -> tuple[Layer, Config]:
    """Return the bundled generator of all digits. InputError if there is none."""
    return load_pretrained(None)


def morph(digit: int, start: int, end: int) -> bytes:
    """Return a strip of `FRAMES` drawings of a digit, PNG, from the latent of one seed to that of another.

    The generator of all digits draws them, so other digits from the same latents have the same style. InputError if it
    is missing.
    """
    generator, config = shipped()
    rngs = map(np.random.default_rng, (start, end))
    first, last = (np.float32(config.temperature) * rng.standard_normal(config.latent, np.float32) for rng in rngs)
    latents = with_labels(between(first, last, np.linspace(0, 1, FRAMES)), np.full(FRAMES, digit))  # (FRAMES, inputs)
    file = io.BytesIO()
    sheet(draw(generator, latents), columns=FRAMES).save(file, "PNG")
    return file.getvalue()
