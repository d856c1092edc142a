"""What all commands of the project share: how they read their options, and how they refuse.

Whatever a person gets wrong, an option, a file, a full disk, comes out as one line that begins with the command's name,
with exit code 2. So an option names its range in its type, and the options are read inside `exit_code`:

    def main(argv=None):
        return exit_code("gan.sample", lambda: save_sample(build_parser().parse_args(argv)))

    parser = Parser("python -m gan.sample", description="Pictures from a trained generator.")
    parser.add_argument("-n", type=whole(1, 1_000_000), default=64)
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import nnet.ctrl_c
from gan.errors import InputError
from gan.parameters import Parameter

LESS_MEMORY = "end other programs, or ask for less at once: a smaller batch, fewer workers, fewer pictures"
INTERRUPTED = 130  # the exit code of a command that Ctrl-C ended, as shells have it


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that refuses by an InputError, in place of a screen of usage and an exit."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse for every bad option."""
        raise InputError(f"{message.removeprefix('argument ')}; --help lists the options")


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """The type of an option that is a whole number from low to high."""
    return Parameter("", int, low, high).option


def decimal(low: float, high: float | None = None, above: bool = False) -> Callable[[str], float]:
    """The type of an option that is a number from low to high, or with `above` one above low."""
    return Parameter("", float, low, high, above=above).option


def auto_or(kind: Callable[[str], int]) -> Callable[[str], int | None]:
    """The type of an option that may be left to the program: "auto" is None."""

    def checked(text: str) -> int | None:
        try:
            return None if text == "auto" else kind(text)
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentTypeError(f"{error}; auto leaves it to the program") from error

    return checked


def digit_or_any(text: str) -> int | None:
    """The type of an option that names a digit: 0 to 9, or "any", which is None."""
    if text == "any":
        return None
    if not (text.isascii() and text.isdecimal() and len(text) == 1):
        raise argparse.ArgumentTypeError(f"expected 0 to 9 or any, received {text}")
    return int(text)


def parse_digit(text: str, option: str) -> int | None:
    """As `digit_or_any`, where a command reads the option itself: an InputError that names it."""
    try:
        return digit_or_any(text)
    except argparse.ArgumentTypeError as error:
        raise InputError(f"{option}: {error}", option.removeprefix("--")) from error


def new_file(*endings: str) -> Callable[[str], Path]:
    """The type of an option that names a file to be written, with one of these endings (".png") if any are named.

    Its folder is made where there is none: that it cannot be is better heard before the work than after.
    """

    def checked(text: str) -> Path:
        path, wanted = Path(text), " or ".join([", ".join(endings[:-1]), endings[-1]] if endings[1:] else endings)
        if endings and path.suffix.lower() not in endings:
            raise argparse.ArgumentTypeError(f"expected a name that ends in {wanted}, received {text}")
        if path.is_dir():
            raise argparse.ArgumentTypeError(f"expected a file, received the folder {text}; choose another name")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            wanted = f"expected a folder to write in, received {path.parent} ({error.strerror})"
            raise argparse.ArgumentTypeError(f"{wanted}; choose another") from error
        return path

    return checked


def exit_code(name: str, task: Callable[[], object]) -> int:
    """Do what a command was asked for: 0, or 2 and one line that begins with its name where that was not possible.

    Not possible means InputError, OSError, such as a full disk, or MemoryError. Any other error is a mistake of ours
    and is raised.
    Ctrl-C gives 130 and a line; a command that has more to say to it catches it in the task. Before the task and after
    it `python -m` ends without one (nnet/ctrl_c.py).
    """
    try:
        raised = nnet.ctrl_c.is_raised()
        try:
            with ctrl_c_is_plain():
                task()
        finally:
            if raised:
                nnet.ctrl_c.ends_at_once()
    except (InputError, OSError, MemoryError) as error:
        print(f"{name}: {in_words(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: stopped", file=sys.stderr)
        return INTERRUPTED
    return 0


@contextmanager
def ctrl_c_is_plain() -> Iterator[None]:
    """Let a KeyboardInterrupt come out as one, even of a compiled function.

    Numba runs some Python to pack what a function returns; an exception that a signal raises just there comes out as a
    SystemError ("returned a result with an exception set") with the true one as the cause of its cause.
    """
    try:
        yield
    except SystemError as error:
        cause: BaseException | None = error
        while cause and not isinstance(cause, KeyboardInterrupt):
            cause = cause.__cause__
        if cause is None:
            raise
        raise KeyboardInterrupt from error


def in_words(error: InputError | OSError | MemoryError) -> str:
    """An error as one line; of what the system refuses, the file and the reason, without its number."""
    if isinstance(error, MemoryError):
        return f"the memory does not suffice{f' ({error})' if str(error) else ''}; {LESS_MEMORY}"
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        place = error.filename2 or error.filename
        text = f"{place}: {error.strerror}" if place else error.strerror
    return " ".join(text.splitlines())
