"""Train classifiers on drawn digits, and measure how well they read real ones.

A classifier trained only on drawn digits misreads real digits whose shapes never occur in the drawings. So its accuracy
is compared with that of a classifier trained on the same number of real digits.
"""

import numpy as np

from gan.data import Dataset
from gan.drawings.classifier import accuracy, classify, train
from gan.errors import InputError
from gan.evaluate.baseline import Real
from gan.evaluate.compare_with_real import Result
from gan.evaluate.generators import LoadedGenerator
from nnet.sequential import Sequential

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
