"""The labels of images: the ten digits, or names that the user gave to other images.

Commands check labels before they load images, so this module does not import gan.data.
"""

import unicodedata
from collections.abc import Sequence

from gan.base.errors import InputError
from gan.base.parameter import shorten
from gan.base.text import JOINERS, is_visible

DIGITS = 10  # also the maximum number of labels of the user's own images
LONGEST_NAME = 40  # characters of a label


def composed(label: str) -> str:
    """Return the one form of a label that can be typed in several ways (NFC).

    For example, "é" can be one character, or "e" and an accent.
    """
    return unicodedata.normalize("NFC", label)


def trimmed(label: str) -> str:
    """Return a label without spaces and joiners at its ends."""
    return label.strip(" " + JOINERS)


def check_names(
    names: Sequence[str], where: str = "names", field: str = "names"
) -> None:
    """Raise InputError unless these names can be labels.

    There may be at most ten, all different, short and visible.
    """
    if len(names) > DIGITS or len(set(names)) < len(names):
        expected = f"expected at most {DIGITS} different labels"
        received = f"received {len(names)}: {shorten(', '.join(names))}"
        raise InputError(f"{where}: {expected}, {received}; leave some out", field)
    for name in names:
        is_short = 1 <= len(name) <= LONGEST_NAME
        is_shown = all(map(is_visible, name)) and name == trimmed(name)
        if not is_short or not is_shown or name == "any":
            expected = (
                f"expected a label of 1 to {LONGEST_NAME} visible characters, "
                "other than 'any'"
            )
            received = f"received {shorten(repr(name))}"
            raise InputError(f"{where}: {expected}, {received}; rename it", field)
