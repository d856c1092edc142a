"""Show both networks at work on one drawing: what is inside them, and how the judge rates all drawings.

A recorded run has no weights, so its diagrams are stored beside its pictures, in images/<iteration>.game.json.

The *maps* are three channels of every feature map between the latent and the logit. They are always the same channels,
so that one can follow them while the run trains. The *scale* holds the judge's logits of the 64 drawings on the sheet
and of 64 real digits. In the relativistic game a logit has no zero of its own (gan/rules/relativistic.py), and with
labels each digit has another one. So the median of the real digits of the same class is subtracted from every logit.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.data.pictures import SIDE
from gan.errors import parse_json
from gan.rules.latents import one_hot
from gan.runs.messages import Scale
from gan.runs.run import Run, read_regular_file
from gan.runs.sheet_evaluator import Verdicts
from gan.runs.trainer import Drawings, Trainer
from nnet.durable_write import replacing
from nnet.fast.accelerate import twin
from nnet.layer import Array, Layer

CHANNELS = 3  # of every feature map
LATENT_COLUMNS, LATENT_ROWS = 8, 8  # the first 64 numbers of the latent
MAX_BYTES = 20_000  # of a stored diagram; 64 ratings of each kind and a picture of 42 x 50 pixels take 4,000
PNG_START = b"\x89PNG"
SPREAD = 2.0  # latent number at which a cell is black or white; 5 % of normal random numbers are beyond


def feature_maps(network: Layer, x: Array) -> list[NDArray[np.float32]]:
    """Return three channels of every feature map for one input, (1, ...): arrays (3, H, W), in the network's order."""
    maps = []
    for _, layer in network.leaves():
        x, _ = layer.forward(x)
        if x.ndim == 4 and x.shape[1] < SIDE:  # (1, H, W, C)
            chosen = np.linspace(0, x.shape[3], CHANNELS, endpoint=False).astype(int)  # (3,)
            maps.append(x[0, ..., chosen])  # indexing moves the channels to the front
    return maps


def in_grey(maps: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return (n, H, W) as grey levels: white up to 0, black at the largest number of each map."""
    positive = np.maximum(np.nan_to_num(maps, posinf=0, neginf=0), 0)
    largest = np.maximum(positive.max((1, 2), keepdims=True), np.finfo(np.float32).tiny)  # (n, 1, 1)
    return np.rint(255 - 255 * (positive / largest)).astype(np.uint8)


def latent_picture(latent: Array) -> NDArray[np.uint8]:
    """Return the first 64 numbers of a latent, (latent,), as a picture, (8, 8); missing numbers are white."""
    cells = np.full(LATENT_ROWS * LATENT_COLUMNS, 255, np.uint8)
    numbers = latent[: len(cells)]
    cells[: len(numbers)] = np.rint(127.5 - 127.5 * np.clip(numbers / SPREAD, -1, 1))
    return cells.reshape(LATENT_ROWS, LATENT_COLUMNS)


def maps_picture(trainer: Trainer, drawings: Drawings, index: int, generator: Layer | None = None) -> NDArray[np.uint8]:
    """Return all maps for one drawing in one picture, (42, 50) uint8. By default the averaged generator has drawn it.

    From left to right: G's maps of 7 x 7, G's of 14 x 14, D's of 14 x 14, D's of 7 x 7, each with three channels below
    one another, and the latent. static/js/logic/network-diagram.js knows the places.
    """
    latent = trainer.picture_latents[index : index + 1]  # (1, inputs)
    inside = feature_maps(twin(trainer.average.network, "im2col") if generator is None else generator, latent)
    inside += feature_maps(trainer.players.discriminator, drawings.output[index : index + 1])
    columns = [in_grey(maps).reshape(-1, maps.shape[2]) for maps in inside]
    columns.append(latent_picture(latent[0, : trainer.config.latent]))
    picture = np.full((max(map(len, columns)), sum(column.shape[1] for column in columns)), 255, np.uint8)
    left = 0
    for column in columns:
        picture[: len(column), left : left + column.shape[1]] = column
        left += column.shape[1]
    return picture


def scale(verdicts: Verdicts, digits: NDArray[np.integer] | None) -> Scale:
    """Return the judge's logits relative to the median real digit of the same class.

    `digits` has the requested digit of each drawing, (64,), or is None if G chooses.
    """
    drawn, real = verdicts
    classes = one_hot(np.zeros(len(real), int) if digits is None else digits).T.astype(bool)  # (10, 64)
    middle = np.zeros(len(real))
    for chosen in classes[classes.any(1)]:
        middle[chosen] = np.median(real[chosen])
    return {"drawn": rounded(drawn - middle), "real": rounded(real - middle)}


def rounded(numbers: NDArray[np.floating]) -> list[float | None]:
    """Round to two decimals. Numbers that are not finite become None, because JSON cannot represent them."""
    return [round(number, 2) if np.isfinite(number) else None for number in numbers.tolist()]


@dataclass(frozen=True)
class RecordedDiagram:
    """The diagram of one picture. The maps, a PNG in base64, belong to the drawing with this index."""

    scale: Scale
    drawing: int
    maps: str


def diagram_path(run: Run, iteration: int) -> Path:
    return run.picture_path(iteration).with_suffix(".game.json")


def write_diagram(run: Run, iteration: int, diagram: RecordedDiagram) -> None:
    with replacing(diagram_path(run, iteration)) as part:
        part.write_text(json.dumps(vars(diagram), separators=(",", ":")), "utf-8")


def read_diagram(run: Run, iteration: int) -> RecordedDiagram | None:
    """Return the diagram of a picture, or None if its file is missing or invalid."""
    try:
        text = read_regular_file(diagram_path(run, iteration), MAX_BYTES).decode("utf-8")
        diagram = RecordedDiagram(**parse_json(text))
        ratings = [rating for side in ("drawn", "real") for rating in diagram.scale[side]]
        whole = base64.b64decode(diagram.maps, validate=True).startswith(PNG_START) and type(diagram.drawing) is int
        if not whole or not all(rating is None or type(rating) in (int, float) for rating in ratings):
            return None
        return diagram
    except (OSError, ValueError, TypeError, KeyError):
        return None
