"""Define the option types and the error handling that all commands share.

Every user error, such as a bad option, a bad file or a full disk, is reported on one
line that begins with the command's name, and the command exits with code 2. The type of
an option checks its range, and each command parses its options inside `exit_code`:

    parser = Parser(program("gan.sample"), description="Draw with a generator.")
    parser.add_argument("-n", type=whole(1, 1_000_000), default=64)

    def main(argv=None):
        return exit_code("gan.sample", lambda: save_sample(parser.parse_args(argv)))
"""

import argparse
import errno
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from gan.base.errors import InputError, describe_error, thread_limit_as_oserror
from gan.base.files import refuse_other_file
from gan.base.labels import composed
from gan.base.parameter import Parameter
from gan.cli.interrupts import signals_raise

DATA_HELP = (
    "your own images: a folder, .npy or .npz (default: MNIST, which is included)"
)
INTERRUPTED = 130  # the exit code after Ctrl-C, as in a shell
NO_READER = 141  # the exit code if the reader of the output has gone, as in a shell
# An installed package has no train.py.
IS_CHECKOUT = (Path(__file__).resolve().parents[2] / "train.py").is_file()
# The subcommands of `gan-digits`, by the names of their programs in the checkout.
SUBCOMMANDS = {
    "server.py": "serve",
    "train.py": "train",
    "gan.write": "write",
    "gan.sample": "sample",
    "gan.evaluate": "evaluate",
    "gan.data": "data",
}


def command(name: str) -> str:
    """Return the shell command that starts a program.

    It is `python train.py` in the checkout, and `gan-digits train` if the package is
    installed. `name` is the program's name in the checkout: a file such as train.py, or
    a module such as gan.write.
    """
    if name in SUBCOMMANDS and not IS_CHECKOUT:
        return f"gan-digits {SUBCOMMANDS[name]}"
    return f"python {name}" if name.endswith(".py") else f"python -m {name}"


def command_with(name: str, *words: str) -> str:
    """Return the command that starts a program with options, quoted for its shell."""
    quote = subprocess.list2cmdline if sys.platform == "win32" else shlex.join
    return f"{command(name)} {quote(words)}"


def program(name: str) -> str:
    """Return a program's name for its messages: train.py, or gan-digits train."""
    return command(name).removeprefix("python ").removeprefix("-m ")


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises InputError instead of printing and exiting."""

    def error(self, message: str) -> NoReturn:
        raise InputError(
            f"{message.removeprefix('argument ')}; --help lists the options"
        )


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return the argparse type of an option that is a whole number from low to high."""
    return Parameter("", int, low, high).option


CORES = whole(1, 1024)  # the argparse type of a number of cores


def parse_digit(text: str, option: str, names: tuple[str, ...] = ()) -> int | None:
    """Parse "0" to "9", or "any", which becomes None.

    If `names` of labels are given, parse one of these instead, and return its index.
    Raise InputError, which names `option`, for any other text.
    """
    labels = names or tuple("0123456789")
    text = composed(text)
    if text == "any":
        return None
    if text not in labels:
        expected = ", ".join(names) or "0 to 9"
        raise InputError(
            f"{option}: expected {expected} or any, received {text}",
            option.removeprefix("--"),
        )
    return labels.index(text)


def some_path(text: str) -> Path:
    """Parse a path. Reject "", because `Path` takes it for the current folder."""
    if not text:
        raise argparse.ArgumentTypeError(
            "expected a path, received an empty one; name a file or a folder"
        )
    return Path(text)


def new_folder(text: str) -> Path:
    """Parse the path of an output folder, and create it before the work begins."""
    folder = some_path(text)
    try:
        refuse_other_file(folder)
        folder.mkdir(parents=True, exist_ok=True)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    except OSError as error:
        message = f"expected a folder to write in, received {folder} ({error.strerror})"
        raise argparse.ArgumentTypeError(f"{message}; choose another") from error
    return folder


def new_file(*endings: str) -> Callable[[str], Path]:
    """Return the argparse type of an output file.

    If endings such as ".png" are given, the name must have one of them. Parsing creates
    the file's folder, so that errors are reported before the work begins.
    """

    def checked(text: str) -> Path:
        path = some_path(text)
        if endings and path.suffix.lower() not in endings:
            expected = " or ".join(endings)
            raise argparse.ArgumentTypeError(
                f"expected a name that ends in {expected}, received {text}"
            )
        if path.is_dir():
            raise argparse.ArgumentTypeError(
                f"expected a file, received the folder {text}; choose another name"
            )
        new_folder(str(path.parent))
        return path

    return checked


def exit_code(name: str, task: Callable[[], int | None]) -> int:
    """Run a command's task, and return the exit code.

    The code is the task's result, or 0 if that is None. After a user error (InputError,
    OSError or MemoryError), one line that begins with `program(name)` is printed, and
    the code is 2. It is 130 after Ctrl-C, unless the task handles that, and 141 if the
    reader of the output has gone, as in `--help | head`. Any other error is a bug and
    propagates.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Text in a file or pipe may have an encoding without signs such as "×".
            stream.reconfigure(errors="backslashreplace")
    try:
        with signals_raise(), thread_limit_as_oserror():
            try:
                return task() or 0
            finally:
                print(end="", flush=True)  # also after --help, which raises SystemExit
    except (InputError, OSError, MemoryError) as error:
        drop_output()
        if is_of_closed_pipe(error):
            return NO_READER
        print(f"{program(name)}: {describe_error(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{program(name)}: stopped", file=sys.stderr)
        return INTERRUPTED


def is_of_closed_pipe(error: Exception) -> bool:
    """Return whether an error comes from writing to a pipe that nobody reads."""
    if sys.platform == "win32" and isinstance(error, OSError):
        return error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError)


def drop_output() -> None:
    """Flush standard output, or discard its buffer if that fails.

    Otherwise Python would try to flush it again at exit.
    """
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
