"""The command line of the plain GAN, `python -m gan.plain`: options, progress, and pictures of the result.

    python -m gan.plain --losses runs/losses.png     # also plots both losses

It is apart from gan/plain.py so that the GAN itself stays short.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from PIL import Image

from gan.command_line import Parser, exit_code, new_file, whole
from gan.loss_plot import plot
from gan.parameter import SEED
from gan.pictures import save_png, sheet, to_ink
from gan.plain import LATENT, train
from gan.training import Measured, Players
from nnet.sequential import Sequential

ITERATIONS = 1000
SHOWN = 64  # drawings on a sheet


def report(iteration: int, measured: Measured) -> str:
    """Format one line of progress."""
    losses = f"D loss {measured.d_loss:.2f}, G loss {measured.g_loss:.2f}"
    return f"iteration {iteration}: {losses}, D is sure of the real one: {measured.told_apart:.0%} (50% is a guess)"


def draw(generator: Sequential, rng: np.random.Generator) -> Image.Image:
    """Return a sheet of drawings."""
    fake, _ = generator.forward(rng.standard_normal((SHOWN, LATENT), np.float32))  # (SHOWN, 28, 28, 1)
    return sheet(to_ink(fake))


def train_one(arguments: argparse.Namespace) -> None:
    """Train a GAN as the command line requests, and save its pictures."""
    losses: list[tuple[float, float]] = []

    def each(iteration: int, measured: Measured, _: Players) -> None:
        losses.append((measured.d_loss, measured.g_loss))
        if iteration % 100 == 0:
            print(report(iteration, measured))

    rng = np.random.default_rng(arguments.seed)
    G = train(arguments.digit, arguments.iterations, rng, each=each)
    save_png(draw(G, rng), arguments.out)
    if arguments.losses:
        save_png(plot(losses), arguments.losses)
        print(f"{arguments.losses}: the losses of D and G")
    print(f"{arguments.out}: {SHOWN} drawings of a {arguments.digit}")


def build_parser() -> Parser:
    """Build the command line."""
    parser = Parser("python -m gan.plain", description="The plain GAN: one digit, NumPy alone.")
    add = parser.add_argument
    add("--digit", type=whole(0, 9), default=3, help="0 to 9 (default 3)")
    add("--iterations", type=whole(1), default=ITERATIONS, help=f"(default {ITERATIONS})")
    add("--seed", type=SEED.option, default=0, help="each seed gives different digits (default 0)")
    add("-o", "--out", type=new_file(".png"), default="runs/plain.png", help="(default runs/plain.png)")
    add("--losses", type=new_file(".png"), metavar="FILE", help="also plot both losses")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.plain` and return the exit code."""
    return exit_code("gan.plain", lambda: train_one(build_parser().parse_args(argv)))
