"""Draw digits with a trained generator, from the command line.

    python -m gan.sample --digit 3 -n 1000 --seed 0 -o samples.npy
    python -m gan.sample --digit 3 -n 64 -o sheet.png

The first writes an array (1000, 28, 28) uint8, ink 255, the second one picture.

Without --model, the shipped generator for the digit is used. The same latent vector
(gan/rules/latents.py) always gives the same drawing. The generator of all digits has
labels, so --model gan/pretrained/any.safetensors --digit 3 draws threes. With a model
of your own images, --digit is the name of a label.
"""

import gan.cli.one_blas_thread

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import nnet.threads
from gan.base.errors import InputError
from gan.base.parameter import SEED
from gan.base.text import counted
from gan.cli.command_line import (
    Parser,
    command,
    exit_code,
    new_file,
    parse_digit,
    some_path,
    whole,
)
from gan.data.images_and_sheets import save_png, sheet
from gan.drawings.load_and_draw import draw_random, load_generator, load_pretrained
from gan.drawings.match_mnist_grey_levels import without_finish
from gan.rules.run_config import SETTINGS
from nnet.durable_write import replacing
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels.thread_pool import set_threads

temperature = SETTINGS["temperature"].option


def build_parser() -> Parser:
    parser = Parser(command("gan.sample"), description="Draw with a trained generator.")
    add = parser.add_argument
    add(
        "--digit",
        default="any",
        metavar="D",
        help="0 to 9, or a label of your own images, or any (default)",
    )
    add(
        "-n",
        type=whole(1, 1_000_000),
        default=64,
        help="number of drawings (default 64)",
    )
    add("--seed", type=SEED.option, default=0, help="seed of the latents (default 0)")
    add(
        "--temperature",
        type=temperature,
        help="spread of the latents; above 1 adds variety (default: the model's)",
    )
    add(
        "--model",
        type=some_path,
        metavar="FILE",
        help="your own generator.safetensors (default: the shipped one)",
    )
    add(
        "--raw",
        action="store_true",
        help="draw G's own output, before grey values and faint ink are corrected",
    )
    add(
        "-o",
        "--out",
        type=new_file(".npy", ".png"),
        required=True,
        metavar="FILE",
        help="FILE.npy, or FILE.png for one picture of all drawings",
    )
    return parser


def save_sample(arguments: argparse.Namespace) -> None:
    set_threads(nnet.threads.available_cores())
    out = arguments.out
    if arguments.model:
        generator, config = load_generator(arguments.model)
        digit = parse_digit(arguments.digit, "--digit", config.names)
    else:
        digit = parse_digit(arguments.digit, "--digit")
        generator, config = load_pretrained(digit)
    if arguments.raw:
        generator = without_finish(generator)
    if arguments.temperature is not None:
        config = replace(config, temperature=arguments.temperature)
    if digit is not None and digit != config.digit and not config.labels:
        expected = f"expected a model that can draw {arguments.digit}"
        found = f"received one of {config.name}; leave --digit out"
        raise InputError(f"--digit: {expected}, {found}", "digit")
    rng = np.random.default_rng(arguments.seed)
    fast = accelerate(generator, "im2col")
    images = draw_random(fast, config, arguments.n, rng, digit, progress=True)
    if out.suffix.lower() == ".npy":
        with replacing(out) as part, part.open("wb") as file:
            np.save(file, images)
    else:
        save_png(sheet(images), out)
    print(f"{out}: {counted(len(images), 'drawing')}")


def main(argv: Sequence[str] | None = None) -> int:
    return exit_code("gan.sample", lambda: save_sample(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
