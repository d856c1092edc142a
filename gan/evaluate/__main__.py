"""How good are the digits? `python -m gan.evaluate` measures generators and prints JSON.

    python -m gan.evaluate                                  # the ten shipped ones, and that of all digits if it ships
    python -m gan.evaluate --digit 3
    python -m gan.evaluate --model runs/digit-3/generator.safetensors --report report     # with a page to look at

A file of weights says itself which digit it draws; several may be named. Every figure stands beside `real`, the same
for real digits in the place of drawn ones (gan/evaluate/figures.py). With --train-on-generated, classifiers are trained
on drawn digits alone and asked for real ones: what the drawings lack, they cannot teach.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import nnet.threads
from gan.classifier.network import accuracy, classify, load_classifier, train
from gan.command import exit_code
from gan.config import Config
from gan.data import Dataset
from gan.errors import InputError
from gan.evaluate.figures import Baseline, Pictures, Real, Result, evaluate_generator
from gan.sample import draw_random, load_generator, load_pretrained, parse_digit
from gan.shipped import CLASSIFIER, pretrained
from nnet import weights
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels.parallel import set_threads
from nnet.layer import Layer
from nnet.sequential import Sequential

__all__ = [
    "Baseline",
    "Drawer",
    "Real",
    "evaluate_generator",
    "main",
]  # with what other programs need of gan/evaluate/figures.py

DIGIT_N, ALL_N = 1000, 10_000  # pictures a comparison: of a digit, of all
LESSONS = 10_000  # digits that a classifier is trained on, drawn or real
LESSON_PASSES = 10  # over them: 1000 steps
NOTE = (
    "Figures are of this project's classifier: not comparable with those of another network, nor at another n "
    "(pictures a comparison) or temperature (of the latents). "
    "real: the same figure for real digits that are not in the reference. "
    "nearest_training: Euclidean distance of pixels that count from 0 to 1."
)


@dataclass(frozen=True)
class Drawer:
    """A generator to be measured, and the file it came from."""

    path: Path
    generator: Layer
    config: Config

    @classmethod
    def load(cls, path: Path | None, digit: int | None = None) -> "Drawer":
        """That of a file, or the shipped one of a digit (None: of all digits); InputError as `load_generator`."""
        generator, config = load_generator(path) if path else load_pretrained(digit)
        return cls(path or pretrained(digit), accelerate(generator), config)

    def __call__(self, n: int, rng: np.random.Generator) -> Pictures:
        """Draw n digits: (n, 28, 28) uint8, ink 255."""
        return draw_random(self.generator, self.config, n, rng)

    @property
    def name(self) -> str:
        """Its file, as seen from the current folder if it lies below."""
        here = Path.cwd()
        return str(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)

    def about(self) -> Result:
        """Where it comes from, None for what its file does not tell, and the temperature it is drawn at."""
        _, texts = weights.load(self.path)
        iteration = int(texts["iteration"]) if "iteration" in texts else None
        return {
            "model": self.name,
            "iteration": iteration,
            "trained_on": texts.get("data"),
            "temperature": self.config.temperature,
        }


def verdict(figures: Result) -> str:
    """The first figure in words."""
    frechet = figures["frechet"]
    return (
        f"Frechet distance to real digits {frechet['fake']:,.1f}, of real ones {frechet['real']:,.1f}: "
        f"{frechet['ratio']:,.2f} times as far, where 1 is as good as real"
    )


def measure(drawers: list[Drawer], real: Real, classifier: Sequential, n: int | None, seed: int) -> list[Result]:
    """The figures of every generator, as `evaluate_generator` gives them.

    Those of a digit that learned from the same images share a baseline.
    """
    results, baselines = [], dict[tuple[int | None, str], Baseline]()
    for drawer in drawers:
        start, digit, about = time.perf_counter(), drawer.config.digit, drawer.about()
        own = real.for_model(about["trained_on"])
        kind = (digit, own.learned.name)
        wanted = n or (ALL_N if digit is None else DIGIT_N)
        groups_rng, draw_rng = np.random.default_rng(seed).spawn(2)
        if kind not in baselines:
            baselines[kind] = Baseline(own, digit, classifier, wanted, groups_rng)
        figures = baselines[kind].against(drawer, draw_rng)
        results.append(about | figures | ({"n_asked_for": wanted} if figures["n"] < wanted else {}))
        print(f"{drawer.name}: {verdict(figures)} ({time.perf_counter() - start:.0f} s)", file=sys.stderr, flush=True)
    return results


def mean_of_digits(results: list[Result]) -> Result:
    """Means over models of different digits; of the Frechet distance also the largest ratio to real against real."""
    digits = [result["digit"] for result in results]
    worst = max(results, key=lambda result: result["frechet"]["ratio"])
    mean: Result = {"digits": digits}
    for name, entry in results[0].items():
        if isinstance(entry, dict) and isinstance(entry.get("fake"), float):
            mean[name] = {side: float(np.mean([one[name][side] for one in results])) for side in ("fake", "real")}
    mean["frechet"]["ratio"] = mean["frechet"]["fake"] / mean["frechet"]["real"]
    return mean | {"worst_ratio": worst["frechet"]["ratio"], "worst_digit": worst["digit"]}


def lessons(drawers: list[Drawer], classifier: Sequential, rng: np.random.Generator) -> Dataset:
    """Drawn digits with labels: that of the model that draws a digit, that of the classifier for one of all digits."""
    share = LESSONS // len(drawers)
    images = np.concatenate([drawer(share, rng) for drawer in drawers])
    known = [drawer.config.digit for drawer in drawers]
    labels = classify(classifier, images)[0] if None in known else np.repeat(np.array(known, np.uint8), share)
    return Dataset(images, labels.astype(np.uint8), f"{len(images):,} drawn digits")


def taught(drawers: list[Drawer], real: Real, classifier: Sequential, seed: int) -> Result:
    """Accuracy on real test digits after learning from drawn digits alone, beside as many real ones."""
    assert real.test
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(real.train.images))[:LESSONS]
    drawn = lessons(drawers, classifier, rng)
    true = Dataset(real.train.images[chosen], real.train.labels[chosen], "")
    sides = {"fake": drawn, "real": true}
    result: Result = {side: accuracy(train(data, LESSON_PASSES, rng), real.test) for side, data in sides.items()}
    names = [drawer.name for drawer in drawers]
    return {"models": names} | result | {"digits": len(drawn.images), "passes": LESSON_PASSES}


def teams_of(drawers: list[Drawer], real: Real) -> list[list[Drawer]]:
    """Who can teach all digits: the ten models of a digit together, and each model of all digits.

    InputError if nobody can, or if there are no test digits to ask for.
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


