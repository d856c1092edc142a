"""Check requests to the writer, and define their limits, their defaults and the two pens.

`normalized` replaces thin and no-break spaces, full-width digits, all kinds of line breaks, and Unicode hyphens, which
pasted text often contains.

A *ballpoint* is thin and has the same width everywhere. A *felt tip* has a round mark. Its width is proportional to the
handwriting's weight, and a little larger where the generator's stroke is wider.
"""

import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.cli.parameter import SEED, Parameter, table
from gan.errors import InputError

DIGITS = "0123456789"
SIGNS = "+-−–×÷·=.,:/()%€$£"
LONGEST = 64  # characters per line, which is far wider than a screen
LINES = 40  # lines per page, which fill an A4 sheet if a digit is 3.8 mm high
VARIANTS = 6  # number of glyph variants offered for a digit


def option(default: Any, meaning: str, **limits: Any) -> Any:
    """Return a field of `Request`. `LOOK` has its `Parameter`, with these limits."""
    return field(default=default, metadata={"default": default, "help": meaning, **limits})


@dataclass(frozen=True)
class Request:
    """A request to write a text. `check` makes it valid; equal valid requests give equal pages.

    The command line, the server, the OpenAPI document and the JSON take the options from these fields.
    """

    text: str
    seed: int = option(SEED.default, "each seed gives a different handwriting", low=SEED.low, high=SEED.high)
    pen: str = option("felt", "the pen", choices=("ballpoint", "felt"))
    ink: str = option(  # the default is blue-black
        "#1b2a55",
        "colour of the ink: #rgb or #rrggbb",
        pattern="#(?:[0-9a-fA-F]{3}){1,2}",
        example="a colour such as #123 or #112233",
    )
    # Below 16 pixels a stroke is thinner than a pixel; at 320 pixels a line of text has 7 million pixels.
    size: int = option(96, "height of a digit", low=16, high=320, unit="pixels")
    slant: float = option(  # digits slanted by more than 30 degrees are hard to read
        0.0, "slant to the right, in addition to the handwriting's own", low=-30.0, high=30.0, unit="degrees"
    )
    thickness: float = option(  # above 2, the loops of an 8 close
        1.0, "width of the stroke", low=0.5, high=2.0, unit="times the handwriting's own stroke"
    )
    human: float = option(  # a value of 1 gives the variation measured within the hand of one person
        0.5, "unevenness, from steady to as uneven as a person's", low=0.0, high=1.0
    )
    align: str = option(
        "left",
        "alignment of lines; right aligns the last digits, as in column addition; signs after them stick out",
        choices=("left", "right"),
    )
    paper: str = option("plain", "ruling of the paper", choices=("plain", "lined", "squared"))
    choices: tuple[tuple[int, int], ...] = option(
        "",
        f"alternative forms of some digits: position, counted from 0, and variant, 1 to {VARIANTS} (0: none)",
        pattern="(?:[0-9]{1,4}:[0-9](?:,[0-9]{1,4}:[0-9])*)?",
        example="positions and variants such as 3:2,7:1",
    )
    model: Path | None = None  # a generator of all digits, instead of the bundled one


LOOK = {one.name: Parameter(one.name, type(one.default), **one.metadata) for one in fields(Request) if one.metadata}
OPTIONS = {  # options that apply to a single format (gan/write/formats.py)
    # Below 1 mm a plotter's pen is too wide.
    "strokes": table(Parameter("digit_mm", float, 1.0, 100.0, unit="mm", default=8.0, help="height of a digit")),
    "animated": table(
        Parameter("written", int, 0, LINES * (LONGEST + 1), default=0, help="characters visible from the start"),
        Parameter("seconds", float, 0.5, 60.0, unit="seconds", default=15.0, help="maximum time for writing the rest"),
    ),
}
WRITING = LOOK | OPTIONS["strokes"] | OPTIONS["animated"]
DEFAULTS = {name: parameter.default for name, parameter in WRITING.items()}
SETTINGS = tuple(name for name in LOOK if name != "choices")  # options whose value is that of the request


def check(text: str, **options: Any) -> Request:
    """Return a valid request with the given text and options, which are the fields of `Request` except `text`.

    Its text is `normalized`, and its ink is `#rrggbb` in lower case. The choices, such as "3:2,7:1", become
    pairs of a digit's position in the text, which includes line breaks, and its variant. They are sorted by position.

    Raise InputError for an invalid value. The message says what was expected and received; `field` names the option.
    """
    request = Request(check_text(text), **options)
    checked = {name: WRITING[name].check(getattr(request, name)) for name in SETTINGS}
    digits = checked["ink"][1:].lower()
    checked["ink"] = "#" + (digits if len(digits) == 6 else "".join(2 * d for d in digits))  # as CSS expands #rgb
    model, choices = Path(request.model) if request.model else None, check_choices(request.choices, request.text)
    return replace(request, model=model, choices=choices, **checked)


