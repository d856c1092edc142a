"""The labels of images: the ten digits, or names that the user gave to other images.

Commands check labels before they load images, so this module does not import gan.data.
"""

from collections.abc import Sequence

from gan.base.errors import InputError
from gan.base.parameter import shorten

DIGITS = 10  # also the maximum number of labels of the user's own images
LONGEST_NAME = 40  # characters of a label


def check_names(
    names: Sequence[str], where: str = "names", field: str = "names"
) -> None:
    """Raise InputError unless these names can be labels.

    There may be at most ten, all different, short and printable.
    """
    if len(names) > DIGITS or len(set(names)) < len(names):
        expected = f"expected at most {DIGITS} different labels"
        received = f"received {len(names)}: {shorten(', '.join(names))}"
        raise InputError(f"{where}: {expected}, {received}; leave some out", field)
    for name in names:
        is_short = 1 <= len(name) <= LONGEST_NAME
        is_visible = name.isprintable() and name == name.strip()
        if not is_short or not is_visible or name == "any":
            expected = (
                f"expected a label of 1 to {LONGEST_NAME} visible characters, "
                "other than 'any'"
            )
            received = f"received {shorten(repr(name))}"
            raise InputError(f"{where}: {expected}, {received}; rename it", field)
