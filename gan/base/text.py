"""Make text safe to show: on one line, visible, and with nouns in the right number."""

import unicodedata

# They join emoji into one, and shape the letters of some scripts.
JOINERS = "\u200c\u200d"
# Unicode's categories of controls, marks that reverse text, private characters,
# surrogates, and separators of lines and words. Unassigned characters are not here:
# they may be newer than this Python.
HIDDEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs")


def is_visible(character: str) -> bool:
    """Return whether a character can be shown: a space or a joiner can."""
    return character in (" ", *JOINERS) or (
        unicodedata.category(character) not in HIDDEN
    )


def printable(text: str) -> str:
    """Return text on one line, with its hidden characters escaped.

    Otherwise a terminal would execute control sequences in the text.
    """
    line = " ".join(text.splitlines())
    return "".join(one if is_visible(one) else repr(one)[1:-1] for one in line)


def counted(count: int, noun: str) -> str:
    """Return "1 image", or "1,200 images"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
