"""The command `gan-digits` of an installed package.

`gan-digits train`, for example, does the same as `python train.py` in a checkout.
"""

import gan.cli.one_blas_thread

import sys
from importlib import import_module

import gan
from gan.base.errors import InputError
from gan.cli.command_line import exit_code

# For each subcommand: the module whose `main` it calls, and its help text.
PROGRAMS = {
    "serve": ("gan.commands.serve", "serve the pages on http://localhost:8007"),
    "train": ("gan.commands.train", "train networks"),
    "write": ("gan.write.__main__", "write a number in handwriting"),
    "sample": ("gan.sample", "draw with a trained network"),
    "evaluate": ("gan.evaluate.__main__", "measure the quality of drawings"),
    "data": ("gan.data.__main__", "write MNIST's files for other programs"),
}


def main() -> int:
    name, *rest = sys.argv[1:] or ["--help"]
    if name in PROGRAMS:
        return int(import_module(PROGRAMS[name][0]).main(rest))
    return exit_code("gan-digits", lambda: describe(name))


def describe(name: str) -> None:
    if name == "--version":
        print("gan-digits", gan.__version__)
    elif name in ("-h", "--help"):
        print("usage: gan-digits COMMAND [options]   or   gan-digits --version\n")
        print(
            *(f"  {word:<10}{what}" for word, (_, what) in PROGRAMS.items()), sep="\n"
        )
        print("\ngan-digits COMMAND --help lists the options of a command.")
    else:
        expected = f"expected {', '.join(PROGRAMS)} or --version"
        raise InputError(f"{expected}, received {name}; --help describes them")
