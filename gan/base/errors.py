"""Define the error for bad user input, and a JSON parser for untrusted text.

The error message states on one line what was expected, what was received and what to
do. A command that fails with it exits with code 2, and a request gets a 4xx status.
"""

import json
from typing import Any


class InputError(ValueError):
    """Raised for bad user input.

    The message says what was expected, what was received and what to do.

    Parameters
    ----------
    message : str
        One or two sentences, which become `printable`.
    field : str or None
        The option or form field that caused the error, such as ``"digits"``; None if no
        single field did.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(printable(message))
        self.field = field


def printable(text: str) -> str:
    """Return text on one line, with escapes for control characters, which a terminal
    would obey.
    """
    return "".join(
        one if one.isprintable() else repr(one)[1:-1]
        for one in " ".join(text.splitlines())
    )


def parse_json(text: str | bytes) -> Any:
    """Parse JSON. Raise ValueError if the text is not valid JSON or is nested too
    deeply.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
