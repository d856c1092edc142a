"""What drawn digits teach: a classifier learns from them alone and is asked for real ones. What they lack it misses.

Beside it stands a classifier that learned from as many real digits.
"""

import numpy as np

from gan.classifier.network import classify
from gan.classifier.training import accuracy, train
from gan.data import Dataset
from gan.errors import InputError
from gan.evaluate.evaluators import Result
from gan.evaluate.figures import Real
from gan.evaluate.generators import Drawer
from nnet.sequential import Sequential

LESSONS = 10_000  # digits that a classifier is trained on, drawn or real
PASSES = 10  # over them: 1000 steps


def teams_of(drawers: list[Drawer], real: Real) -> list[list[Drawer]]:
    """Who can teach all digits: the ten models of a digit together, and each model of all digits.

    Raises
    ------
    InputError : nobody can, or there are no test digits to ask for.
    """
    ten = {drawer.config.digit: drawer for drawer in drawers if drawer.config.digit is not None}
    teams = [[ten[digit] for digit in range(10)]] if len(ten) == 10 else []
    teams += [[drawer] for drawer in drawers if drawer.config.digit is None]
    if not teams or not real.test:
        raise InputError(
            "--train-on-generated: expected models of all ten digits, or one of all digits, and test digits in --data; "
            f"received models of {', '.join(drawer.config.name for drawer in drawers)} and {real.name}"
        )
    return teams


def lessons(team: list[Drawer], classifier: Sequential, rng: np.random.Generator) -> Dataset:
    """Drawn digits with labels, as many of each model, `LESSONS` together.

    A label is that of the model that draws a digit; for a model of all digits the classifier says it.
    """
    share = LESSONS // len(team)
    images = np.concatenate([drawer(share, rng) for drawer in team])
    known = [drawer.config.digit for drawer in team]
    labels = classify(classifier, images)[0] if None in known else np.repeat(np.array(known, np.uint8), share)
    return Dataset(images, labels.astype(np.uint8), f"{len(images):,} drawn digits")


def taught(team: list[Drawer], real: Real, classifier: Sequential, seed: int) -> Result:
    """The share of real test digits, 0 to 1, that is named rightly by who learned from drawn digits, and from real.

    Parameters
    ----------
    team : as `teams_of` gives it
    real : Real, with test digits
    classifier : tells what a model of all digits has drawn
    seed : of the digits and of the training

    Returns
    -------
    dict : `models`, their names; `fake` and `real`, the shares; `digits` and `passes`, from how many and how often.
    """
    assert real.test
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(real.train.images))[:LESSONS]
    drawn = lessons(team, classifier, rng)
    true = Dataset(real.train.images[chosen], real.train.labels[chosen], "")
    sides = {"fake": drawn, "real": true}
    result: Result = {side: accuracy(train(data, PASSES, rng), real.test) for side, data in sides.items()}
    names = [drawer.name for drawer in team]
    return {"models": names} | result | {"digits": len(drawn.images), "passes": PASSES}
