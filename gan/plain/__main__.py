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
from gan.data.images_and_sheets import save_png, sheet, to_ink
from gan.plain.one_digit import LATENT, train
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

SHOWN = 64  # drawings on a sheet
# Pixels on the picture of two sheets: the height of a label, the height of its text,
# and the space between the sheets.
LABEL = 20
TEXT_SIZE = 14
SPACE = 12


def report(iteration: int, measured: Measured, _: Players) -> None:
    """Print the measurements of every hundredth iteration."""
    if iteration % 100 == 0:
        print(
            f"iteration {iteration}: "
            f"D loss {measured.d_loss:.2f}, G loss {measured.g_loss:.2f}, "
            f"D is sure of the real one: {measured.told_apart:.0%} (50% is a guess)"
        )


def draw(generator: Sequential, rng: np.random.Generator) -> Image.Image:
    """Return a sheet of drawings."""
    latents = rng.standard_normal((SHOWN, LATENT), np.float32)
    fake, _ = generator.forward(latents)  # (SHOWN, 28, 28, 1)
    return sheet(to_ink(fake))


def train_one(arguments: argparse.Namespace) -> None:
    """Train a GAN as the command line requests, and save a sheet of its drawings."""
    rng = np.random.default_rng(arguments.seed)
    G = train(arguments.digit, arguments.iterations or ITERATIONS, rng, each=report)
    save_png(draw(G, rng), arguments.out)
    print(f"{arguments.out}: {SHOWN} drawings of a {arguments.digit}")


def train_both(arguments: argparse.Namespace) -> None:
    """Train with and without the mistake, and save both sheets side by side.

    Both trainings begin with the same random numbers.
    """
    iterations = arguments.iterations or MISTAKE_ITERATIONS
    turns = arguments.mistake
    sheets = {}
    for label, freeze in (("D frozen", True), ("D not frozen", False)):
        rng = np.random.default_rng(arguments.seed)
        G = train(arguments.digit, iterations, rng, turns=turns, freeze=freeze)
        sheets[label] = draw(G, rng)
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
