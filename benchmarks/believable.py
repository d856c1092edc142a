"""Who can tell? `python -m benchmarks.believable --data data/mnist --out FOLDER`.

Eighty numbers: forty by the writer, forty whose digits are those of a person. The odd-indexed training images of MNIST
come in writer order, about a hundred each; a run of so many is taken for one writer, and takes the generator's place.
Everything else is alike: rules, lean and weight, pen, signs, layout, unevenness. So what a judge can tell lies in the
digits' forms.

FOLDER gets a sheet of each pen, the numbers shuffled and numbered from 1, and apart from these, in FOLDER/key,
key.json: which are whose. A person looks at the sheets first. Half right is what a coin has.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.contact_sheet import random_numbers, sheet
from benchmarks.contest.report import guarded
from gan.command import SEED, Parser, whole
from gan.config import DIGITS
from gan.data import Dataset, load
from gan.errors import InputError
from gan.write import write
from gan.write.glyphs.drawing_rules import USUAL_LEAN, usual_ink
from gan.write.glyphs.glyph_cache import Handwriting
from gan.write.glyphs.handwriting import CANDIDATES, LEANS, WEIGHTS, Latents, wobble_of
from gan.write.request import PENS
from gan.write.vectorize.ink import Picture, amount_of_ink, lean
from nnet.durable_write import replacing

EACH = 40  # numbers by the writer, and as many by people
OF_ONE = 100  # images that are taken for one person's
SIZE = 40  # pixels a digit


class OneWriter:
    """Real digits as a `gan.write.glyphs.handwriting.Source`: a latent is the number of an image.

    Parameters
    ----------
    data
        Images of one person; every digit is among them.
    """

    def __init__(self, data: Dataset) -> None:
        self._data = data
        pairs = [*zip(data.images, data.labels.tolist(), strict=True)]
        slant = np.mean([lean(image) - USUAL_LEAN[label] for image, label in pairs])
        weight = np.mean([amount_of_ink(image) / usual_ink(label) for image, label in pairs])
        self.slant, self.weight = float(np.clip(slant, *LEANS)), float(np.clip(weight, *WEIGHTS))

    @cached_property
    def wobble(self) -> float:
        """Measured on the first image of each digit."""
        return wobble_of([self._data.images[self._data.labels == digit][0] for digit in range(DIGITS)])

    def latents(self, digit: int, rng: np.random.Generator) -> Latents:
        """Numbers of this person's images of a digit, in any order; again, if they are fewer than CANDIDATES."""
        own = rng.permutation(np.flatnonzero(self._data.labels == digit))
        return np.resize(own, CANDIDATES).astype(np.float32)[:, None]

    def draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        """The images."""
        return [self._data.images[some[:, 0].astype(int)] for some in latents]


def people(data: Dataset, n: int, rng: np.random.Generator) -> list[OneWriter]:
    """n people, none of them twice, from images in writer order; a run without all ten digits is passed over."""
    found: list[OneWriter] = []
    starts: NDArray[np.intp] = rng.permutation(len(data.images) // OF_ONE) * OF_ONE
    for start in starts.tolist():
        some = slice(start, start + OF_ONE)
        if len(found) < n and len(np.unique(data.labels[some])) == DIGITS:
            found.append(OneWriter(Dataset(data.images[some], data.labels[some], data.name)))
    if len(found) < n:
        raise InputError(f"--data: expected digits of {n} people, about {OF_ONE} each, found {len(found)}", "data")
    return found


def save(arguments: argparse.Namespace) -> None:
    """Write the sheets and the key."""
    rng = np.random.default_rng(arguments.seed)
    data = load(arguments.data)
    odd = Dataset(data.images[1::2], data.labels[1::2], data.name)
    writers = people(odd, EACH, rng)
    seeds = rng.integers(0, 2**32, 2 * EACH).tolist()
    texts = random_numbers(2 * EACH, rng)
    handwritings = [None] * EACH + [Handwriting(one, seed) for one, seed in zip(writers, seeds[EACH:], strict=True)]
    order = rng.permutation(2 * EACH).tolist()
    (arguments.out / "key").mkdir(parents=True, exist_ok=True)
    for pen in PENS:
        pages = [write(texts[i], seed=seeds[i], pen=pen, size=SIZE, handwriting=handwritings[i]) for i in order]
        with replacing(arguments.out / f"{pen}.png") as beside:
            sheet(pages, labelled=True).save(beside, "PNG", optimize=True)
    key = {number: "a person" if i >= EACH else "the writer" for number, i in enumerate(order, 1)}
    with replacing(arguments.out / "key" / "key.json") as beside:
        beside.write_text(json.dumps(key, indent=1) + "\n", "utf-8")
    print(
        f"{arguments.out}: {2 * EACH} numbers on a sheet of each pen ({', '.join(PENS)}); the key lies in key/key.json"
    )


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.believable", description="Numbers by the writer among numbers by people.")
    add = parser.add_argument
    add("--data", type=Path, default=Path("data", "mnist"), metavar="DIR", help="the full MNIST (default: data/mnist)")
    add("--seed", type=whole(*SEED), default=0, help="of people, handwritings, numbers and order (default 0)")
    add("--out", type=Path, required=True, metavar="FOLDER")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.believable`; returns the exit code, 2 without MNIST."""
    return guarded("believable", lambda: save(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
