"""From a request to a page: form every digit and sign, lean and ink them alike, set them on their lines.

From steady to human: how a character departs from its handwriting's height, foot, lean, stroke and gap.

How much was measured on MNIST's 30,000 odd-indexed training images, which come in writer order, after each digit's
median was taken off (`python -m benchmarks.one_writer`). 55 % of the variance of lean lies between writers. What is
left within one is 0.16 pixels a pixel; human = 1 has 0.15. It has three parts:

    own     the writer's 7 leans more than his 3, always: three tenths
    drift   what the next character takes over: about a seventh
    jitter  the rest, new for every character

Ink varies within a writer by 18 %. But MNIST scaled every digit to one height, so one that was written smaller came
out thicker: a person's height varies, too, and the pen less than that. Height and weight together make 12 %; what the
drawings' own pressure adds was not measured. How they are divided, and foot and gap, which cannot be measured where
every digit is centred, is chosen by eye: a line whose weight alone varied by 15 % looked as if written with several
pens. At human = 0 all are those of somebody who evens out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gan.write.glyphs.style_code import Mine
from gan.write.layout import Character, lay_out
from gan.write.page import Form, Glyph, Strokes, Writing, leaning
from gan.write.request import (
    ALIGNS,
    DEFAULT_HUMAN,
    DEFAULT_INK,
    DEFAULT_PEN,
    DEFAULT_SIZE,
    DIGITS,
    NETWORKS,
    PAPERS,
    PENS,
    SIGNS,
    SLANTS,
    THICKNESSES,
    Request,
    check,
)
from gan.write.signs import sign

if TYPE_CHECKING:  # see _writer
    from gan.write.glyphs.glyph_cache import Handwriting

BETWEEN = "+−–×÷="  # signs that stand between two numbers, with more room around them ...
ROOM = 1.6  # ... of so many units


def write(
    text: str,
    *,
    seed: int = 0,
    pen: str = DEFAULT_PEN,
    ink: str = DEFAULT_INK,
    size: int = DEFAULT_SIZE,
    slant: float = 0.0,
    thickness: float = 1.0,
    human: float = DEFAULT_HUMAN,
    align: str = ALIGNS[0],
    paper: str = PAPERS[0],
    networks: str = NETWORKS[0],
    choices: str | Sequence[tuple[int, int]] = (),
    models: Sequence[str | Path] = (),
    mine: Mine | None = None,
    handwriting: Handwriting | None = None,
) -> Writing:
    """Write a text by hand. The same arguments give the same writing.

    A character depends on the seed, its place and what stands before it: a digit added at the end leaves the rest as
    it is.

    Parameters
    ----------
    text
        At most 20 lines of 64 characters: 0-9, spaces and `+ - − – × ÷ · = . , : / ( ) % € $ £`; it may be empty. What
        `gan.write.request.understood` knows becomes one of these.
    seed
        0 to 2**32 - 1: another seed, another handwriting.
    pen
        "ballpoint" or "felt".
    ink
        `#rgb` or `#rrggbb`.
    size
        Height of a digit, 16 to 320 pixels.
    slant
        -30 to 30 degrees to the right, added to the handwriting's own; the sum stays within these limits, too.
    thickness
        0.5 to 2 times the stroke that pen and handwriting have; at most 2 times the pen's.
    human
        0 (steady) to 1 (as uneven as people).
    align
        "left", or "right": the lines end under one another, as in sums: last digit under last digit. Signs behind
        it, such as " €", hang out.
    paper
        "plain", "lined", or "squared": one character to a square.
    networks
        "one": all digits from one network, so that they look as if one person wrote them; the seed decides who. "ten":
        each digit from its own network.
    choices
        Other forms of some digits: pairs of a position in the text, counted from 0, and a variant from 1 to 6; or the
        same in a string, `3:2,7:1`.
    models
        Files of one's own networks in place of the shipped ones: the generator of all digits, or ten, of a digit each.
        They decide about `networks`.
    mine
        The handwriting that was found from somebody's drawings, in place of the seed's: `gan.write.glyphs.style_code.load` reads it.
        The seed then decides how each digit departs from it.
    handwriting
        Who writes, in place of all these.

    Raises
    ------
    InputError
        For an argument outside these limits (its `field` names it), or if a generator's file is missing, unreadable, or
        not one of those.
    """
    if models:
        networks = NETWORKS[len(models) > 1]
    request = check(
        text,
        seed=seed,
        pen=pen,
        ink=ink,
        size=size,
        slant=slant,
        thickness=thickness,
        human=human,
        align=align,
        paper=paper,
        networks=networks,
        choices=choices,
    )
    written = _written(request, handwriting or _writer(request, models, mine))
    lines: list[list[Character]] = [[] for _ in range(request.text.count("\n") + 1)]
    for one in written:
        lines[one.line].append(one.character)
    layout = lay_out(lines, PENS[request.pen], align=request.align, paper=request.paper)
    places = [x for line in layout.places for x in line]
    glyphs = tuple(one.placed(x, layout.baselines[one.line]) for one, x in zip(written, places, strict=True))
    return Writing(request, glyphs, layout.baselines, layout.right, layout.top, layout.bottom)


@dataclass(frozen=True)
class _Written:
    """A character on its line, but not yet at its place."""

    symbol: str
    position: int
    line: int
    character: Character
    form: Form | None

    def placed(self, x: float, y: float) -> Glyph:
        strokes = tuple(stroke.moved(x, y) for stroke in self.character.strokes)
        return Glyph(self.symbol, self.position, self.line, strokes, self.character.mark, self.form)


def _writer(request: Request, models: Sequence[str | Path], mine: Mine | None) -> Handwriting:
    from gan.write.glyphs.glyph_cache import (
        handwriting_of,  # here, so that this package is imported without the compiler
    )

    return handwriting_of(request.networks, request.seed, tuple(map(Path, models)), mine)


def _written(request: Request, writer: Handwriting) -> list[_Written]:
    """Every character of the text but line breaks, leaning and inked."""
    forms = _forms(request, writer)
    least, most = np.tan(np.radians(SLANTS))
    lean = float(np.clip(np.tan(np.radians(request.slant)) + writer.slant, least, most))
    written: list[_Written] = []
    start = 0  # position of the line's first character
    for number, line in enumerate(request.text.split("\n")):
        hanging = _hanging(line)
        own = habits(line, seed=request.seed, number=number, human=request.human, guided=request.paper != "plain")
        for column, (symbol, habit) in enumerate(zip(line, own, strict=True)):
            form = forms.get(start + column)
            strokes: Strokes = ()
            if form:
                strokes = form.strokes
            elif symbol != " ":
                rng = np.random.default_rng([request.seed, number, column, ord(symbol)])
                strokes = sign(symbol, rng, wobble=writer.wobble, human=request.human)
            bend = leaning(lean + habit.lean, habit.height)
            strokes = tuple(stroke.bent(bend).moved(0, -habit.lift) for stroke in strokes)
            room = ROOM if symbol in BETWEEN else 0.0
            character = Character(strokes, _mark(request, writer, habit), habit.gap, room, column >= hanging)
            written.append(_Written(symbol, start + column, number, character, form))
        start += len(line) + 1
    return written


def _hanging(line: str) -> int:
    """Where that begins which hangs out of a column of numbers: signs behind the last digit, such as " €".

    Spaces alone do not: who types them at a line's end means to move it.
    """
    digits = line.rstrip(SIGNS + " ")
    return len(digits) if digits and len(digits) < len(line.rstrip()) else len(line)


def _forms(request: Request, writer: Handwriting) -> dict[int, Form]:
    """The form of every digit, by its position."""
    choices = dict(request.choices)
    copies: Counter[str] = Counter()  # of each digit so far
    positions: list[int] = []
    wanted: list[tuple[int, int, int]] = []
    for position, symbol in enumerate(request.text):
        if symbol in DIGITS:
            positions.append(position)
            wanted.append((int(symbol), copies[symbol], choices.get(position, 0)))
            copies[symbol] += 1
    return dict(zip(positions, writer.forms(wanted), strict=True))


def _mark(request: Request, writer: Handwriting, habit: Habit) -> float:
    """Width of the pen's mark in units: at most 2 times the pen's own, or the loops of an 8 close."""
    pen = PENS[request.pen]
    least, most = THICKNESSES
    return min(max(request.thickness * pen.mark(writer.weight * habit.weight), least * pen.width), most * pen.width)


# Columns: height (of 1), lift (units), lean (units to the right for each upwards), weight (of 1), gap (units).
STEADY = np.array([0.02, 0.25, 0.032, 0.04, 0.3])
HUMAN = np.array([0.1, 0.7, 0.15, 0.07, 1.1])
OWN = np.array([0.3, 0.0, 0.3, 0.0, 0.0])  # share of the variance
DRIFT = np.array([0.15, 0.5, 0.15, 0.5, 0.0])  # the hand slides along the line, and presses harder for a while
KEPT = 0.8  # of the drift, from one character to the next
MOST = 2.0  # spreads: nobody is farther off
GUIDED = 0.5  # times the lift on lined or squared paper


@dataclass(frozen=True)
class Habit:
    """How one character departs from what is usual in its line."""

    height: float  # factor
    lift: float  # units above the baseline
    lean: float  # units to the right for each upwards
    weight: float  # factor, of the stroke
    gap: float  # units more than usual before it


def habits(line: str, *, seed: int, number: int, human: float, guided: bool = False) -> list[Habit]:
    """The habit of every character of a line.

    One depends on the seed, the line's number, its place, its character and those before: a further one changes none.

    Parameters
    ----------
    line
        Its characters.
    seed, number
        Of the handwriting; of the line on its page, from 0.
    human
        0 (steady) to 1.
    guided
        Whether the paper shows where the baseline is.
    """
    fresh, jitter = np.random.default_rng([seed, number]).standard_normal((len(line), 2, len(STEADY))).swapaxes(0, 1)
    drift = fresh.copy()  # (n, 5); the first is that of a hand that came from elsewhere: variance 1 from the start
    for i in range(1, len(line)):
        drift[i] = KEPT * drift[i - 1] + np.sqrt(1 - KEPT**2) * fresh[i]
    always = {one: np.random.default_rng([seed, ord(one), 1]).standard_normal(len(STEADY)) for one in set(line)}
    own = np.array([always[one] for one in line]).reshape(-1, len(STEADY))
    z = np.sqrt(OWN) * own + np.sqrt(DRIFT) * drift + np.sqrt(1 - OWN - DRIFT) * jitter
    spread = (STEADY + (HUMAN - STEADY) * human) * np.array([1, GUIDED if guided else 1, 1, 1, 1])
    found = spread * np.clip(z, -MOST, MOST)
    return [Habit(1 + height, lift, lean, 1 + weight, gap) for height, lift, lean, weight, gap in found.tolist()]