def drawers_of(arguments: argparse.Namespace) -> list[Drawer]:
    """The generators that the command line asks for."""
    if arguments.model and arguments.digit is not None:
        raise InputError("--digit: expected without --model, whose file says which digit it draws; leave one out")
    if arguments.model:
        drawers = [Drawer.load(path) for path in arguments.model]
    elif arguments.digit is not None:
        drawers = [Drawer.load(None, parse_digit(arguments.digit))]
    else:
        any_digit = [None] if pretrained(None).is_file() else []
        drawers = [Drawer.load(None, digit) for digit in [*range(10), *any_digit]]
    if arguments.temperature is None:
        return drawers
    return [replace(drawer, config=replace(drawer.config, temperature=arguments.temperature)) for drawer in drawers]


def make_folder(folder: Path) -> None:
    """Make the folder of the report before minutes are spent on what goes into it; InputError if it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--report: expected a folder to write in, received {folder}: {error.strerror}") from error


def rounded(value: Any) -> Any:
    """The same with every number cut to six digits that count: more only hide how little is known."""
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def evaluate(arguments: argparse.Namespace) -> Result:
    """Do what the command line asks; returns what is printed."""
    if arguments.n is not None and not 4 <= arguments.n <= 30_000:
        raise InputError(f"-n: expected 4 to 30000, received {arguments.n}", "n")
    if arguments.seed < 0:
        raise InputError(f"--seed: expected 0 or more, received {arguments.seed}", "seed")
    set_threads(nnet.threads.available_cores())
    real, drawers = Real.load(arguments.data), drawers_of(arguments)
    classifier = load_classifier(convolution="winograd")
    teams = teams_of(drawers, real) if arguments.train_on_generated else []
    if arguments.report:
        make_folder(arguments.report)
    stored = weights.load(CLASSIFIER)[1]
    result: Result = {
        "note": NOTE,
        "data": real.name,
        "classifier": {name: stored.get(name) for name in ("command", "test_accuracy")},
        "seed": arguments.seed,
        "models": measure(drawers, real, classifier, arguments.n, arguments.seed),
    }
    digits = [one for one in result["models"] if one["digit"] != "any"]
    if len(digits) > 1 and len({one["digit"] for one in digits}) == len(digits):
        result["mean_of_digits"] = mean_of_digits(digits)
    if arguments.train_on_generated:
        result["train_on_generated"] = [taught(team, real, classifier, arguments.seed) for team in teams]
    result = rounded(result)
    if arguments.report:
        from gan.evaluate.report import write_report  # here, for it is the only one to need a template engine

        write_report(arguments.report, result, drawers, real, np.random.default_rng(arguments.seed))
        print(f"To look at: {arguments.report / 'index.html'}", file=sys.stderr)
    return result


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser("python -m gan.evaluate", description="Measure how good drawn digits are.")
    parser.add_argument("--digit", help="0 to 9, or any: the shipped generator (default: all that ship)")
    parser.add_argument("--model", type=Path, nargs="+", metavar="FILE", help="generator.safetensors of your own")
    parser.add_argument("--data", type=Path, metavar="DIR", help="(default: data/mnist, or else the shipped sample)")
    parser.add_argument("-n", type=int, help=f"pictures a comparison (default {DIGIT_N} of a digit, {ALL_N} of all)")
    parser.add_argument("--seed", type=int, default=0, help="of latents and groups (default 0)")
    parser.add_argument("--temperature", type=float, help="of the latents (default: the model's)")
    parser.add_argument("--train-on-generated", action="store_true", help="train classifiers on drawn digits, too")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write a page with pictures into this folder")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.evaluate`; returns the exit code."""
    arguments = build_parser().parse_args(argv)
    return exit_code("gan.evaluate", lambda: print(json.dumps(evaluate(arguments), indent=1)))


if __name__ == "__main__":
    sys.exit(main())
