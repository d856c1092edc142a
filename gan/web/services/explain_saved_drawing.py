"""Describe one drawing of a saved picture.

The description has the digit that the classifier reads, and the nearest real digit. It
has the judge's ratings if they were recorded (gan/runs/judge_ratings.py), but no hints
where ink is missing, because the judge of that iteration was not saved. For the live
run, gan/runs/explain_drawing.py asks the judge.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.data import Dataset, load
from gan.data.images_and_sheets import Pictures, drawings_on, in_base64
from gan.data.nearest import Near, nearest_distances
from gan.drawings.classifier import features_and_logits, load_classifier
from gan.drawings.recognition import SURE
from gan.rules.latents import requested_digits
from gan.runs.judge_ratings import read_ratings
from gan.runs.provenance import own_data
from gan.runs.run import Run
from gan.web.services.catalogue import Catalogue, Description, Unknown

# Minimum probability, by the classifier, of the digit that a user's drawing should
# show. 99.3 % of real digits traced with a pen pass, and 0 to 19 % of scribbles, such
# as dots, zigzags, spirals and crosses.
LEAST_PROBABILITY = 0.05


@lru_cache(maxsize=1)
def near_in(file: Path, written: int) -> Near:
    """Return the nearest-neighbour search in a run's uploaded images.

    `written` is the modification time of the file: when it changes, the cache misses
    and the images are loaded again.
    """
    return Near(load(file))


class RealDigits:
    """The real digits, or the user's own images, that drawings are compared with.

    Runs train on `data`.
    """

    def __init__(self, data: Dataset) -> None:
        self.data = data
        # The nearest-neighbour searches, by the label names of a run: () stands for
        # digits, which are MNIST's if the data has other labels.
        self._near = {(): Near(load() if data.names else data), data.names: Near(data)}

    def near_for(self, run: Run) -> Near:
        """Return the nearest-neighbour search in the images that a run learns from.

        Raise Unknown if these images are not loaded.
        """
        names = run.config.names
        if file := own_data(run.path):
            return near_in(file, file.stat().st_mtime_ns)
        if names not in self._near:
            raise Unknown(
                f"The images of {', '.join(names)} are not loaded. "
                "Start the server with their --data.",
                "id",
            )
        return self._near[names]

    def refuse_scribbles(self, drawings: Mapping[int, Pictures]) -> None:
        """Raise InputError if a drawing, (28, 28), does not look like its digit."""
        images = np.stack([*drawings.values()])  # (n, 28, 28)
        digits = np.array([*drawings])  # (n,)
        _, logits = features_and_logits(load_classifier(), images)
        logits = logits.astype(np.float64)  # (n, 10)
        shares = np.exp(logits - logits.max(1, keepdims=True))
        own = shares[np.arange(len(digits)), digits]  # (n,)
        is_likely = own >= LEAST_PROBABILITY * shares.sum(1)
        is_near = self._near[()](images, digits)
        refused = digits[~(is_likely & is_near)].tolist()
        if refused:
            names = ["an 8" if digit == 8 else f"a {digit}" for digit in refused]
            raise InputError(
                f"This does not look like {' or '.join(names)} yet. "
                "Go on, or clear it and draw it again.",
                "drawings",
            )

    def describe_drawing(
        self, catalogue: Catalogue, name: str, iteration: int, drawing: int
    ) -> Description:
        """Explain a drawing of a saved sheet: an `ExplanationEvent` without hints."""
        images = drawings_on(catalogue.picture(name, iteration))  # (n, 28, 28)
        if drawing >= len(images):
            raise Unknown(
                f"That picture has {len(images)} drawings, counted from 0.", "drawing"
            )
        run = Run.open(catalogue.find(name))
        image = images[drawing]
        digits = requested_digits(run.config, len(images))
        kind = None if digits is None else int(digits[drawing])
        near = self.near_for(run)
        real = near.real(kind)  # (m, 28, 28)
        (distance,), (nearest,) = nearest_distances(image[None], real)
        reading = run.evaluation(iteration).recognition
        if reading and len(reading.digits) != len(images):
            reading = None  # this evaluation belongs to another picture
        description = {
            "iteration": iteration,
            "drawing": drawing,
            "asked": kind,
            "digit": reading.digits[drawing] if reading else None,
            "confidence": reading.confidence[drawing] if reading else None,
            "sure": SURE,
            "near": bool(distance <= near.limit(kind)),
            "real_digit": int(near.reference(kind).labels[nearest]),
            "names": list(run.config.names),
            "png": {"drawing": on_paper(image), "real": on_paper(real[nearest])},
        }
        ratings = read_ratings(run, iteration)
        return description if ratings is None else description | {"scale": ratings}


def on_paper(image: NDArray[np.uint8]) -> str:
    """Return an image, (28, 28) uint8, ink 255, as a PNG with dark ink, in base64."""
    return in_base64(255 - image)
