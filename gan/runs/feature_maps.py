"""Show both networks at work on one drawing: what is inside them, and how the judge rates all drawings.

A recorded run has no weights, so its diagrams are stored beside its pictures, in images/<iteration>.game.json.

The *maps* are three channels of every feature map between the latent and the logit: those that vary most between the
drawings of the sheet. The *scale* holds the judge's logits of the 64 drawings on the sheet
and of 64 real digits. In the relativistic game a logit has no zero of its own (gan/rules/relativistic.py), and with
labels each digit has another one. So the median of the real digits of the same class is subtracted from every logit.
"""

import base64
import json
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.data.images_and_sheets import SIDE
from gan.errors import parse_json
from gan.rules.latents import one_hot
from gan.runs.messages import Scale
from gan.runs.run import Run, read_regular_file
from gan.runs.sheet_evaluator import Verdicts
from gan.runs.trainer import Drawings, Trainer
from nnet.durable_write import replacing
from nnet.fast.accelerate import accelerate
from nnet.layer import Array, Layer

CHANNELS = 3  # shown of every feature map
NEARLY = 0.7  # fraction of the largest possible variance; in a run, the channels of 14 x 14 then change once or twice
Channels = NDArray[np.intp]  # indices
MAX_BYTES = 20_000  # of a stored diagram; 64 ratings of each kind and a picture of 42 x 42 pixels take 4,000
PNG_START = b"\x89PNG"


def feature_maps(network: Layer, x: Array) -> list[Array]:
    """Return the feature maps of every layer for N inputs: arrays (N, H, W, C), in the network's order."""
    maps = []
    for _, layer in network.leaves():
        x, _ = layer.forward(x)
        if x.ndim == 4 and x.shape[1] < SIDE:
            maps.append(x)
    return maps


def most_varying(maps: Array, before: Channels | None = None) -> Channels:
    """Return the three channels of feature maps, (N, H, W, C), that vary most between the inputs, ascending.

    Return `before` as long as those channels vary nearly as much.
    """
    numbers = np.nan_to_num(maps.astype(np.float64), posinf=0, neginf=0)  # the network may have overflowed
    variance = numbers.var(0).sum((0, 1))  # (C,)
    most = np.sort(np.argsort(-variance, kind="stable")[:CHANNELS])
    return most if before is None or variance[before].sum() < NEARLY * variance[most].sum() else before


def in_grey(maps: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return (n, H, W) as grey levels: white up to 0, black at the largest number of each map."""
    positive = np.maximum(np.nan_to_num(maps, posinf=0, neginf=0), 0)
    largest = np.maximum(positive.max((1, 2), keepdims=True), np.finfo(np.float32).tiny)  # (n, 1, 1)
    return np.rint(255 - 255 * (positive / largest)).astype(np.uint8)


class ShownMaps:
    """Makes pictures of maps. It keeps showing the same channels, so that one can follow them while the run trains."""

    def __init__(self) -> None:
        self.channels: list[Channels] = []

    def picture(
        self, trainer: Trainer, drawings: Drawings, index: int, generator: Layer | None = None
    ) -> NDArray[np.uint8]:
        """Return all maps for one drawing in one picture, (42, 42). By default the averaged generator has drawn it.

        From left to right: G's maps of 7 x 7, G's of 14 x 14, D's of 14 x 14, D's of 7 x 7, each with three channels
        below one another. static/js/logic/network-diagram.js knows the places.
        """
        latents = trainer.picture_latents
        inside = feature_maps(generator or accelerate(trainer.average.network, "im2col"), latents)
        inside += feature_maps(trainer.players.discriminator, drawings.output)
        self.channels = [most_varying(*pair) for pair in zip_longest(inside, self.channels)]
        shown = [maps[index][..., chosen] for maps, chosen in zip(inside, self.channels, strict=True)]  # (H, W, 3)
        columns = [in_grey(np.moveaxis(maps, -1, 0)).reshape(-1, maps.shape[1]) for maps in shown]
        paddings = [((0, CHANNELS * SIDE // 2 - len(column)), (0, 0)) for column in columns]
        return np.hstack([np.pad(*pair, constant_values=255) for pair in zip(columns, paddings, strict=True)])


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
