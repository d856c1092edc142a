"""Measure how sensitive the simple evaluators are: let them tell real digits from real ones that were changed a little.

    python -m tools.evaluator_sensitivity --data data/mnist    # writes docs/studies/sensitivity.json, in a minute

The changed digits take the place of drawn ones (gan/evaluate/simple_evaluators.py). They are the digits that the
counterpart `real` has there unchanged, so a higher share is due to the change. Seed and numbers are those of `python -m
gan.evaluate`. `python -m tools.study.docs_pages` adds a row for each change to a table of docs/quality.md.
"""

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from gan.cli.command_line import Parser, exit_code, new_file, some_path
from gan.cli.label_names import DIGITS
from gan.data import load, only
from gan.data.distortions import apply_maps
from gan.data.pictures import Pictures
from gan.errors import InputError
from gan.evaluate.__main__ import means, rounded
from gan.evaluate.simple_evaluators import MOST_IMAGES, Shares, SimpleEvaluators
from nnet.durable_write import replacing
from nnet.fast.kernels.thread_pool import set_threads

SEED = 0


def resampled(images: Pictures, rng: np.random.Generator, degrees: float = 0.0, right: float = 0.0) -> Pictures:
    """Turn every image around its centre, and move it to the right by some pixels."""
    cos, sin, n = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees)), len(images)
    inverses = np.tile(np.array([[cos, -sin], [sin, cos]], np.float32), (n, 1, 1))
    return np.rint(apply_maps(images, inverses, np.tile(np.array([0, right], np.float32), (n, 1)))).astype(np.uint8)


def noisy(images: Pictures, rng: np.random.Generator, deviation: float) -> Pictures:
    """Add normal noise to the ink. Paper stays blank, as in every digit of MNIST."""
    noise = deviation * rng.standard_normal(images.shape)
    return np.where(images > 0, np.rint(images + noise).clip(0, 255), 0).astype(np.uint8)


CHANGES: dict[str, Callable[[Pictures, np.random.Generator], Pictures]] = {
    "real, turned by 3°": partial(resampled, degrees=3),
    "real, moved by 1/4 pixel": partial(resampled, right=0.25),
    "real, noise of 2 levels": partial(noisy, deviation=2),
}


def told_apart(images: Pictures) -> dict[str, Shares]:
    """Return how often each evaluator tells changed digits from real ones, for every change."""
    *_, real_rng, changed_rng = np.random.default_rng(SEED).spawn(4)  # as gan.evaluate does
    evaluators = SimpleEvaluators(images, MOST_IMAGES, real_rng)
    changed = {name: change(evaluators.others, changed_rng) for name, change in CHANGES.items()}
    return {name: evaluators.against(partial(given, images), changed_rng) for name, images in changed.items()}


def given(images: Pictures, n: int, rng: np.random.Generator) -> Pictures:
    """Return the images, in the place of a generator's drawings."""
    return images


def measure(data: Path | None, output: Path) -> None:
    """Write the means over the ten digits to a file."""
    set_threads(1)
    real = load(data)
    if real.names:
        raise InputError(f"--data: expected digits, received {real.name}; leave it out to use the bundled sample")
    found = [told_apart(only(real, digit).images) for digit in range(DIGITS)]
    shares = {name: means([of[name] for of in found], []) for name in CHANGES}
    with replacing(output) as part:
        text = json.dumps(rounded({"data": real.name, "seed": SEED, "told_apart": shares}), indent=1)
        part.write_text(text + "\n", "utf-8")
    print(f"{output}: shares of {real.name}")


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser("python -m tools.evaluator_sensitivity", description="Measure how sensitive the evaluators are.")
    add, output = parser.add_argument, Path("docs", "studies", "sensitivity.json")
    add("--data", type=some_path, metavar="DIR", help="folder of the full MNIST (default: the bundled sample)")
    add("-o", "--output", type=new_file(".json"), default=output, metavar="FILE", help="(default %(default)s)")
    return exit_code("tools.evaluator_sensitivity", lambda: measure(**vars(parser.parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
