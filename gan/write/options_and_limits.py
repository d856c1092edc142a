"""Check requests to the writer, and define their limits, their defaults and the two
pens.

A *ballpoint* is thin and has the same width everywhere. A *felt tip* has a round mark.
Its width is proportional to the handwriting's weight, and a little larger where the
generator's stroke is wider.
"""

import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.base.parameter import SEED, Parameter, table

DIGITS = "0123456789"
SIGNS = "+-−–×÷·=.,:/()%€$£"
LONGEST = 64  # characters per line, which is far wider than a screen
LINES = 40  # lines per page, which fill an A4 sheet if a digit is 3.8 mm high


def option(default: Any, meaning: str, **limits: Any) -> Any:
    """Return a field of `Request`. `LOOK` has its `Parameter`, with these limits."""
    return field(
        default=default, metadata={"default": default, "help": meaning, **limits}
    )


@dataclass(frozen=True)
class Request:
    """A request to write a text.

    `check` makes it valid; equal valid requests give equal pages.

    The command line, the server, the OpenAPI document and the JSON take the options
    from these fields.
    """

    text: str
    seed: int = option(
        SEED.default,
        "each seed gives a different handwriting",
        low=SEED.low,
        high=SEED.high,
    )
    pen: str = option("felt", "the pen", choices=("ballpoint", "felt"))
    ink: str = option(  # the default is blue-black
        "#1b2a55",
        "colour of the ink: #rgb or #rrggbb",
        pattern="#(?:[0-9a-fA-F]{3}){1,2}",
        example="a colour such as #123 or #112233",
    )
    # Below 16 pixels a stroke is thinner than a pixel; at 320 pixels a line of text has
    # 7 million pixels.
    size: int = option(96, "height of a digit", low=16, high=320, unit="pixels")
    slant: float = option(  # digits slanted by more than 30 degrees are hard to read
        0.0,
        "slant to the right, in addition to the handwriting's own",
        low=-30.0,
        high=30.0,
        unit="degrees",
    )
    thickness: float = option(  # above 2, the loops of an 8 close
        1.0,
        "width of the stroke",
        low=0.5,
        high=2.0,
        unit="times the handwriting's own stroke",
    )
    # a value of 1 gives the variation measured within the hand of one person
    human: float = option(
        0.5, "unevenness, from steady to as uneven as a person's", low=0.0, high=1.0
    )
    align: str = option(
        "left",
        "alignment of lines; right aligns the last digits, as in column addition; signs after them stick out",
        choices=("left", "right"),
    )
    paper: str = option(
        "plain", "ruling of the paper", choices=("plain", "lined", "squared")
    )
    model: Path | None = None  # a generator of all digits, instead of the bundled one


LOOK = {
    one.name: Parameter(one.name, type(one.default), **one.metadata)
    for one in fields(Request)
    if one.metadata
}
OPTIONS = {  # options that apply to a single format (gan/write/formats.py)
    "animated": table(
        Parameter(
            "written",
            int,
            0,
            LINES * (LONGEST + 1),
            default=0,
            help="characters visible from the start",
        ),
        Parameter(
            "seconds",
            float,
            0.5,
            60.0,
            unit="seconds",
            default=15.0,
            help="maximum time for writing the rest",
        ),
    ),
}
WRITING = LOOK | OPTIONS["animated"]
DEFAULTS = {name: parameter.default for name, parameter in WRITING.items()}


def check(text: str, **options: Any) -> Request:
    """Return a valid request with the given text and options, which are the fields of
    `Request` except `text`.

    Its ink is `#rrggbb` in lower case.

    Raise InputError for an invalid value. The message says what was expected and
    received; `field` names the option.
    """
    request = Request(check_text(text), **options)
    checked = {name: WRITING[name].check(getattr(request, name)) for name in LOOK}
    digits = checked["ink"][1:].lower()
    # as CSS expands #rgb
    checked["ink"] = "#" + (
        digits if len(digits) == 6 else "".join(2 * d for d in digits)
    )
    return replace(
        request, model=Path(request.model) if request.model else None, **checked
    )


def check_text(text: str) -> str:
    """Return the text.

    Raise InputError if it is too long, or has more than digits, spaces and SIGNS.
    """
    if not isinstance(text, str):
        raise InputError(f"text: expected text, received {type(text).__name__}", "text")
    if len(text) > LINES * (LONGEST + 1):  # limits work
        raise InputError(
            f"text: expected at most {LINES} lines of {LONGEST}, received {len(text)} characters",
            "text",
        )
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        bad = re.search(f"[^{DIGITS}{re.escape(SIGNS)} ]", line)
        if bad:
            expected = (
                f"the digits 0-9, spaces, line breaks and the signs {' '.join(SIGNS)}"
            )
            place = f"character {bad.start() + 1}" + (
                f" of line {number}" if len(lines) > 1 else ""
            )
            raise InputError(
                f"text: expected {expected}, received {bad.group()!r} as {place}",
                "text",
            )
        if len(line) > LONGEST:
            where = f" in line {number}" if len(lines) > 1 else ""
            raise InputError(
                f"text: expected at most {LONGEST} characters a line, received {len(line)}{where}",
                "text",
            )
    if len(lines) > LINES:
        raise InputError(
            f"text: expected at most {LINES} lines, received {len(lines)}", "text"
        )
    return text


@dataclass(frozen=True)
class Pen:
    """A pen with a round mark, whose width may depend on the handwriting's weight and
    on the pressure.
    """

    name: str
    width: float  # of its mark in units, in a handwriting of usual weight at pressure 1
    # exponent of the weight: with 0, the width ignores it; with 1, they are
    # proportional
    heavy: float
    soft: float  # exponent of the pressure

    def mark(self, weight: float) -> float:
        """Return the width in units at pressure 1 for a handwriting with `weight` times
        the usual weight.
        """
        return self.width * weight**self.heavy

    def radii(self, pressure: NDArray[np.float64], mark: float) -> NDArray[np.float64]:
        """Return half the width in units at each pressure (n,), given the width `mark`
        at pressure 1.
        """
        return mark / 2 * pressure**self.soft


PENS = {
    pen.name: pen
    for pen in (Pen("ballpoint", 0.9, 0.0, 0.0), Pen("felt", 2.0, 1.0, 0.5))
}
