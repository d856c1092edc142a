"""Measure how good a generator's digits are, and print a table.

    python -m gan.evaluate                       # all shipped generators
    python -m gan.evaluate --digits 3 --json     # all figures of one, as JSON
    python -m gan.evaluate --model FILE --report DIR   # with a page of pictures

A weights file states which digit its generator draws. --model accepts several files.
Every figure has a counterpart `real`, measured on real digits instead of drawn ones
(gan/evaluate/real_against_real.py). Two classifiers, the evaluators, see the same
drawings (gan/evaluate/compare_with_real.py). The project's settings were chosen by the
first one's figures, and never by those of the second. In addition, a small network is
trained to tell drawn digits from real ones (gan/evaluate/tell_apart.py).
"""

import gan.cli.one_blas_thread

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nnet.threads
from gan.base.errors import InputError
from gan.base.parameter import SEED
from gan.cli.command_line import (
    Parser,
    command,
    exit_code,
    new_folder,
    parse_digit,
    some_path,
    whole,
)
from gan.data import only
from gan.drawings.classifier import CLASSIFIER, SECOND_CLASSIFIER
from gan.evaluate.compare_with_real import Evaluators, Result, load_evaluators
from gan.evaluate.generators import LoadedGenerator, load_generators
from gan.evaluate.real_against_real import (
    ALL_N,
    DIGIT_N,
    LEAST_N,
    Baseline,
    Real,
    usual_n,
)
from gan.evaluate.table import write_table
from gan.evaluate.tell_apart import PixelEvaluator
from gan.sample import temperature
from nnet import weights
from nnet.fast.kernels.thread_pool import set_threads

# Maximum size of a group: MNIST has 60,000 images, and at least two groups are needed.
MOST_N = 30_000
NOTE = (
    "Figures are by this project's classifier, and not comparable with those of "
    "another network, another n (pictures in a comparison) or another temperature. "
    "second: those of the second classifier, never used to choose anything. "
    "real: the same figure for real digits that are not in the reference. "
    "told_apart: the share of pictures that a small network tells apart; "
    "0.5 is guessing. "
    "nearest_training: Euclidean distance of pixels, each from 0 to 1."
)


def measure(
    generators: list[LoadedGenerator],
    real: Real,
    evaluators: Evaluators,
    n: int | None,
    seed: int,
) -> list[Result]:
    """Return the figures of every generator, in the given order.

    Each result holds the figures of `Baseline.against` and, as `told_apart`, those of a
    `PixelEvaluator`. Generators of the same digit share both. If n is None, `usual_n`
    applies. If there are too few real digits, `n` is smaller, and `n_asked_for` is set.
    """
    results = []
    baselines = dict[int | None, tuple[Baseline, PixelEvaluator]]()
    for generator in generators:
        start = time.perf_counter()
        digit = generator.config.digit
        size = n or usual_n(digit)
        groups_rng, draw_rng, *pixel_rngs = np.random.default_rng(seed).spawn(4)
        if digit not in baselines:
            images = only(real.train, digit).images
            baselines[digit] = (
                Baseline(real, digit, evaluators, size, groups_rng, finds_copies=True),
                PixelEvaluator(images, size, pixel_rngs[0]),
            )
        baseline, pixels = baselines[digit]
        result = generator.about() | baseline.against(generator, draw_rng)
        result["told_apart"] = pixels.against(generator, pixel_rngs[1])
        if result["n"] < size:
            result["n_asked_for"] = size
        results.append(result)
        seconds = time.perf_counter() - start
        print(f"{generator.name}: measured in {seconds:.0f} s", file=sys.stderr)
    return results


