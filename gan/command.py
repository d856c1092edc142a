"""What every command shares: option types, one-line errors, and the handling of Ctrl-C.

Every user error, such as a bad option, a bad file or a full disk, is reported on one line that begins with the
command's name, and the command exits with code 2. The type of an option checks its range, and each command parses its
options inside `exit_code`:

    def main(argv=None):
        return exit_code("gan.sample", lambda: save_sample(build_parser().parse_args(argv)))

    parser = Parser("python -m gan.sample", description="Pictures from a trained generator.")
    parser.add_argument("-n", type=whole(1, 1_000_000), default=64)

Ctrl-C (SIGINT) and SIGTERM:

- While a program imports its modules, a signal ends it immediately. nnet/at_import.py does this for `python -m`;
  `server.py` and `train.py` do it in their first lines.
- While a command runs, Ctrl-C raises a KeyboardInterrupt (`ctrl_c_raises`).
- While a command trains or writes, a signal takes effect only between two steps (`Interrupts`), so no step is lost.
- A child process either ignores Ctrl-C (`ignore_terminal_signals`) or ends immediately (`end_at_ctrl_c`). The parent
  blocks the signal while it starts a child (`ctrl_c_blocked`).
"""

import argparse
import multiprocessing.resource_tracker
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from gan.errors import InputError
from gan.parameters import Parameter
from nnet.at_import import use_default_action

LESS_MEMORY = "end other programs, or ask for less at once: a smaller batch, fewer workers, fewer pictures"
INTERRUPTED = 130  # the exit code after Ctrl-C, as in a shell


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises InputError instead of printing its usage and exiting."""

    def error(self, message: str) -> NoReturn:
        """Raise InputError; argparse calls this for every bad option."""
        raise InputError(f"{message.removeprefix('argument ')}; --help lists the options")


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return the argparse type of an option that is a whole number from low to high."""
    return Parameter("", int, low, high).option


def decimal(low: float, high: float | None = None, above: bool = False) -> Callable[[str], float]:
    """Return the argparse type of a number from low to high; with `above`, low itself is excluded."""
    return Parameter("", float, low, high, above=above).option


def auto_or(kind: Callable[[str], int]) -> Callable[[str], int | None]:
    """Return the argparse type of an option that is either "auto", which becomes None, or of the type `kind`."""

    def checked(text: str) -> int | None:
        try:
            return None if text == "auto" else kind(text)
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentTypeError(f"{error}; auto leaves it to the program") from error

    return checked


def digit_or_any(text: str) -> int | None:
    """Parse a digit from 0 to 9, or "any", which becomes None."""
    if text == "any":
        return None
    if not (text.isascii() and text.isdecimal() and len(text) == 1):
        raise argparse.ArgumentTypeError(f"expected 0 to 9 or any, received {text}")
    return int(text)


def parse_digit(text: str, option: str) -> int | None:
    """Parse a digit like `digit_or_any`, but raise an InputError that names the option."""
    try:
        return digit_or_any(text)
    except argparse.ArgumentTypeError as error:
        raise InputError(f"{option}: {error}", option.removeprefix("--")) from error


def new_file(*endings: str) -> Callable[[str], Path]:
    """Return the argparse type of an output file, whose name must have one of the endings, such as ".png", if any.

    The file's folder is created during parsing, so that an error is reported before the work rather than after it.
    """

    def checked(text: str) -> Path:
        path, expected = Path(text), " or ".join([", ".join(endings[:-1]), endings[-1]] if endings[1:] else endings)
        if endings and path.suffix.lower() not in endings:
            raise argparse.ArgumentTypeError(f"expected a name that ends in {expected}, received {text}")
        if path.is_dir():
            raise argparse.ArgumentTypeError(f"expected a file, received the folder {text}; choose another name")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"expected a folder to write in, received {path.parent} ({error.strerror})"
            raise argparse.ArgumentTypeError(f"{message}; choose another") from error
        return path

    return checked


def exit_code(name: str, task: Callable[[], object]) -> int:
    """Run a command's task and return the exit code.

    The exit code is 0 after success and 2 after a user error, which is printed on one line that begins with the
    command's name. User errors are InputError, OSError (such as a full disk) and MemoryError. Any other error is a bug
    and propagates. After Ctrl-C, a line is printed and the exit code is 130, unless the task handles Ctrl-C itself.
    """
    try:
        with ctrl_c_raises():
            task()
    except (InputError, OSError, MemoryError) as error:
        print(f"{name}: {describe_error(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: stopped", file=sys.stderr)
        return INTERRUPTED
    return 0


def describe_error(error: InputError | OSError | MemoryError) -> str:
    """Return an error as one line. For an OSError, name the file and the reason without the error number."""
    if isinstance(error, MemoryError):
        return f"the memory does not suffice{f' ({error})' if str(error) else ''}; {LESS_MEMORY}"
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        place = error.filename2 or error.filename
        text = f"{place}: {error.strerror}" if place else error.strerror
    return " ".join(text.splitlines())


@contextmanager
def ctrl_c_raises() -> Iterator[None]:
    """Make Ctrl-C raise a KeyboardInterrupt within the block, even inside a compiled function.

    Outside the block, `python -m` keeps the default action of the signal (nnet/at_import.py). A handler that
    other code has installed is left in place.

    Numba runs Python code to box a function's return value. A KeyboardInterrupt raised there surfaces as a SystemError
    ("returned a result with an exception set") that has the KeyboardInterrupt in its chain of causes.
    """
    runs_as_module = getattr(sys.modules["__main__"], "__spec__", None) is not None
    changed = runs_as_module and signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    try:
        if changed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
    except SystemError as error:
        cause: BaseException | None = error
        while cause and not isinstance(cause, KeyboardInterrupt):
            cause = cause.__cause__
        if cause is None:
            raise
        raise KeyboardInterrupt from error
    finally:
        if changed:
            use_default_action()


class Interrupts:
    """Defer signals, because an exception raised inside a compiled function may crash Numba and LLVM.

    Attributes
    ----------
    received : bool
        Whether SIGINT or SIGTERM has arrived.
    """

    def __init__(self) -> None:
        self.received = False

    def raise_if_received(self) -> None:
        """Raise a KeyboardInterrupt if a signal has arrived."""
        if self.received:
            raise KeyboardInterrupt

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Record signals within the block instead of acting on them.

        If a signal has arrived, later signals are recorded even after the block, so a second Ctrl-C does not interrupt
        saving.
        """

        def record(*_: object) -> None:
            self.received = True

        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may set signal handlers, and only it is interrupted
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number in [number for number, handler in before.items() if handler is not signal.SIG_IGN]:
            signal.signal(number, record)
        try:
            yield
        finally:
            if not self.received:
                for number, handler in before.items():
                    signal.signal(number, handler)


@contextmanager
def ctrl_c_blocked() -> Iterator[None]:
    """Block SIGINT while a child process starts, so that the signal cannot end it before it sets its handler.

    The child inherits the signal mask. Windows has no signal masks, so nothing is blocked there.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    multiprocessing.resource_tracker.ensure_running()  # otherwise the first start would run it and unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_terminal_signals() -> None:
    """Ignore Ctrl-C and a closed terminal in a child process, because the parent decides when the child ends."""
    for name in {"SIGINT", "SIGHUP"} & set(dir(signal)):  # Windows has no SIGHUP
        signal.signal(getattr(signal, name), signal.SIG_IGN)


def end_at_ctrl_c() -> None:
    """Make Ctrl-C end a child process immediately, even if it was pressed while the signal was blocked."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
