"""The command line of the plain GAN: options, progress, and pictures of the result.

    python -m gan.plain --digit 5      # draws a sheet of fives
    python -m gan.plain --mistake 2    # draws two sheets: D frozen, and D not frozen

This module is separate from gan/plain/one_digit.py to keep the GAN itself short.
"""

import gan.cli.one_blas_thread

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan.base.parameter import SEED
from gan.base.text import counted
from gan.cli.command_line import Parser, exit_code, new_file, whole
from gan.data import HEAD, head, load
from gan.data.images_and_sheets import Pictures, save_png, sheet, to_ink
from gan.data.nearest import Near, nearest_distances
from gan.plain.one_digit import LATENT, Each, train
from gan.plain.training import Measured, Players
from nnet.sequential import Sequential

# Default values of the options.
ITERATIONS = 1000
MISTAKE_ITERATIONS = 250  # After more, drawings may form in spite of the mistake.
PICTURE = "runs/plain.png"
BOTH_PICTURES = "runs/mistake.png"
# G's turns (its updates) for each of D's, if --mistake names no number. Two showed the
# mistake with every seed that was tried.
TURNS = 2

REPORT_EVERY = 50  # iterations
SHOWN = 64  # drawings on a sheet
# Pixels on the picture of two sheets: the height of a label, the height of its text,
# and the space between the sheets.
LABEL = 20
TEXT_SIZE = 14
SPACE = 12


def reporter(iterations: int) -> Each:
    """Return a function that prints the measurements of every 50th iteration."""

    def report(iteration: int, measured: Measured, _: Players) -> None:
        if iteration % REPORT_EVERY == 0:
            print(
                f"{iteration} of {iterations}: "
                f"D's loss {measured.d_loss:.2f}, G's loss {measured.g_loss:.2f}, "
                f"D(digits) {measured.d_real:.2f}, D(drawings) {measured.d_fake:.2f}",
                flush=True,
            )

    return report


def draw(generator: Sequential, rng: np.random.Generator) -> Pictures:
    latents = rng.standard_normal((SHOWN, LATENT), np.float32)
    fake, _ = generator.forward(latents)  # (SHOWN, 28, 28, 1)
    return to_ink(fake)


def count_recognized(drawings: Pictures, digit: int) -> int:
    """Return how many drawings look like the digit.

    The real image nearest to such a drawing is of that digit, and near (see `Near`).
    The project's classifier would need more than NumPy.
    """
    real = head(load(), HEAD)
    _, nearest = nearest_distances(drawings, real.images)
    near = Near(load())(drawings, np.full(len(drawings), digit))
    return int(((real.labels[nearest] == digit) & near).sum())


def train_one(arguments: argparse.Namespace) -> None:
    """Train a GAN as the command line requests, and save a sheet of its drawings."""
    rng = np.random.default_rng(arguments.seed)
    iterations = arguments.iterations or ITERATIONS
    G = train(arguments.digit, iterations, rng, each=reporter(iterations))
    save_png(sheet(draw(G, rng)), arguments.out)
    print(f"{arguments.out}: {SHOWN} drawings of a {arguments.digit}")


def train_both(arguments: argparse.Namespace) -> None:
    """Train with and without the mistake, and save both sheets side by side.

    Both trainings begin with the same random numbers.
    """
    iterations = arguments.iterations or MISTAKE_ITERATIONS
    turns = arguments.mistake
    each = reporter(iterations)
    sheets = {}
    for label, freeze in (("D frozen", True), ("D not frozen", False)):
        print(f"{label}:")
        rng = np.random.default_rng(arguments.seed)
        G = train(
            arguments.digit, iterations, rng, turns=turns, freeze=freeze, each=each
        )
        drawings = draw(G, rng)
        count = count_recognized(drawings, arguments.digit)
        print(f"recognized: {count} of {SHOWN}")
        sheets[label] = sheet(drawings)
    save_png(side_by_side(sheets), arguments.out)
    print(
        f"{arguments.out}: after {iterations} iterations, "
        f"{counted(turns, 'turn')} of G for each of D"
    )
    print("Left: D is frozen while G learns. Right: it is not.")


def side_by_side(sheets: dict[str, Image.Image]) -> Image.Image:
    """Return a picture of two sheets of the same size, each below its label."""
    width, height = next(iter(sheets.values())).size
    paper = Image.new("L", (2 * width + SPACE, LABEL + height), 255)
    font = ImageFont.load_default(TEXT_SIZE)
    pen = ImageDraw.Draw(paper)
    left = 0
    for label, picture in sheets.items():
        paper.paste(picture, (left, LABEL))
        pen.text((left + width / 2, LABEL / 2), label, 64, font, anchor="mm")
        left += width + SPACE
    return paper


def build_parser() -> Parser:
    parser = Parser(
        "python -m gan.plain", description="The plain GAN: one digit, NumPy alone."
    )
    add = parser.add_argument
    add("--digit", type=whole(0, 9), default=3, help="0 to 9 (default 3)")
    add(
        "--iterations",
        type=whole(1),
        help=f"(default {ITERATIONS}; with --mistake {MISTAKE_ITERATIONS})",
    )
    add(
        "--seed",
        type=SEED.option,
        default=0,
        help="each seed gives different digits (default 0)",
    )
    add(
        "-o",
        "--out",
        type=new_file(".png"),
        help=f"(default {PICTURE}; with --mistake {BOTH_PICTURES})",
    )
    add(
        "--mistake",
        type=whole(1),
        nargs="?",
        const=TURNS,
        metavar="TURNS",
        help="draw what follows without freezing D, "
        f"with this number of G's turns for each of D's (default {TURNS})",
    )
    return parser


def run(argv: Sequence[str] | None) -> None:
    arguments = build_parser().parse_args(argv)
    picture = BOTH_PICTURES if arguments.mistake else PICTURE
    arguments.out = arguments.out or new_file()(picture)
    if arguments.mistake:
        train_both(arguments)
    else:
        train_one(arguments)


def main(argv: Sequence[str] | None = None) -> int:
    return exit_code("gan.plain", lambda: run(argv))


if __name__ == "__main__":
    sys.exit(main())