def means(results: list[Result], digits: list[int]) -> Result:
    """Return the mean of every figure over models of different digits.

    `digits` are the digits of the results. `worst_ratio` and `worst_digit` are the
    largest Frechet ratio and its digit.
    """
    mean: Result = {}
    for name, entry in results[0].items():
        entries = [result[name] for result in results]
        if name == "second":
            mean[name] = means(entries, digits)
        elif isinstance(entry, dict) and isinstance(entry["fake"], float):
            mean[name] = {
                side: float(np.mean([one[side] for one in entries]))
                for side in ("fake", "real")
            }
    frechet = mean["frechet"]
    frechet["ratio"] = frechet["fake"] / frechet["real"]
    ratios = [result["frechet"]["ratio"] for result in results]
    mean["worst_ratio"] = max(ratios)
    mean["worst_digit"] = digits[ratios.index(max(ratios))]
    return mean


def provenance(path: Path) -> Result:
    """Return a classifier's training command and test accuracy from its file."""
    texts = weights.load(path)[1]
    return {name: texts.get(name) for name in ("command", "test_accuracy")}


def rounded(value: Any) -> Any:
    """Round every float in nested lists and dicts to six significant digits.

    More would suggest false precision.
    """
    return json.loads(json.dumps(value), parse_float=round_text)


def round_text(text: str) -> float:
    return float(f"{float(text):.6g}")


def evaluate(arguments: argparse.Namespace, real: Real) -> Result:
    asked = [parse_digit(text, "--digits") for text in arguments.digits or ()]
    generators = load_generators(arguments.model, asked, arguments.temperature)
    for generator in generators:
        if generator.config.names:
            expected = "expected a generator of digits, which the classifiers read"
            found = f"received one of {', '.join(generator.config.names)}"
            advice = "look at its drawings instead"
            raise InputError(f"{generator.name}: {expected}, {found}; {advice}")
    evaluators = load_evaluators()
    result: Result = {
        "note": NOTE,
        "data": real.name,
        "classifier": provenance(CLASSIFIER),
        "second_classifier": provenance(SECOND_CLASSIFIER),
        "seed": arguments.seed,
        "models": measure(generators, real, evaluators, arguments.n, arguments.seed),
    }
    results = [one for one in result["models"] if one["digit"] != "any"]
    digits = [one["digit"] for one in results]
    if 1 < len(digits) == len(set(digits)):
        result["mean_of_digits"] = {"digits": digits} | means(results, digits)
    result = rounded(result)
    if arguments.report:
        # Imported here because only the report needs the template engine.
        from gan.evaluate.report import write_report

        rng = np.random.default_rng(arguments.seed)
        write_report(arguments.report, result, generators, real, rng)
        print(f"Report: {arguments.report / 'index.html'}", file=sys.stderr)
    return result


def build_parser() -> Parser:
    parser = Parser(
        command("gan.evaluate"), description="Measure the quality of drawings."
    )
    add = parser.add_argument
    models = parser.add_mutually_exclusive_group().add_argument
    models(
        "--digits",
        nargs="+",
        metavar="D",
        help="0 to 9, or any: bundled models (default: all of them)",
    )
    models(
        "--model",
        type=some_path,
        nargs="+",
        metavar="FILE",
        help="your own generator.safetensors",
    )
    add(
        "-n",
        type=whole(LEAST_N, MOST_N),
        help="pictures in a comparison "
        f"(default {DIGIT_N} for a digit, {ALL_N} for all)",
    )
    add(
        "--seed",
        type=SEED.option,
        default=0,
        help="seed of latents and groups (default 0)",
    )
    add(
        "--temperature",
        type=temperature,
        help="spread of the latents (default: the model's)",
    )
    add(
        "--report",
        type=new_folder,
        metavar="DIR",
        help="write a page with pictures into this folder",
    )
    add(
        "--json",
        action="store_true",
        help="print every figure as JSON, instead of the table",
    )
    return parser


def run(arguments: argparse.Namespace) -> None:
    set_threads(nnet.threads.available_cores())
    result = evaluate(arguments, Real.load())
    print(json.dumps(result, indent=1) if arguments.json else write_table(result))


def main(argv: Sequence[str] | None = None) -> int:
    return exit_code("gan.evaluate", lambda: run(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
