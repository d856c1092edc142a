"""The command line of the plain GAN, `python -m gan.plain`: options, progress, and
pictures of the result.

    python -m gan.plain --digit 5    # draws a sheet of fives
    python -m gan.plain --mistake 2                  # draws two sheets: D frozen, and D not frozen

It is apart from gan/plain/one_digit.py so that the GAN itself stays short.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan.base.parameter import SEED
from gan.cli.command_line import Parser, exit_code, new_file, whole
from gan.data.images_and_sheets import save_png, sheet, to_ink
from gan.plain.one_digit import LATENT, train
from gan.plain.training import Measured, Players
from nnet.sequential import Sequential

# by default; with the mistake, drawings may form later
ITERATIONS = 1000
MISTAKE_ITERATIONS = 250
# of G for each of D, by default with the mistake: enough to show it with every seed
# tried
TURNS = 2
# by default
PICTURE = "runs/plain.png"
BOTH_PICTURES = "runs/mistake.png"
SHOWN = 64  # drawings on a sheet
# pixels
LABEL = 20
TEXT_SIZE = 14
SPACE = 12


def report(iteration: int, measured: Measured, _: Players) -> None:
    if iteration % 100 == 0:
        losses = f"D loss {measured.d_loss:.2f}, G loss {measured.g_loss:.2f}"
        print(
            f"iteration {iteration}: {losses}, D is sure of the real one: {measured.told_apart:.0%} (50% is a guess)"
        )


def draw(generator: Sequential, rng: np.random.Generator) -> Image.Image:
    # (SHOWN, 28, 28, 1)
    fake, _ = generator.forward(rng.standard_normal((SHOWN, LATENT), np.float32))
    return sheet(to_ink(fake))


def train_one(arguments: argparse.Namespace) -> None:
    """Train a GAN as the command line requests, and save a sheet of its drawings."""
    rng = np.random.default_rng(arguments.seed)
    G = train(arguments.digit, arguments.iterations or ITERATIONS, rng, each=report)
    save_png(draw(G, rng), arguments.out)
    print(f"{arguments.out}: {SHOWN} drawings of a {arguments.digit}")


def train_both(arguments: argparse.Namespace) -> None:
    """Train with and without the mistake, from the same random numbers, and save both
    sheets side by side.
    """
    iterations = arguments.iterations or MISTAKE_ITERATIONS
    sheets = []
    for freeze in (True, False):
        rng = np.random.default_rng(arguments.seed)
        G = train(
            arguments.digit, iterations, rng, turns=arguments.mistake, freeze=freeze
        )
        sheets.append(draw(G, rng))
    save_png(side_by_side(*sheets), arguments.out)
    print(
        f"{arguments.out}: after {iterations} iterations, {arguments.mistake} turn(s) of G for each of D"
    )
    print("Left: D is frozen while G learns. Right: it is not.")


def side_by_side(frozen: Image.Image, mistake: Image.Image) -> Image.Image:
    """Return both sheets on one picture, with a label above each."""
    paper = Image.new("L", (2 * frozen.width + SPACE, LABEL + frozen.height), 255)
    font = ImageFont.load_default(TEXT_SIZE)
    pen = ImageDraw.Draw(paper)
    for index, (text, one) in enumerate(
        {"D frozen": frozen, "D not frozen": mistake}.items()
    ):
        left = index * (frozen.width + SPACE)
        paper.paste(one, (left, LABEL))
        pen.text((left + one.width / 2, LABEL / 2), text, 64, font, anchor="mm")
    return paper


def build_parser() -> Parser:
    parser = Parser(
        "python -m gan.plain", description="The plain GAN: one digit, NumPy alone."
    )
    add = parser.add_argument
    many = f"(default {ITERATIONS}; with --mistake {MISTAKE_ITERATIONS})"
    add("--digit", type=whole(0, 9), default=3, help="0 to 9 (default 3)")
    add("--iterations", type=whole(1), help=many)
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
    turns = f"draw what follows without freezing D, with this number of G's turns for each of D's (default {TURNS})"
    add("--mistake", type=whole(1), nargs="?", const=TURNS, metavar="TURNS", help=turns)
    return parser


def run(argv: Sequence[str] | None) -> None:
    arguments = build_parser().parse_args(argv)
    arguments.out = arguments.out or new_file()(
        BOTH_PICTURES if arguments.mistake else PICTURE
    )
    (train_both if arguments.mistake else train_one)(arguments)


def main(argv: Sequence[str] | None = None) -> int:
    return exit_code("gan.plain", lambda: run(argv))


if __name__ == "__main__":
    sys.exit(main())
