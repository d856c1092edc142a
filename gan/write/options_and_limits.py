"""Check requests to the writer, and define their limits, defaults and the two pens.

A pen leaves a round *mark* wherever it touches the paper, so the width of the mark is
the width of the ink. A *ballpoint* is thin and has the same mark everywhere. The mark
of a *felt tip* is proportional to the handwriting's weight, and a little larger where
the generator's stroke is wider.

Lengths are in *units* of 1/20 of a digit's height (gan/write/strokes_and_pages.py).
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
LONGEST = 64  # maximum number of characters per line; far wider than a screen
LINES = 40  # maximum number of lines; they fill an A4 sheet if digits are 3.8 mm high


def option(default: Any, meaning: str, **limits: Any) -> Any:
    """Return a dataclass field of `Request` with a default, a help text and limits.

    `LOOK` contains a `Parameter` for each such field, which checks the limits.
    """
    metadata = {"default": default, "help": meaning, **limits}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Request:
    """A request to write a text.

    Use `check` to create one: the constructor validates nothing. Equal valid requests
    give equal pages. The command line, the server, the OpenAPI document and the JSON
    output take their options from these fields.
    """

    text: str
    seed: int = option(
        SEED.default,
        "each seed gives a different handwriting",
        low=SEED.low,
        high=SEED.high,
    )
    pen: str = option("felt", "the pen", choices=("ballpoint", "felt"))
    ink: str = option(
        "#1b2a55",  # blue-black
        "colour of the ink: #rgb or #rrggbb",
        pattern="#(?:[0-9a-fA-F]{3}){1,2}",
        example="a colour such as #123 or #112233",
    )
    # Below 16 pixels a stroke is thinner than a pixel; at 320 pixels a line of text has
    # 7 million pixels.
    size: int = option(96, "height of a digit", low=16, high=320, unit="pixels")
    # Digits slanted by more than 30 degrees are hard to read.
    slant: float = option(
        0.0,
        "slant to the right, in addition to the handwriting's own",
        low=-30.0,
        high=30.0,
        unit="degrees",
    )
    # Above 2, the loops of an 8 fill with ink.
    thickness: float = option(
        1.0,
        "width of the stroke",
        low=0.5,
        high=2.0,
        unit="times the handwriting's own stroke",
    )
    # A value of 1 gives the variation measured within one person's handwriting.
    human: float = option(
        0.5, "unevenness, from steady to as uneven as a person's", low=0.0, high=1.0
    )
    align: str = option(
        "left",
        "alignment of lines; right aligns the last digits, as in column addition; "
        "signs after them stick out",
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
# options of the format "animated" only (gan/write/formats.py)
ANIMATION = table(
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
)
WRITING = LOOK | ANIMATION
DEFAULTS = {name: parameter.default for name, parameter in WRITING.items()}


def check(text: str, **options: Any) -> Request:
    """Validate a text and options, and return them as a `Request`.

    The options are the fields of `Request` except `text`. The ink becomes `#rrggbb` in
    lower case, and white space is replaced as in `check_text`. Raise InputError for an
    invalid value; its `field` names the option.
    """
    request = Request(check_text(text), **options)
    checked = {name: WRITING[name].check(getattr(request, name)) for name in LOOK}
    ink = checked["ink"].lower()
    if len(ink) == 4:  # as CSS expands #rgb
        ink = "#" + "".join(2 * digit for digit in ink[1:])
    checked["ink"] = ink
    model = Path(request.model) if request.model else None
    return replace(request, **checked, model=model)


def check_text(text: str) -> str:
    """Return the text with every white space except line breaks replaced by a space.

    So users can paste prices from web pages, which have no-break and thin spaces, and
    cells of tables, which have tabs.

    Raise InputError if the text is too long, or contains anything but digits, white
    space and SIGNS.
    """
    if not isinstance(text, str):
        raise _wrong_text("text", type(text).__name__)
    most = f"at most {LINES} lines"
    if len(text) > LINES * (LONGEST + 1):  # reject huge texts before splitting them
        raise _wrong_text(f"{most} of {LONGEST}", f"{len(text)} characters")
    text = re.sub(r"[^\S\n]", " ", text)
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        where = f"line {number}" if len(lines) > 1 else ""
        bad = re.search(f"[^{DIGITS}{re.escape(SIGNS)} ]", line)
        if bad:
            signs = " ".join(SIGNS)
            place = f"character {bad.start() + 1}{where and f' of {where}'}"
            raise _wrong_text(
                f"the digits 0-9, spaces, line breaks and the signs {signs}",
                f"{bad.group()!r} as {place}",
            )
        if len(line) > LONGEST:
            received = f"{len(line)}{where and f' in {where}'}"
            raise _wrong_text(f"at most {LONGEST} characters a line", received)
    if len(lines) > LINES:
        raise _wrong_text(most, str(len(lines)))
    return text


def _wrong_text(expected: str, received: str) -> InputError:
    return InputError(f"text: expected {expected}, received {received}", "text")


@dataclass(frozen=True)
class Pen:
    """A pen with a round mark, which may depend on weight and pressure."""

    name: str
    width: float  # width of its mark in units, at the usual weight and pressure 1
    heavy: float  # exponent of the weight; with 0, the weight has no influence
    soft: float  # exponent of the pressure

    def mark(self, weight: float) -> float:
        """Return the width of the pen's mark at pressure 1, in units.

        `weight` is the handwriting's weight, relative to the usual one.
        """
        return self.width * weight**self.heavy

    def radii(self, pressure: NDArray[np.float64], mark: float) -> NDArray[np.float64]:
        """Return half the width of the ink at each pressure, (n,).

        `mark` is the width at pressure 1; the result has the same unit.
        """
        return mark / 2 * pressure**self.soft


PENS = {
    pen.name: pen
    for pen in (Pen("ballpoint", 0.9, 0.0, 0.0), Pen("felt", 2.0, 1.0, 0.5))
}
