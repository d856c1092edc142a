"""Write what a page needs to train by itself: real digits, the classifier, and the run that it begins with.

static/js/site/files.js reads the files. They are compressed (zlib), and their names end in .bin, because some hosts
would inflate .gz. The first digits come in a file of their own, so that training can begin before the rest has arrived.
"""

import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from gan.cli.label_names import DIGITS
from gan.data import HEAD, head, load
from gan.data.nearest import Near
from gan.drawings.classifier import load_classifier
from gan.rules.config import preset

FIRST = 1000  # digits in the first file, which takes 160 kB
FILES = {"first": "digits-first.bin", "rest": "digits-rest.bin", "classifier": "classifier.bin"}


def trainer_setup() -> dict[str, Any]:
    """Return the config of the run, and for each digit the largest distance at which a drawing is near a real one.

    There is no gradient penalty, which needs forward derivatives (nnet/jvp.py).
    """
    config = preset(None, network="quick", gamma=0.0, output="tanh", finish=False)
    near = Near(load())
    limits = [near.limit(digit) for digit in range(DIGITS)]
    return {"config": asdict(config), "limits": limits, "files": FILES}


def write_trainer_data(folder: Path) -> None:
    """Write the files of FILES."""
    data = head(load(), HEAD)
    order = np.random.default_rng(0).permutation(len(data.labels))  # they are sorted
    for name, part in (("first", data.take(order[:FIRST])), ("rest", data.take(order[FIRST:]))):
        pack(folder / FILES[name], part.labels.tobytes() + part.images.tobytes())
    weights = load_classifier().parameters().values()
    pack(folder / FILES["classifier"], b"".join(w.astype("<f2").tobytes() for w in weights))


def pack(path: Path, content: bytes) -> None:
    path.write_bytes(zlib.compress(content, 9))
