"""Compare the judge's ratings of a sheet with those of real digits, and store them.

With the relativistic loss, only differences between logits of the same class mean
something (gan/rules/relativistic.py). So the median logit of the real digits of the
same class is subtracted from every logit.

A recorded run has no weights to compute ratings from later, so its ratings are stored
in images/<iteration>.ratings.json.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.rules.latents import one_hot
from gan.runs.evaluate_sheets import Verdicts
from gan.runs.messages import Scale
from gan.runs.run import Run
from nnet.durable_write import replacing


def scale(verdicts: Verdicts, digits: NDArray[np.integer] | None) -> Scale:
    """Return the judge's logits relative to the median real digit of the same class.

    `digits` has the requested digit of each drawing, (64,), or is None if G chooses.
    """
    drawn, real = verdicts
    # (10, 64)
    classes = one_hot(np.zeros(len(real), int) if digits is None else digits).T.astype(
        bool
    )
    middle = np.zeros(len(real))
    for chosen in classes[classes.any(1)]:
        middle[chosen] = np.median(real[chosen])
    return {"drawn": rounded(drawn - middle), "real": rounded(real - middle)}


def rounded(numbers: NDArray[np.floating]) -> list[float | None]:
    """Round to two decimals.

    Numbers that are not finite become None, because JSON cannot represent them.
    """
    return [
        round(number, 2) if np.isfinite(number) else None for number in numbers.tolist()
    ]


def ratings_path(run: Run, iteration: int) -> Path:
    return run.picture_path(iteration).with_suffix(".ratings.json")


def write_ratings(run: Run, iteration: int, ratings: Scale) -> None:
    with replacing(ratings_path(run, iteration)) as part:
        part.write_bytes(json.dumps(ratings, separators=(",", ":")).encode())


def read_ratings(run: Run, iteration: int) -> Scale | None:
    """Return the ratings of a picture, or None if their file is missing."""
    path = ratings_path(run, iteration)
    ratings: Scale | None = (
        json.loads(path.read_text("utf-8")) if path.is_file() else None
    )
    return ratings
