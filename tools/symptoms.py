"""Tell what one sees of a GAN of threes, and follow the questions of docs/normal.md.

The questions are about a sheet of 64 drawings and about D's ratings. On the page their
answers are words; here they are numbers. `leaf_of` returns the leaf of the tree.
"""

from dataclasses import dataclass

import numpy as np

from gan.data.images_and_sheets import Pictures
from gan.drawings.classifier import (
    CLASSIFIER,
    SECOND_CLASSIFIER,
    classify,
    load_classifier,
)
from gan.drawings.recognition import SURE
from nnet.layer import Array

DIGIT = 3
LINES = 3  # The last lines of a run are averaged, as the ratings differ by batch.

# Thresholds of the sheet; pixels go from 0 (paper) to 1 (ink).
FLAT = 0.03  # standard deviation of all pixels
NOISE = 0.4  # correlation of neighbouring pixels; digits have 0.8
BLACK = 0.75  # median pixel
GREY = 0.15  # median pixel
THREES = 0.75  # share of drawings that both classifiers read as threes
TORN = 0.65  # correlation; a torn three may still be read as one

# Thresholds of the ratings.
BELIEVES_ALL = 0.8  # of drawings
PREFERS_DRAWINGS = 0.15  # drawings above digits
NEVER_FOOLED = 0.04  # of drawings
SURE_OF_DIGITS = 0.9  # of digits


@dataclass
class Symptoms:
    """What one sees at the end of a run."""

    d_real: float  # D's mean rating of digits, 0 to 1
    d_fake: float  # and of drawings
    spread: float  # standard deviation of all pixels of the sheet
    median: float  # median pixel
    correlation: float  # of pixels with their right and lower neighbours
    recognized: float  # share of drawings that both classifiers are sure are threes


def symptoms_of(drawings: Pictures, lines: Array) -> Symptoms:
    """Return the symptoms of a sheet, (64, 28, 28) uint8, and of the printed lines.

    `lines` are (n, 4): D's loss, G's loss, D(digits) and D(drawings).
    """
    x = drawings / 255  # 1 is ink
    deviations = x - x.mean()
    below = (deviations[:, 1:] * deviations[:, :-1]).mean()
    beside = (deviations[:, :, 1:] * deviations[:, :, :-1]).mean()
    readings = [
        classify(load_classifier(file), np.ascontiguousarray(drawings))
        for file in (CLASSIFIER, SECOND_CLASSIFIER)
    ]
    sure = [(digits == DIGIT) & (share >= SURE) for digits, share in readings]
    ratings = lines[-LINES:, 2:].mean(0)
    found = (
        *ratings,
        x.std(),
        np.median(x),
        (below + beside) / 2 / max(x.var(), 1e-9),
        np.all(sure, 0).mean(),
    )
    return Symptoms(*(round(float(one), 3) for one in found))


def leaf_of(seen: Symptoms) -> str:
    """Return the leaf to which the questions lead."""
    if seen.spread < FLAT:
        return "flat-sure" if seen.d_real > SURE_OF_DIGITS else "flat"
    if seen.correlation < NOISE:
        return leaf_of_noise(seen)
    if seen.median > BLACK:
        return "black"
    if seen.median > GREY:
        return "grey-sure" if seen.d_real > SURE_OF_DIGITS else "grey"
    if seen.recognized >= THREES and seen.correlation > TORN:
        return "threes"
    return "pieces-never-fooled" if seen.d_fake < NEVER_FOOLED else "pieces"


def leaf_of_noise(seen: Symptoms) -> str:
    if seen.d_fake - seen.d_real > PREFERS_DRAWINGS:
        return "noise-prefers-drawings"
    if seen.d_fake > BELIEVES_ALL:
        return "noise-believes-all"
    if seen.d_fake < NEVER_FOOLED:
        return "noise-never-fooled"
    return "noise"
