"""Train a plain GAN to draw one digit with NumPy alone, within a minute on one core.

    python -m gan.plain                      # a 3; prints progress and saves runs/plain.png
    python -m gan.plain --digit 5 -o runs/five.png

Two networks compete. G draws digits from random numbers, and D distinguishes real digits from drawn ones. They take
turns learning from each other, and D is frozen while G learns. `iterate` in gan/training.py performs one turn of each.
This is a complete GAN. `train.py` uses a better loss and is faster.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np

from gan.data import load, only
from gan.models import build_discriminator, build_generator
from gan.pictures import save_png, sheet, to_ink, to_unit
from gan.training import Measured, Players, iterate
from nnet.optimizers import Adam
from nnet.sequential import Sequential

LATENT, CHANNELS, BATCH = 32, (16, 32), 32  # small networks, so that training takes a minute
LEARNING_RATE, BETA1 = 2e-3, 0.5  # Adam averages over fewer gradients than usual because the opponent changes
ITERATIONS = 1000


def train(digit: int, iterations: int, rng: np.random.Generator, say: Callable[[str], None] = print) -> Sequential:
    """Train on a digit for a given number of iterations and return G. `say` receives progress lines."""
    G, D = build_generator(LATENT, CHANNELS, rng), build_discriminator(1, CHANNELS, rng)  # one logit per image
    players = Players(G, D, Adam(G, beta1=BETA1), Adam(D, beta1=BETA1))
    images = to_unit(only(load(), digit).images)  # (500, 28, 28, 1)
    for iteration in range(1, iterations + 1):
        real = images[rng.integers(len(images), size=BATCH)]  # (B, 28, 28, 1)
        latents = rng.standard_normal((BATCH, LATENT), np.float32)
        measured = iterate(players, real, latents, LEARNING_RATE)
        if iteration % 100 == 0:
            say(report(iteration, measured))
    return G


def report(iteration: int, measured: Measured) -> str:
    """Format one line of progress."""
    losses = f"D loss {measured.d_loss:.2f}, G loss {measured.g_loss:.2f}"
    return f"iteration {iteration}: {losses}, D is sure of the real one: {measured.told_apart:.0%} (50% is a guess)"


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that reports an error on one line."""

    def error(self, message: str) -> NoReturn:
        """Print the error and exit; argparse calls this for every bad option."""
        self.exit(2, f"gan.plain: {message}\n")


def build_parser() -> Parser:
    """Build the command line."""
    parser = Parser("python -m gan.plain", description="The plain GAN: one digit, NumPy alone.")
    parser.add_argument("--digit", type=int, choices=range(10), default=3, help="0 to 9 (default 3)")
    parser.add_argument("--iterations", type=int, default=ITERATIONS, help=f"(default {ITERATIONS})")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other digits (default 0)")
    parser.add_argument("-o", "--out", type=Path, default=Path("runs/plain.png"), help="(default runs/plain.png)")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run `python -m gan.plain`."""
    arguments = (parser := build_parser()).parse_args(argv)
    if arguments.iterations < 1 or arguments.seed < 0 or arguments.out.suffix != ".png":
        parser.error("expected --iterations of at least 1, --seed of at least 0, and -o FILE.png")
    rng = np.random.default_rng(arguments.seed)
    try:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        G = train(arguments.digit, arguments.iterations, rng)
        fake, _ = G.forward(rng.standard_normal((64, LATENT), np.float32))  # (64, 28, 28, 1)
        save_png(sheet(to_ink(fake)), arguments.out)
    except OSError as error:
        parser.error(f"-o: expected a place to write to, received {arguments.out}: {error.strerror}")
    print(f"{arguments.out}: 64 drawings of a {arguments.digit}")


if __name__ == "__main__":
    main()
