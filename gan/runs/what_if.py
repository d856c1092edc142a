"""Train two runs that differ only in whether the judge is frozen: `python -m gan.runs.what_if`.

    python -m gan.runs.what_if                       # draws threes for half a minute, see runs/what-if/what-if.png
    python -m gan.runs.what_if --generator-updates 1 --seed 5 --out runs/one-update

Both runs start with the same networks, digits and random numbers. In one run, D is frozen while G learns. In the other
run, G's update also changes D. Both are ordinary runs (gan/runs/run.py), and the picture
shows both over time. docs/freeze.md reports how often each outcome occurs.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import nnet.threads
from gan.cli.command_line import Parser, digit_or_any, exit_code, some_path, whole
from gan.cli.parameter import SEED
from gan.data import load
from gan.data.pictures import drawings_on, save_png, sheet
from gan.errors import InputError
from gan.rules.config import LOSSES, Config, preset
from gan.rules.training_data import check_data, preset_for
from gan.runs.run import Run, evenly_spaced
from gan.runs.run_queue import Queue
from gan.runs.run_writer import create
from gan.runs.sheet_evaluation import Evaluation
from gan.runs.terminal_output import Lines

FROZEN, LOOSE = "what-if-frozen", "what-if-not-frozen"  # names of the two runs, also used on the page
TIMES, A_SIDE = 8, 4  # a picture has eight sheets side by side, each with 4 x 4 drawings
LABEL, TEXT_SIZE, SPACE = 20, 14, 8  # pixels
# Two different numbers compare pairs, so both are explained. Training prints the first, `describe_result` the second.
TOLD_APART = (
    "Told apart, above: how sure the judge is of the real digit, averaged over a training batch (0.50: it guesses). "
    "Pairs: how often it prefers the drawing, on the last sheet."
)


def pair(digit: int | None, of: Callable[..., Config] = preset, **changes: object) -> dict[str, Config]:
    """Return the configs of both runs by name. Both use the quick network, but only one freezes D.

    `of` creates each config (by default `gan.rules.config.preset`). Raise InputError for an invalid value.
    """
    return {
        name: of(digit, network="quick", **{"freeze": freeze} | changes)
        for name, freeze in ((FROZEN, True), (LOOSE, False))
    }


def picture(frozen: Run, loose: Run) -> Image.Image:
    """Return a picture of both runs over time: the frozen run in the upper row, with the iterations above.

    Raise InputError if the runs have no pictures for the same iterations, or if a picture is damaged.
    """
    common = sorted(set(frozen.pictures()) & set(loose.pictures()))
    times = evenly_spaced(common[1:], TIMES)  # without the untrained sheet
    if not times:
        raise InputError(f"{frozen.path}, {loose.path}: expected pictures of the same iterations, found none")
    # The first 4 x 4 drawings of each sheet
    rows = [[sheet(drawings_on(run.picture_path(at))[: A_SIDE**2], A_SIDE) for at in times] for run in (frozen, loose)]
    side = rows[0][0].width + SPACE
    paper = Image.new("L", (side * len(times) - SPACE, LABEL + 2 * side - SPACE), 255)
    font, draw = ImageFont.load_default(TEXT_SIZE), ImageDraw.Draw(paper)
    for column, iteration in enumerate(times):
        middle = column * side + (side - SPACE) / 2
        draw.text((middle, LABEL / 2), f"{iteration:,}", 64, font, anchor="mm")
        for row, sheets in enumerate(rows):
            paper.paste(sheets[column], (column * side, LABEL + row * side))
    return paper


def describe_result(name: str, evaluation: Evaluation, config: Config) -> str:
    """Return a sentence that describes the evaluation of a run's last sheet."""
    if evaluation.recognition is None or evaluation.near is None or evaluation.prefers_real is None:
        return f"{name}: no classifier to read it"
    count = len(evaluation.near)
    good = sum(evaluation.recognized(None if config.digit is None else [config.digit] * count))
    what = "a digit" if config.digit is None else f"a {config.digit}"
    return (
        f"{name}: {good} of {count} drawings are read as {what} and near a real one; "
        f"the judge prefers the drawing in {count - evaluation.prefers_real} of {count} pairs"
    )


def train_both(arguments: argparse.Namespace) -> None:
    """Train both runs as the command line requests, and write the picture."""
    settings = {"iterations": arguments.iterations, "seed": arguments.seed, "loss": arguments.loss}
    if arguments.generator_updates:
        settings["generator_updates"] = arguments.generator_updates
    settings["picture_every"] = max(1, arguments.iterations // TIMES)
    data = load(arguments.data)
    if data.names:
        raise InputError(f"--data: expected the digits 0 to 9, received {', '.join(data.names)}; leave it out", "data")
    configs = pair(arguments.digit, partial(preset_for, data), **settings)
    for name, config in configs.items():
        check_data(config, data)
        if Run.exists(arguments.out / name):
            raise InputError(f"{arguments.out / name}: already holds a run; choose another --out", "out")
    runs = [create(arguments.out / name, config) for name, config in configs.items()]
    workers, threads = nnet.threads.divide(nnet.threads.available_cores(), len(runs), None, None)
    queue = Queue(runs, workers, threads, arguments.data, Lines())
    try:
        queue.train_all()
    except KeyboardInterrupt:
        queue.save_and_end()
        raise
    if queue.failed:
        raise InputError(f"{', '.join(queue.failed)}: ended early; see the error above")
    path = arguments.out / "what-if.png"
    save_png(picture(*runs), path)
    for name, run in zip(configs, runs, strict=True):
        print(describe_result(name, run.evaluation(arguments.iterations), run.config))
    print(TOLD_APART)
    print(f"Picture: {path}")


def build_parser() -> Parser:
    parser = Parser("python -m gan.runs.what_if", description="Train two GANs, with and without a frozen judge.")
    add = parser.add_argument
    add("--digit", type=digit_or_any, default=3, metavar="D", help="0 to 9, or any (default 3)")
    add("--iterations", type=whole(1), default=300, help="iterations of each (default 300)")
    add("--generator-updates", type=whole(1), metavar="N", help="updates of G per update of D (default 3; classic 1)")
    add("--loss", choices=LOSSES, default=LOSSES[0], help=f"(default {LOSSES[0]})")
    add("--seed", type=SEED.option, default=0, help="seed of weights, data order and latents (default 0)")
    add("--data", type=some_path, metavar="DIR", help="folder with MNIST's files (default: the shipped sample)")
    out = "folder for the runs and what-if.png (default runs/what-if)"
    add("-o", "--out", type=some_path, default=Path("runs", "what-if"), metavar="DIR", help=out)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.runs.what_if` and return the exit code."""
    return exit_code("gan.runs.what_if", lambda: train_both(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
