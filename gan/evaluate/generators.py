"""Load the generators to measure, and train classifiers on their drawings.

A classifier trained only on drawn digits misreads real digits whose shapes never occur in the drawings. So its accuracy
is compared with that of a classifier trained on the same number of real digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gan.data import Dataset
from gan.data.pictures import Pictures
from gan.drawings.classifier import accuracy, classify, train
from gan.drawings.load_and_draw import draw_random, load_generator, pretrained
from gan.errors import InputError
from gan.evaluate.baseline import Real
from gan.evaluate.compare_with_real import Result
from gan.rules.config import Config
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
    def load(cls, path: Path) -> "LoadedGenerator":
        """Load the generator in a file. Raise InputError as `load_generator` does."""
        generator, config = load_generator(path)
        return cls(path, accelerate(generator), config)

    def __call__(self, n: int, rng: np.random.Generator) -> Pictures:
        """Draw n digits at the config's temperature, (n, 28, 28) uint8 with ink 255."""
        return draw_random(self.generator, self.config, n, rng)

    @property
    def name(self) -> str:
        """The file's path, relative to the current folder if the file is inside it."""
        current = Path.cwd()
        return str(self.path.relative_to(current) if self.path.is_relative_to(current) else self.path)

    def about(self) -> Result:
        """Return facts about the model. Those that its file does not state are None."""
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
    """Load the generators in files, or the shipped generators of digits (None means all digits), or all shipped ones.

    A given temperature replaces that of each model. Raise InputError if paths and digits are both given, or as
    `load_generator` does.
    """
    if paths and digits:
        raise InputError("--digits: expected without --model, because a model's file states its digit; leave one out")
    generators = [LoadedGenerator.load(path) for path in paths or map(pretrained, digits or (*range(10), None))]
    if temperature is None:
        return generators
    return [replace(generator, config=replace(generator.config, temperature=temperature)) for generator in generators]


TRAINING_DIGITS = 10_000  # number of drawn or real digits to train each classifier on
PASSES = 10  # passes over the training digits, 1000 steps in all


def complete_sets(generators: list[LoadedGenerator], real: Real) -> list[list[LoadedGenerator]]:
    """Return the sets of models that draw all digits: the ten models of one digit, and each model of all digits.

    Raise InputError if there is no such set, or if there are no test digits.
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
    """Draw `TRAINING_DIGITS` labelled digits, the same number with each model.

    The label is the model's digit. For a model of all digits, the classifier determines the label.
    """
    share = TRAINING_DIGITS // len(team)
    images = np.concatenate([generator(share, rng) for generator in team])
    known = [generator.config.digit for generator in team]
    labels = classify(classifier, images)[0] if None in known else np.repeat(np.array(known, np.uint8), share)
    return Dataset(images, labels.astype(np.uint8), f"{len(images):,} drawn digits")


def train_on_generated(team: list[LoadedGenerator], real: Real, classifier: Sequential, seed: int) -> Result:
    """Train a classifier on a team's digits and one on real ones. Return their accuracies on real test digits, 0 to 1.

    `classifier` labels the drawings of a model of all digits.
    """
    assert real.test  # checked by `complete_sets`
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(real.train.images))[:TRAINING_DIGITS]
    drawn = generated_dataset(team, classifier, rng)
    true = Dataset(real.train.images[chosen], real.train.labels[chosen], "")
    return {
        "models": [generator.name for generator in team],
        "fake": accuracy(train(drawn, PASSES, rng), real.test),
        "real": accuracy(train(true, PASSES, rng), real.test),
        "digits": len(drawn.images),
        "passes": PASSES,
    }
