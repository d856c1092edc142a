"""What all commands of the project share: how they read their options, and how they refuse.

Whatever a person gets wrong, an option, a file, a full disk, comes out as one line that begins with the command's name,
with exit code 2. So an option names its range in its type:

    parser = Parser("python -m gan.sample", description="Pictures from a trained generator.")
    parser.add_argument("-n", type=whole(1, 1_000_000), default=64)
"""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

from gan.errors import InputError

Number = TypeVar("Number", int, float)

SEED = (0, 2**32 - 1)  # what a Config and NumPy's generators take


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that refuses by an InputError, in place of a screen of usage and an exit."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse for every bad option."""
        raise InputError(f"{message.removeprefix('argument ')}; --help lists the options")


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """The type of an option that is a whole number from low to high."""
    return lambda text: _within(text, int, "a whole number", low, high)


def decimal(low: float, high: float | None = None) -> Callable[[str], float]:
    """The type of an option that is a number from low to high; infinity and NaN are none."""
    return lambda text: _within(text, float, "a number", low, high)


def auto_or(kind: Callable[[str], int]) -> Callable[[str], int | None]:
    """The type of an option that may be left to the program: "auto" is None."""
    return lambda text: None if text == "auto" else kind(text)


def _within(text: str, kind: Callable[[str], Number], name: str, low: Number, high: Number | None) -> Number:
    value: Number | None
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not low <= value < float("inf") or (high is not None and value > high):
        wanted = f"{name} from {low} to {high}" if high is not None else f"{name} of at least {low}"
        raise argparse.ArgumentTypeError(f"expected {wanted}, received {text}")
    return value


def exit_code(name: str, task: Callable[[], object]) -> int:
    """Do what a command was asked for: 0, or 2 and one line that begins with its name where that was not possible.

    Not possible means InputError or OSError, such as a full disk. Any other error is a mistake of ours and is raised.
    """
    try:
        task()
    except (InputError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    return 0
