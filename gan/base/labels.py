"""The labels of images: the ten digits, or names that the user gave to other kinds of
images.

Command lines check them, too, so this module is below gan/data.
"""

from collections.abc import Sequence

from gan.base.errors import InputError
from gan.base.parameter import shorten

DIGITS = 10  # also the maximum number of labels of the user's own images
LONGEST_NAME = 40  # characters of a label


def check_names(
    names: Sequence[str], where: str = "names", field: str = "names"
) -> None:
    """Raise InputError unless these can be labels: at most ten different short names
    that can be printed.
    """
    if len(names) > DIGITS or len(set(names)) < len(names):
        received = f"received {len(names)}: {shorten(', '.join(names))}"
        raise InputError(
            f"{where}: expected at most {DIGITS} different labels, {received}; leave some out",
            field,
        )
    for name in names:
        if (
            not (
                1 <= len(name) <= LONGEST_NAME
                and name.isprintable()
                and name == name.strip()
            )
            or name == "any"
        ):
            expected = f"expected a label of 1 to {LONGEST_NAME} visible characters, other than 'any'"
            raise InputError(
                f"{where}: {expected}, received {shorten(repr(name))}; rename it", field
            )
