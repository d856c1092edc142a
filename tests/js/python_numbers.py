"""Compute the numbers that the tests of the JavaScript expect: `python -m
tests.js.python_numbers` writes them to expected.json.

Both languages generate the same input from `Mulberry`, so the file has results alone.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gan.data.distortions import GENTLE, distort
from gan.data.picture_to_drawing import fit, pad, to_grey, to_ink
from gan.drawings.recognition import Recognition
from gan.plain.models import build_discriminator, build_generator
from gan.plain.training import Players, iterate
from gan.rules.latents import with_labels
from gan.rules.relativistic import Relativistic
from gan.runs.evaluation_record import Evaluation
from gan.runs.judge_ratings import scale
from gan.web.app import MAX_BODY_BYTES
from gan.web.site.recordings import CONSTANTS
from gan.write import layout, strokes_and_pages
from gan.write.glyphs.own_handwriting import MOST_NUMBERS, Mine
from gan.write.layout import Character
from gan.write.options_and_limits import LINES, PENS
from nnet.activations import LeakyReLU
from nnet.dense import Dense
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.optimizers import Adam
from nnet.sequential import Sequential
from tests.helpers.fake_worker import tiny
from tests.helpers.strokes import dot

HERE = Path(__file__).parent
FILE = HERE / "expected.json"
WORD = 2**32 - 1

LATENT = 6
CHANNELS = (8, 16)
BATCH = 12
LABELS = 10
MINE = Mine("abc", (0.5, 1.0), ((4, (1.0, -2.0)),), ((4, ((1, 2),)),))
ASKED = np.arange(64) % LABELS


class Mulberry:
    """Random numbers in [0, 1), as `random` in static/js/nn/random.js makes them."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def uniform(self) -> float:
        self.state = (self.state + 0x6D2B79F5) & WORD
        t = (self.state ^ (self.state >> 15)) * (self.state | 1) & WORD
        t ^= (t + (t ^ (t >> 7)) * (t | 61)) & WORD
        return ((t ^ (t >> 14)) + 0.5) / 2**32

    def normal(self) -> float:
        radius = math.sqrt(-2 * math.log(self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())

    def uniforms(self, *shape: int) -> NDArray[np.float64]:
        """Return numbers in [-1, 1)."""
        count = math.prod(shape)
        numbers = [2 * self.uniform() - 1 for _ in range(count)]
        return np.array(numbers).reshape(shape)

    def bytes(self, *shape: int) -> NDArray[np.uint8]:
        count = math.prod(shape)
        numbers = [math.floor(256 * self.uniform()) for _ in range(count)]
        return np.array(numbers, np.uint8).reshape(shape)


def fill(network: Layer, random: Mulberry) -> None:
    """Replace all weights by random ones."""
    for w in network.parameters().values():
        w[...] = 0.3 * random.uniforms(*w.shape)


def digest(array: NDArray[Any]) -> float:
    """Return a weighted sum, which differs if an element does."""
    return float(array.ravel() @ (np.arange(array.size) % 101 - 50.0)) / 50


def digests(arrays: Mapping[str, Array]) -> dict[str, float]:
    return {name: digest(array) for name, array in arrays.items()}


# static/js/nn and static/js/site/gan.js


def first_weights() -> list[dict[str, float]]:
    """Return the weights of both networks if every random number is 1."""
    ones: Any = Mock(standard_normal=np.ones)
    G = build_generator(LATENT + LABELS, CHANNELS, ones, [12])
    D = build_discriminator(1 + LABELS, CHANNELS, ones, [10])
    return [
        {name: w.flat[0].item() for name, w in network.parameters().items()}
        for network in (G, D)
    ]


def iterations(freeze: bool) -> dict[str, Any]:
    """Return the losses and weights of five iterations."""
    random = Mulberry(4)
    rng = np.random.default_rng(0)
    G: Layer = in_float64(build_generator(LATENT + LABELS, CHANNELS, rng, [12]))
    D: Layer = in_float64(build_discriminator(1 + LABELS, CHANNELS, rng, [10]))
    fill(G, random)
    fill(D, random)
    adams = (Adam(*both, beta1=0.0, beta2=0.9) for both in [(G, D), (D,)])
    players = Players(G, D, *adams)
    game = Relativistic(gamma=0, labels=True, freeze=freeze)
    losses = []
    average = {name: 0 * w for name, w in G.parameters().items()}
    for t in range(5):
        real = random.uniforms(BATCH, 28, 28, 1)
        digits = np.floor(5 * (1 + random.uniforms(BATCH))).astype(int)
        latents: list[Any] = [random.uniforms(BATCH, LATENT) for _ in range(2)]
        inputs = [with_labels(z, digits) for z in latents]
        result = game(players, real, digits, inputs, 5e-3)
        losses.append([result.d_loss, result.g_loss])
        for name, w in G.parameters().items():
            average[name] += (1 - min(0.998, (2 + t) / (11 + t))) * (w - average[name])
    weights = [digests(w) for w in (G.parameters(), D.parameters(), average)]
    return {"losses": losses, "weights": weights}


# static/js/logic/points-gan.js


def points_gan() -> dict[str, Any]:
    """Return the losses and weights of 200 iterations on points in the plane."""
    random = Mulberry(5)
    rng = np.random.default_rng(0)
    networks: list[Layer] = []
    for outputs in (2, 1):
        layers = Dense(2, 12, rng, LeakyReLU()), Dense(12, 8, rng, LeakyReLU())
        networks.append(in_float64(Sequential(*layers, Dense(8, outputs, rng))))
        fill(networks[-1], random)
    G, D = networks
    players = Players(G, D, Adam(G, D, beta2=0.99), Adam(D, beta2=0.99))
    losses = []
    for _ in range(200):
        real = random.uniforms(16, 2)
        latents = random.uniforms(16, 2)
        result = iterate(players, real, latents, 3e-3)
        losses.append([result.d_loss, result.g_loss])
    weights = [digests(network.parameters()) for network in networks]
    return {"losses": losses[::20], "weights": weights}


# Drawings


def pictures() -> list[NDArray[np.uint8]]:
    """Return 60 pictures, RGBA: noise, and discs of one colour on another."""
    random = Mulberry(6)
    result = []
    for place in range(60):
        height, width = 1 + random.bytes(2).astype(int) % 49
        if place % 2:
            picture = random.bytes(height, width, 4)
            opacity = place % 8
        else:
            paper, ink = random.bytes(2, 4)
            y = (2 * np.arange(height) - height)[:, None] * width
            x = (2 * np.arange(width) - width) * height
            inside = 2 * (x * x + y * y) < (width * height) ** 2
            picture = np.where(inside[..., None], ink, paper)
            opacity = place % 6
        picture[..., 3] = np.minimum(255, picture[..., 3].astype(int) * opacity)
        result.append(picture)
    return result


def drawing_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    ink = to_ink(fit(to_grey(Image.fromarray(picture))))
    return None if ink is None else pad([ink])


def drawings() -> list[float | None]:
    each = map(drawing_of, pictures())
    return [None if one is None else digest(one) for one in each]


class Replay:
    """A generator that returns given numbers: uniform ones in [-1, 1), normal ones."""

    def __init__(self, uniforms: NDArray[np.float64], normals: list[float]) -> None:
        self.uniforms = uniforms
        self.normals = normals

    def uniform(self, low: float, high: float, shape: Any) -> NDArray[np.float64]:
        count = math.prod(np.atleast_1d(shape))
        drawn = self.uniforms[:count].reshape(shape)
        self.uniforms = self.uniforms[count:]
        return low + (high - low) * (1 + drawn) / 2

    def standard_normal(self, shape: Any, dtype: Any) -> NDArray[np.float32]:
        return np.array(self.normals, dtype).reshape(shape)


def distorted() -> list[list[float]]:
    """Return some pixels of distorted noise."""
    results = []
    for seed in range(3):
        random = Mulberry(seed)
        image = random.bytes(1, 28, 28)
        uniforms = random.uniforms(6)
        rng: Any = Replay(uniforms, [random.normal() for _ in range(50)])
        pixels = distort(image, rng, GENTLE).astype(float)
        results.append(pixels.ravel()[::29].round(5).tolist())
    return results


def alikeness() -> float:
    """Return the mean cosine of blurred pictures."""
    soft = Mulberry(7).bytes(4, 28, 28).astype(float)
    for _ in range(2):
        wide = np.pad(soft, ((0, 0), (1, 1), (1, 1)))
        shifted = [wide[:, y : y + 28, x : x + 28] for y in range(3) for x in range(3)]
        soft = np.mean(shifted, 0)
    units = soft.reshape(4, -1)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    return float((units @ units.T)[np.triu_indices(4, 1)].mean())


# Numbers in handwriting


def squares() -> dict[str, Any]:
    """Return the writer's constants, and the places of dots on squared paper."""
    modules = (layout, strokes_and_pages)
    writer = {
        name: getattr(module, name)
        for module in modules
        for name in CONSTANTS[module].split()
    }
    places = []
    for radii in [(3, 8, 12), (30, 5, 20, 20, 5, 5, 5)]:
        line = [Character((dot(1.0, -10.0),), 2.0 * radius) for radius in radii]
        [xs], *_ = layout.lay_out([line], PENS["felt"], align="left", paper="squared")
        places.append({"radii": radii, "places": list(map(float, xs))})
    return {"writer": writer, "lines": places}


def handwriting() -> dict[str, Any]:
    return MINE.to_json()


def limits() -> dict[str, int]:
    return {"body": MAX_BODY_BYTES, "lines": LINES, "numbers": MOST_NUMBERS}


# What the server says about sheets


def in_full(value: Any, named: Mapping[str, Any]) -> Any:
    """Replace {"like": NAME, ...} as tables.test.js does."""
    if isinstance(value, list):
        return [in_full(one, named) for one in value]
    if not isinstance(value, dict):
        return value
    changes = {key: in_full(one, named) for key, one in value.items() if key != "like"}
    if "like" not in value:
        return changes
    base = in_full(named[value["like"]], named)
    return base | changes if isinstance(base, dict) else base


def readings() -> list[dict[str, Any]]:
    """Return what the server sends about the sheets in sheets.json: an evaluation, and
    fields that a row replaces.
    """
    tables = json.loads((HERE / "sheets.json").read_text("utf-8"))
    rows = in_full(tables["sheets"], tables["values"])
    result = []
    for _, given, _ in rows:
        near = given.get("near")
        recognition = Recognition(tuple(given["digits"]), tuple(given["confidence"]))
        evaluation = Evaluation(
            recognition, near and tuple(near), given.get("prefers_real")
        )
        config = tiny(given.get("digit"), labels=given.get("labels", False))
        result.append({**evaluation.fields(config), **given.get("fields", {})})
    return result


def ratings() -> Any:
    drawn, real = 3 * Mulberry(8).uniforms(2, 64)
    drawn[5] = np.inf
    return scale((drawn, real), ASKED)


def compute() -> Any:
    """Return the content of expected.json."""
    numbers = {
        "first_weights": first_weights(),
        "locked": iterations(freeze=True),
        "unlocked": iterations(freeze=False),
        "points_gan": points_gan(),
        "drawings": drawings(),
        "distorted": distorted(),
        "alikeness": alikeness(),
        "squares": squares(),
        "handwriting": handwriting(),
        "limits": limits(),
        "readings": readings(),
        "ratings": ratings(),
    }
    return json.loads(json.dumps(numbers))


if __name__ == "__main__":
    lines = (f'"{name}": {json.dumps(part)}' for name, part in compute().items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
