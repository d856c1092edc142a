"""The error for bad input from a person.

It says in one plain line what was expected, what was received and what to do. It ends a command with exit code 2, a
request with a 4xx status.
"""

import sys
from collections.abc import Callable


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
