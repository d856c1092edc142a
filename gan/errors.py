"""The error for bad input from a person.

It says in one plain line what was expected, what was received and what to do. It ends a command with exit code 2, a
request with a 4xx status.

JSON that may come from anywhere, read so that whatever is none is one kind of error.
"""

import json
from typing import Any


class InputError(ValueError):
    """Bad input from a person: what was expected, what was received, what to do.

    Parameters
    ----------
    message : str
        One sentence or two; line breaks become spaces, so that it always prints as one line.
    field : str or None
        The option or form field at fault (``"digits"``, ``"data"``), where there is one.
    """

    field: str | None

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(" ".join(message.splitlines()))
        self.field = field


def parse_json(text: str | bytes) -> Any:
    """The value that a text tells; ValueError for a text that is no JSON, or nested too deep to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
