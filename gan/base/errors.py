"""Define the error for bad user input, and describe errors on one line.

The error message states on one line what was expected, what was received and what to
do. A command that fails with it exits with code 2, and a request gets a 4xx status.
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gan.base.text import printable

LESS_MEMORY = (
    "close other programs, or use a smaller batch, fewer workers or fewer pictures"
)

NO_MORE = os.strerror(errno.EAGAIN)  # the system allows no more processes or threads
FEWER = "close other programs, or use fewer cores or workers"
PERMIT = "change its permissions, or choose another name"
# What to do about an error of the system, by its number.
REMEDIES = {
    errno.EACCES: PERMIT,
    errno.EROFS: PERMIT,
    errno.ENOSPC: "free some space",
    errno.EMFILE: "close other programs, or allow more (ulimit -n)",
}


class InputError(ValueError):
    """Raised for bad user input.

    The message says what was expected, what was received and what to do.

    Parameters
    ----------
    message : str
        One or two sentences. `printable` escapes its hidden characters.
    field : str or None
        The option or form field that caused the error, such as ``"digits"``; None if no
        single field did.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(printable(message))
        self.field = field


def describe_error(error: InputError | OSError | MemoryError) -> str:
    """Return an error as one line.

    For an OSError, name the file, the reason without the error number, and a remedy.
    """
    if isinstance(error, MemoryError):
        details = f" ({error})" if str(error) else ""
        return f"not enough memory{details}; {LESS_MEMORY}"
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        path = error.filename2 or error.filename
        text = f"{path}: {error.strerror}" if path else error.strerror
        if text == NO_MORE:
            text = f"cannot start a process or thread: {text}; {FEWER}"
        elif remedy := REMEDIES.get(error.errno or 0):
            text = f"{text}; {remedy}"
    return printable(text)


@contextmanager
def thread_limit_as_oserror() -> Iterator[None]:
    """Raise OSError if the system allows no more threads, as it does for processes.

    Python itself raises RuntimeError.
    """
    try:
        yield
    except RuntimeError as error:
        if str(error) != "can't start new thread":
            raise
        raise OSError(errno.EAGAIN, NO_MORE) from error


def parse_json(text: str | bytes) -> Any:
    """Parse JSON.

    Raise ValueError if the text is not valid JSON, or is nested too deeply.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"no JSON ({error})" if text.strip() else "empty"
        raise ValueError(f"it is {reason}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
