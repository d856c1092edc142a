"""The name that a person gives a run: a line in a small file of the run's folder, which itself never moves.

So the run's address, its pictures and its links stay as they are, whatever it is called.
"""

from __future__ import annotations

from pathlib import Path

from gan.errors import InputError
from gan.runs.plain import read_plain
from nnet.lasting import lasting, sync

FILE = "label.txt"
LONGEST = 60  # characters: a row of the list on a phone has room for two lines
MOST_BYTES = 4 * LONGEST + 1  # of UTF-8, and the line's end


def check_label(text: str) -> str:
    """A name as it is kept, without spaces around it; InputError for one that is empty, too long or no plain line."""
    label = text.strip()
    if not 1 <= len(label) <= LONGEST:
        raise InputError(f"name: expected 1 to {LONGEST} characters, received {len(label)}", "name")
    strange = next((character for character in label if not character.isprintable()), None)
    if strange is not None:  # a line's end, or what turns the writing of a whole page around
        raise InputError(f"name: expected characters that can be seen, received U+{ord(strange):04X}", "name")
    return label


def read_label(folder: Path) -> str | None:
    """The name in a run's folder; None where there is none, or a file that holds no such name."""
    try:
        return check_label(read_plain(folder / FILE, MOST_BYTES).decode("utf-8"))
    except (OSError, ValueError):
        return None


def write_label(folder: Path, text: str | None) -> str | None:
    """Keep a name, or none, so that it outlasts a power cut; gives it as it is kept.

    Raises
    ------
    InputError : it cannot be a name, or the folder cannot be written. The old one is still there.
    """
    label = None if text is None else check_label(text)
    try:
        if label is None:
            (folder / FILE).unlink(missing_ok=True)
            sync(folder)
        else:
            with lasting(folder / FILE) as beside:
                beside.write_text(label + "\n", "utf-8")
    except OSError as error:
        raise InputError(f"{folder}: expected a folder to write in, received {error.strerror}", "id") from error
    return label
