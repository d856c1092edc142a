"""Measure a generator of the user's own images, without the classifiers, which read only the digits 0 to 9.

One figure remains. Drawings should be about as far from the nearest training image as images that are held out from
training: if they are much nearer, the generator has memorized its training images. If none is held out, every training
image is compared with the others.
"""

import textwrap
from collections.abc import Sequence

import numpy as np

from gan.data import only
from gan.errors import InputError
from gan.evaluate.compare_with_real import Result
from gan.evaluate.generators import LoadedGenerator
from gan.evaluate.real_against_real import Real, nearness
from gan.evaluate.table import WIDTH, columns

HEADS = (("", "nearest:", ""), ("", "drawn", "real"))
READING = (
    "Nearest: the distance to the nearest training image, the median over drawings, and over images that are held out "
    "or, if none is, over training images and their nearest others. If drawings are much nearer, they are copies."
)


def measure_own(generators: Sequence[LoadedGenerator], real: Real, n: int, seed: int) -> list[Result]:
    """Return the figures of every generator. Raise InputError if there are fewer than two images of its label."""
    results = []
    for generator in generators:
        config = generator.config
        (rng,) = np.random.default_rng(seed).spawn(1)
        train = only(real.train, config.digit).images
        if len(train) < 2:
            raise InputError(f"{generator.name}: expected two real pictures to compare, received {len(train)}", "data")
        test = real.test if real.test and (config.digit is None or config.digit in real.test.labels) else None
        held_out, skip = (only(test, config.digit).images, None) if test else (train, np.arange(len(train)))
        near = {"fake": nearness(generator(n, rng), train), "real": nearness(held_out, train, skip)}
        label = "any" if config.digit is None else config.label_of(config.digit)
        figures = {"label": label, "n": n, "nearest_training": near | {"among": real.train.name}}
        results.append(generator.about() | figures)
    return results


def write_own_table(result: Result) -> str:
    """Return the figures as lines: a row for each model, and an explanation."""
    near = [model["nearest_training"] for model in result["models"]]
    rows = [[f"{sides[side]['median']:.2f}" for side in ("fake", "real")] for sides in near]
    names = ["all labels" if model["label"] == "any" else f"label {model['label']}" for model in result["models"]]
    words = textwrap.fill(f"Compared with {result['data']}. {READING}", WIDTH, break_on_hyphens=False)
    return "\n".join([*columns(names, rows, HEADS), "", words])
