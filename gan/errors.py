"""The error for bad user input, and a JSON parser for untrusted text.

The message states in one plain line what was expected, what was received and what to do. A command ends with exit code
2; a request gets a 4xx status.
"""

import json
from typing import Any


class InputError(ValueError):
    """Bad input from a user: what was expected, what was received, what to do.

    Parameters
    ----------
    message : str
        One or two sentences; line breaks become spaces, so that it always prints as one line.
    field : str or None
        The option or form field at fault (``"digits"``, ``"data"``), if there is one.
    """

    field: str | None

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(" ".join(message.splitlines()))
        self.field = field


def parse_json(text: str | bytes) -> Any:
    """Parse JSON; raise ValueError for text that is not JSON or is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
