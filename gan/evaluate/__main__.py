"""How good are the digits? `python -m gan.evaluate` measures generators and prints a table.

    python -m gan.evaluate                                  # the ten shipped ones, and that of all digits if it ships
    python -m gan.evaluate --digit 3 --json                 # every figure of one of them, for programs
    python -m gan.evaluate --model runs/digit-3/generator.safetensors --report report     # with a page to look at

A file of weights says itself which digit it draws; several may be named. Every figure stands beside `real`, the same
for real digits in the place of drawn ones (gan/evaluate/figures.py), and is told by two judges: the first, by whose
figures choices were made, and a second by whom nothing is chosen (gan/evaluate/evaluators.py). With --train-on-generated,
classifiers are trained on drawn digits alone and asked for real ones: what the drawings lack, they cannot teach
(gan/evaluate/train_on_generated.py).
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nnet.threads
from gan.command import Parser, digit_or_any, exit_code, whole
from gan.errors import InputError
from gan.evaluate.evaluators import Judges, Result
from gan.evaluate.figures import ALL_N, DIGIT_N, FEWEST, Baseline, Real, usual_n
from gan.evaluate.generators import Drawer, drawers_of
from gan.evaluate.table import write_table
from gan.evaluate.train_on_generated import taught, teams_of
from gan.parameters import SEED
from gan.sample import temperature
from gan.shipped import CLASSIFIER, SECOND_JUDGE
from nnet import weights
from nnet.fast.kernels.parallel import set_threads

LEAST_N, MOST_N = FEWEST // 2, 30_000  # two groups of so few, or of half of the 60,000 that there are
NOTE = (
    "Figures are of this project's classifier: not comparable with those of another network, nor at another n "
    "(pictures a comparison) or temperature (of the latents). "
    "second: the same figures of the second classifier, by which nothing was chosen. "
    "real: the same figure for real digits that are not in the reference. "
    "nearest_training: Euclidean distance of pixels that count from 0 to 1."
)


def verdict(figures: Result) -> str:
    """The first figure in words."""
    frechet = figures["frechet"]
    return (
        f"Frechet distance to real digits {frechet['fake']:,.1f}, of real ones {frechet['real']:,.1f}: "
        f"{frechet['ratio']:,.2f} times as far, by the second judge {figures['second']['frechet']['ratio']:,.2f}, "
        "where 1 is as good as real"
    )


def measure(drawers: list[Drawer], real: Real, judges: Judges, n: int | None, seed: int) -> list[Result]:
    """The figures of every generator, as `evaluate_generator` gives them.

    Those of a digit that learned from the same images share a baseline.
    """
    results, baselines = [], dict[tuple[int | None, str], Baseline]()
    for drawer in drawers:
        start, digit, about = time.perf_counter(), drawer.config.digit, drawer.about()
        own = real.for_model(about["trained_on"])
        kind = (digit, own.learned.name)
        wanted = n or usual_n(digit)
        groups_rng, draw_rng = np.random.default_rng(seed).spawn(2)
        if kind not in baselines:
            baselines[kind] = Baseline(own, digit, judges, wanted, groups_rng)
        figures = baselines[kind].against(drawer, draw_rng)
        results.append(about | figures | ({"n_asked_for": wanted} if figures["n"] < wanted else {}))
        print(f"{drawer.name}: {verdict(figures)} ({time.perf_counter() - start:.0f} s)", file=sys.stderr, flush=True)
    return results


def mean_of_digits(results: list[Result]) -> Result:
    """Means over models of different digits, by either judge."""
    digits = [result["digit"] for result in results]
    second = means([{"digit": result["digit"]} | result["second"] for result in results])
    return {"digits": digits} | means(results) | {"second": second}


def means(results: list[Result]) -> Result:
    """Means of one judge's figures; of the Frechet distance also the largest ratio to real against real, and whose."""
    worst = max(results, key=lambda result: result["frechet"]["ratio"])
    mean: Result = {}
    for name, entry in results[0].items():
        if isinstance(entry, dict) and isinstance(entry.get("fake"), float):
            mean[name] = {side: float(np.mean([one[name][side] for one in results])) for side in ("fake", "real")}
    mean["frechet"]["ratio"] = mean["frechet"]["fake"] / mean["frechet"]["real"]
    return mean | {"worst_ratio": worst["frechet"]["ratio"], "worst_digit": worst["digit"]}


def told_by(path: Path) -> Result:
    """What a judge's file says of it, for the result."""
    texts = weights.load(path)[1]
    return {name: texts.get(name) for name in ("command", "test_accuracy")}


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


def evaluate(arguments: argparse.Namespace, real: Real) -> Result:
    """Do what the command line asks; returns what --json prints."""
    judges = Judges.load()
    drawers = drawers_of(arguments.model, arguments.digit, arguments.temperature)
    teams = teams_of(drawers, real) if arguments.train_on_generated else []
    if arguments.report:
        make_folder(arguments.report)
    result: Result = {
        "note": NOTE,
        "data": real.name,
        "classifier": told_by(CLASSIFIER),
        "second_classifier": told_by(SECOND_JUDGE),
        "seed": arguments.seed,
        "models": measure(drawers, real, judges, arguments.n, arguments.seed),
    }
    digits = [one for one in result["models"] if one["digit"] != "any"]
    if len(digits) > 1 and len({one["digit"] for one in digits}) == len(digits):
        result["mean_of_digits"] = mean_of_digits(digits)
    if arguments.train_on_generated:
        result["train_on_generated"] = [taught(team, real, judges.first, arguments.seed) for team in teams]
    result = rounded(result)
    if arguments.report:
        from gan.evaluate.report import write_report  # here, for it is the only one to need a template engine

        write_report(arguments.report, result, drawers, real, np.random.default_rng(arguments.seed))
        print(f"To look at: {arguments.report / 'index.html'}", file=sys.stderr)
    return result


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m gan.evaluate", description="Measure how good drawn digits are.")
    add = parser.add_argument
    shipped = "0 to 9, or any: shipped ones (default: all that ship)"
    add("--digit", type=digit_or_any, nargs="+", metavar="D", help=shipped)
    add("--model", type=Path, nargs="+", metavar="FILE", help="generator.safetensors of your own")
    add("--data", type=Path, metavar="DIR", help="(default: data/mnist, or else the shipped sample)")
    counts = f"pictures a comparison (default {DIGIT_N} of a digit, {ALL_N} of all)"
    add("-n", type=whole(LEAST_N, MOST_N), help=counts)
    add("--seed", type=SEED.option, default=0, help="of latents and groups (default 0)")
    add("--temperature", type=temperature, help="of the latents (default: the model's)")
    add("--train-on-generated", action="store_true", help="train classifiers on drawn digits, too")
    add("--report", type=Path, metavar="DIR", help="write a page with pictures into this folder")
    add("--json", action="store_true", help="print every figure as JSON, in place of the table")
    return parser


def run(arguments: argparse.Namespace) -> None:
    """Measure, and print what was found."""
    set_threads(nnet.threads.available_cores())
    real = Real.load(arguments.data)
    result = evaluate(arguments, real)
    print(json.dumps(result, indent=1) if arguments.json else write_table(result, on_sample=real.test is None))


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.evaluate`; returns the exit code."""
    return exit_code("gan.evaluate", lambda: run(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
