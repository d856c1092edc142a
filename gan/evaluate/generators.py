"""The generators that are measured, and classifiers trained on their drawings.

A classifier trained on drawn digits alone and tested on real ones misses what the drawings lack. It is compared with
one trained on as many real digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gan.classifier.network import classify
from gan.classifier.training import accuracy, train
from gan.config import Config
from gan.data import Dataset
from gan.errors import InputError
from gan.evaluate.evaluators import Result
from gan.evaluate.figures import Real
from gan.pictures import Pictures
from gan.sample import draw_random
from gan.saved_networks import load_generator, load_pretrained
from gan.shipped import pretrained
from nnet import weights
from nnet.fast.accelerate import accelerate
from nnet.layer import Layer
from nnet.sequential import Sequential


@dataclass(frozen=True)
class LoadedGenerator:
    """A generator and the file it came from."""

    path: Path
    generator: Layer
    config: Config

    @classmethod
    def load(cls, path: Path | None, digit: int | None = None) -> "LoadedGenerator":
        """Load that of a file, or the shipped one of a digit (None: all digits); InputError as in `load_generator`."""
        generator, config = load_generator(path) if path else load_pretrained(digit)
        return cls(path or pretrained(digit), accelerate(generator), config)

    def __call__(self, n: int, rng: np.random.Generator) -> Pictures:
        """Draw n digits at the config's temperature: (n, 28, 28) uint8, ink 255."""
        return draw_random(self.generator, self.config, n, rng)

    @property
    def name(self) -> str:
        """Its path, relative to the current folder if it is inside."""
        current = Path.cwd()
        return str(self.path.relative_to(current) if self.path.is_relative_to(current) else self.path)

    def about(self) -> Result:
        """Return the model's origin, with None for what its file does not state, and its temperature."""
        _, texts = weights.load(self.path)
        iteration = int(texts["iteration"]) if "iteration" in texts else None
        return {
            "model": self.name,
            "iteration": iteration,
            "trained_on": texts.get("data"),
            "temperature": self.config.temperature,
        }


def load_generators(
    paths: Sequence[Path] | None, digits: Sequence[int | None] | None, temperature: float | None
) -> list[LoadedGenerator]:
    """Load the generators of files, or the shipped ones of digits, or without either all that ship.

    Parameters
    ----------
    paths : of weights files
    digits : 0 to 9, or None for the generator of all digits
    temperature : of the latents; None keeps that of each model

    Raises
    ------
    InputError : both paths and digits are given; a file as in `load_generator`; the temperature is out of range.
    """
    if paths and digits:
        raise InputError("--digit: expected without --model, whose file says which digit it draws; leave one out")
    if paths:
        generators = [LoadedGenerator.load(path) for path in paths]
    else:
        shipped = [*range(10), *([None] if pretrained(None).is_file() else [])]
        generators = [LoadedGenerator.load(None, digit) for digit in digits or shipped]
    if temperature is None:
        return generators
    return [replace(generator, config=replace(generator.config, temperature=temperature)) for generator in generators]


TRAINING_DIGITS = 10_000  # drawn or real, for each classifier
PASSES = 10  # over them: 1000 steps


def complete_sets(generators: list[LoadedGenerator], real: Real) -> list[list[LoadedGenerator]]:
    """Return the sets of models that draw all digits: the ten models of one digit, and each model of all digits.

    Raises
    ------
    InputError : there is none, or there are no test digits.
    """
    ten = {generator.config.digit: generator for generator in generators if generator.config.digit is not None}
    teams = [[ten[digit] for digit in range(10)]] if len(ten) == 10 else []
    teams += [[generator] for generator in generators if generator.config.digit is None]
    if not teams or not real.test:
        raise InputError(
            "--train-on-generated: expected models of all ten digits, or one of all digits, and test digits in --data; "
            f"received models of {', '.join(generator.config.name for generator in generators)} and {real.name}"
        )
    return teams


def generated_dataset(team: list[LoadedGenerator], classifier: Sequential, rng: np.random.Generator) -> Dataset:
    """Draw `TRAINING_DIGITS` labelled digits, equally many with each model.

    The label is the model's digit; for a model of all digits, the classifier's.
    """
    share = TRAINING_DIGITS // len(team)
    images = np.concatenate([generator(share, rng) for generator in team])
    known = [generator.config.digit for generator in team]
    labels = classify(classifier, images)[0] if None in known else np.repeat(np.array(known, np.uint8), share)
    return Dataset(images, labels.astype(np.uint8), f"{len(images):,} drawn digits")


def train_on_generated(team: list[LoadedGenerator], real: Real, classifier: Sequential, seed: int) -> Result:
    """Train a classifier on drawn digits and one on real digits, and return their accuracy on real test digits.

    Parameters
    ----------
    team : models, as `complete_sets` returns them
    real : Real, with test digits
    classifier : labels the drawings of a model of all digits
    seed : of the digits and of the training

    Returns
    -------
    dict : `models`, their names; `fake` and `real`, the accuracies, 0 to 1; `digits` and `passes`, the training's size
    """
    assert real.test
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(real.train.images))[:TRAINING_DIGITS]
    drawn = generated_dataset(team, classifier, rng)
    true = Dataset(real.train.images[chosen], real.train.labels[chosen], "")
    sides = {"fake": drawn, "real": true}
    result: Result = {side: accuracy(train(data, PASSES, rng), real.test) for side, data in sides.items()}
    names = [generator.name for generator in team]
    return {"models": names} | result | {"digits": len(drawn.images), "passes": PASSES}
