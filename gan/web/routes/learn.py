"""Serve the content of the page "How it works": source files, a morphing digit, and a gradient check.

The gradient check compares one layer's analytic derivative with the measured slope. It uses small float64 versions of
the two players' layers, followed by tanh instead of LeakyReLU, because a finite difference across the kink of LeakyReLU
would mix two slopes (nnet/gradcheck.py).
"""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from aiohttp import web

from gan.cli.parameter import DIGIT, SEED, Parameter
from gan.data.pictures import sheet
from gan.drawings.latent_walk import between
from gan.drawings.load_and_draw import draw, load_pretrained
from gan.rules.config import Config
from gan.rules.latents import with_labels
from gan.runs.trainer import PICTURE_LATENTS
from gan.web.http.params import read_query
from gan.web.http.responses import cached
from gan.web.keys import DRAWINGS, PREPARATION
from gan.web.services.turns import MOST_ITERATIONS, play
from nnet.activations import Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.gradcheck import Check, check_layer, in_float64
from nnet.layer import Layer

FRAMES = 49  # drawings from one latent to the other, enough to look continuous on the page

# The source files of a complete GAN, in reading order.
FILES = {
    "gan/plain/one_digit.py": "A whole GAN in forty lines",
    "nnet/layer.py": "What a layer is: forward, backward, frozen",
    "nnet/sequential.py": "A chain of layers, and the chain rule",
    "nnet/activations.py": "LeakyReLU, Tanh, Reshape",
    "nnet/dense.py": "The dense layer",
    "nnet/conv.py": "The convolution and its transpose",
    "nnet/losses.py": "The loss of the classic game",
    "nnet/optimizers.py": "Adam, which moves the weights",
    "gan/plain/models.py": "The two players",
    "gan/plain/training.py": "One iteration: D learns, then G through a frozen D",
    "gan/rules/config.py": "The settings of a run, with a reason for each number",
    "gan/rules/relativistic.py": "The game of the shipped networks",
    "gan/rules/penalty.py": "The gradient penalty",
}

DECIMALS = 9
WRONG = 1e-6  # an error above this is too large for rounding, so the derivative is wrong

Make = Callable[[np.random.Generator], Layer]

# Maps a name to (function that makes the layer, shape of its input).
LAYERS: dict[str, tuple[Make, tuple[int, ...]]] = {
    "dense": (lambda rng: Dense(5, 3, rng, Tanh()), (4, 5)),
    "convolution": (lambda rng: Conv2D(2, 3, rng, activation=Tanh()), (1, 4, 4, 2)),
    "transposed convolution": (lambda rng: ConvTranspose2D(3, 2, rng, activation=Tanh()), (1, 2, 2, 3)),
}

START = replace(SEED, name="from", help="Seed of the first drawing.")
END = replace(SEED, name="to", default=1, help="Seed of the last drawing.")
LAYER = Parameter("layer", str, choices=tuple(LAYERS), help="Kind of the layer.")


DIGIT_OR_ALL = replace(DIGIT, none="all digits")
ITERATION = Parameter("iteration", int, 1, MOST_ITERATIONS, default=1, help="The iteration.")
DRAWING = Parameter("drawing", int, 0, PICTURE_LATENTS - 1, default=0, help="The drawing, counted from 0.")


@lru_cache(maxsize=1)
def shipped() -> tuple[Layer, Config]:
    """Return the bundled generator of all digits. Raise InputError if there is none."""
    return load_pretrained(None)


def morph(digit: int, start: int, end: int) -> bytes:
    """Return a PNG strip of `FRAMES` drawings of a digit, from the latent of one seed to the latent of another.

    The generator of all digits draws them, so other digits drawn from the same latents have the same style. Raise
    InputError if this generator is missing.
    """
    generator, config = shipped()
    rngs = map(np.random.default_rng, (start, end))
    first, last = (np.float32(config.temperature) * rng.standard_normal(config.latent, np.float32) for rng in rngs)
    latents = with_labels(between(first, last, np.linspace(0, 1, FRAMES)), np.full(FRAMES, digit))  # (FRAMES, inputs)
    file = io.BytesIO()
    sheet(draw(generator, latents), columns=FRAMES).save(file, "PNG")
    return file.getvalue()


def turns(digit: int | None, seed: int, iteration: int, drawing: int) -> bytes:
    """Return the turns of an iteration as JSON."""
    return json.dumps(play(digit, seed, iteration, drawing)).encode()


# The gradient check


def check_gradient(name: str, seed: int) -> list[Check]:
    """Return one Check for the input x and one for each weight array, along random directions."""
    rng = np.random.default_rng(seed)
    make, shape = LAYERS[name]
    layer = in_float64(make(rng))
    return check_layer(layer, rng.standard_normal(shape), rng)


def to_json(checks: list[Check]) -> dict[str, str | list[list[str]]]:
    """Return the checks for the page: a row of cells for each check, and one sentence about all of them."""
    return {"rows": [cells(check) for check in checks], "verdict": verdict(checks)}


def cells(check: Check) -> list[str]:
    """Return (parameter, analytic gradient, numeric gradient) as text."""
    what = {"x": "input x", "b": "bias b"}.get(check.name, f"weights {check.name}")
    return [what, f"{check.analytic:.{DECIMALS}f}", f"{check.numeric:.{DECIMALS}f}"]


def verdict(checks: list[Check]) -> str:
    """Say what the largest error means. Errors are relative to the slope, or to 1 if the slope is smaller."""
    worst = max(check.error for check in checks)
    return f"The largest error is {worst:.1e}: the derivative is {'right' if worst < WRONG else 'wrong'}."


# Requests


async def show_morph(request: web.Request) -> web.Response:
    """Respond with a strip of drawings in which a digit turns into another drawing of the same digit."""
    digit, start, end = read_query(request, DIGIT, START, END)
    return cached(request, await request.app[DRAWINGS].run(morph, digit, start, end), "image/png")


async def show_turns(request: web.Request) -> web.Response:
    """Respond with one of the first iterations of a quick GAN, turn by turn."""
    digit, seed, iteration, drawing = read_query(request, DIGIT_OR_ALL, SEED, ITERATION, DRAWING)
    await request.app[PREPARATION].wait(lambda: request.transport is not None, "training")
    return cached(request, await request.app[DRAWINGS].run(turns, digit, seed, iteration, drawing), "application/json")


async def show_gradient(request: web.Request) -> web.Response:
    """Respond with the analytic derivative of one layer and the measured slope."""
    layer, seed = read_query(request, LAYER, SEED)
    checks = await request.app[DRAWINGS].run(check_gradient, layer, seed)
    return web.json_response({"layer": layer, "seed": seed, **to_json(checks)})