_SPACES = "\t\u00a0\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_LINE_BREAKS = "\r\v\f\u0085\u2028\u2029"  # Word and Excel use \v to break a line within a paragraph or a cell
_INVISIBLE = [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]
_FULL_WIDTH = 0xFEE0  # code point offset from "!" to "！", the same for all of ASCII
_SIMILAR = {"‐": "-", "‑": "-", "﹣": "-", "‒": "–", "—": "–", "―": "–", "*": "×", "∗": "×", "x": "×", "X": "×",
          "⁄": "/", "∕": "/", "∶": ":", "⋅": "·", "∙": "·", "￡": "£"}  # fmt: skip
UNDERSTOOD: dict[int, str | None] = {
    **{ord(space): " " for space in _SPACES},
    **{ord(line_break): "\n" for line_break in _LINE_BREAKS},
    **dict.fromkeys(_INVISIBLE),
    **{ord(character) + _FULL_WIDTH: character for character in DIGITS + SIGNS if character.isascii()},
    **{ord(other): character for other, character in _SIMILAR.items()},
    ord("*") + _FULL_WIDTH: "×",
}


def normalized(text: str) -> str:
    r"""Return the text with characters replaced by similar ones that can be written.

    Tabs and all Unicode spaces become spaces, `\r\n` and other line breaks become `\n`, and full-width forms become
    their ASCII characters. Hyphens become `-`, which is written short; figure dashes and long dashes become `–`, which
    is longer. `*` and `x` become `×`, because letters cannot be written and so an x must mean multiplication. The minus
    sign is kept. Characters without width or ink, such as soft hyphens and direction marks, are removed. `·` is kept
    because it means multiplication or a decimal point, depending on the country.
    """
    return text.replace("\r\n", "\n").translate(UNDERSTOOD)


def check_text(text: str) -> str:
    """Return the `normalized` text. Raise InputError if it is too long, or has more than digits, spaces and SIGNS."""
    if not isinstance(text, str):
        raise InputError(f"text: expected text, received {type(text).__name__}", "text")
    if len(text) > 2 * LINES * (LONGEST + 1):  # limits work; twice, because normalizing may remove some
        raise InputError(f"text: expected at most {LINES} lines of {LONGEST}, received {len(text)} characters", "text")
    lines = normalized(text).split("\n")
    for number, line in enumerate(lines, start=1):
        bad = re.search(f"[^{DIGITS}{re.escape(SIGNS)} ]", line)
        if bad:
            expected = f"the digits 0-9, spaces, line breaks and the signs {' '.join(SIGNS)}"
            place = f"character {bad.start() + 1}" + (f" of line {number}" if len(lines) > 1 else "")
            raise InputError(f"text: expected {expected}, received {bad.group()!r} as {place}", "text")
        if len(line) > LONGEST:
            where = f" in line {number}" if len(lines) > 1 else ""
            raise InputError(f"text: expected at most {LONGEST} characters a line, received {len(line)}{where}", "text")
    if len(lines) > LINES:
        raise InputError(f"text: expected at most {LINES} lines, received {len(lines)}", "text")
    return "\n".join(lines)


def check_choices(choices: Any, text: str) -> tuple[tuple[int, int], ...]:
    """Return sorted pairs of a digit's position in `text` and its variant. Variant 0, the default, is dropped."""
    chosen: dict[int, int] = {}
    found = re.findall(r"(\d+):(\d)", WRITING["choices"].check(choices))
    for position, variant in (map(int, pair) for pair in found):
        if position >= len(text) or text[position] not in DIGITS:
            why = f"it has {text[position]!r}" if position < len(text) else f"the text has {len(text)} characters"
            expected = "expected the position of a digit, counted from 0"
            raise InputError(f"choices: {expected}, received {position}; {why}", "choices")
        if variant > VARIANTS or position in chosen:
            why = "it has one already" if position in chosen else f"variants are 1 to {VARIANTS}, 0 is none"
            expected = "expected one variant for a position"
            raise InputError(f"choices: {expected}, received {position}:{variant}; {why}", "choices")
        chosen[position] = variant
    return tuple((position, variant) for position, variant in sorted(chosen.items()) if variant)


@dataclass(frozen=True)
class Pen:
    """A pen with a round mark, whose width may depend on the handwriting's weight and on the pressure."""

    name: str
    width: float  # of its mark in units, in a handwriting of usual weight at pressure 1
    heavy: float  # exponent of the weight: with 0, the width ignores it; with 1, they are proportional
    soft: float  # exponent of the pressure

    def mark(self, weight: float) -> float:
        """Return the width in units at pressure 1 for a handwriting with `weight` times the usual weight."""
        return self.width * weight**self.heavy

    def radii(self, pressure: NDArray[np.float64], mark: float) -> NDArray[np.float64]:
        """Return half the width in units at each pressure (n,), given the width `mark` at pressure 1."""
        return mark / 2 * pressure**self.soft


PENS = {pen.name: pen for pen in (Pen("ballpoint", 0.9, 0.0, 0.0), Pen("felt", 2.0, 1.0, 0.5))}
