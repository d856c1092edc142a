"""What a person may ask the writer for, and the checks that say no in one plain line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from gan.command import SEED
from gan.errors import InputError

LONGEST = 64  # characters: a line of 64 is already far wider than a screen, and bounds the work of one request
SEEDS = SEED  # as everywhere
SIZES = (16, 320)  # pixels: below 16 a stroke is thinner than a pixel; at 320 a line of 64 digits is 7 million pixels
SLANTS = (-30.0, 30.0)  # degrees to the right, added to the hand's own slant: past 30 digits become hard to read
THICKNESSES = (0.5, 2.0)  # times the hand's own stroke: past 2 the loops of an 8 close
HANDS = ("one", "ten")  # see gan/write/hand.py
DEFAULT_SIZE = 96
DEFAULT_INK = "#1b2a55"  # blue-black


@dataclass(frozen=True)
class Request:
    """One checked request. `ink` is always `#rrggbb`, in small letters."""

    number: str
    seed: int
    ink: str
    size: int
    slant: float
    thickness: float
    hand: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue of the ink, 0 to 255."""
        red, green, blue = bytes.fromhex(self.ink[1:])
        return red, green, blue


def check(number: str, *, seed: int, ink: str, size: int, slant: float, thickness: float, hand: str) -> Request:
    """Check every part of a request.

    Raises
    ------
    InputError
        Naming what was expected and what was received; its `field` is the name of the parameter.
    """
    return Request(
        number=check_number(number),
        seed=_whole(seed, "seed", SEEDS, ""),
        ink=check_ink(ink),
        size=_whole(size, "size", SIZES, " pixels"),
        slant=_real(slant, "slant", SLANTS, " degrees"),
        thickness=_real(thickness, "thickness", THICKNESSES, " times the hand's own stroke"),
        hand=check_hand(hand),
    )


def check_number(number: str) -> str:
    """The number itself, if it has 1 to 64 characters, all of them 0-9, space or `-`, and something to draw."""
    if not isinstance(number, str):
        raise InputError(f"number: expected text, received {type(number).__name__}", "number")
    if len(number) > LONGEST:
        raise InputError(f"number: expected at most {LONGEST} characters, received {len(number)}", "number")
    for position, character in enumerate(number, start=1):
        if character not in "0123456789 -":
            raise InputError(
                f"number: expected the digits 0-9, space and -, received {character!r} as character {position}",
                "number",
            )
    if not number.strip(" "):
        raise InputError("number: expected at least one digit or -, received nothing to write", "number")
    return number


def check_ink(ink: str) -> str:
    """The colour as `#rrggbb`; `#rgb` is short for it, as in CSS."""
    if not isinstance(ink, str) or not re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", ink):
        raise InputError(f"ink: expected a colour such as #123 or #112233, received {str(ink)[:40]!r}", "ink")
    digits = ink[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * d for d in digits))


def check_hand(hand: str) -> str:
    """The hand, if there is one of that name."""
    if hand not in HANDS:
        raise InputError(f"hand: expected {' or '.join(HANDS)}, received {str(hand)[:40]!r}", "hand")
    return hand


def _whole(value: int, field: str, limits: tuple[int, int], unit: str) -> int:
    low, high = limits
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        raise InputError(f"{field}: expected a whole number from {low} to {high}{unit}, received {value!r}", field)
    return value


def _real(value: float, field: str, limits: tuple[float, float], unit: str) -> float:
    low, high = limits
    real = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not real or not low <= value <= high:
        raise InputError(f"{field}: expected a number from {low:g} to {high:g}{unit}, received {value!r}", field)
    return float(value) + 0.0  # -0.0 becomes 0.0: the same input gives the same bytes
