"""From a request to a page: form every digit and sign, lean and ink them alike, set them on their lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gan.write.glyphs.style_code import Mine
from gan.write.layout import Character, lay_out
from gan.write.page import Form, Glyph, Writing
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
from gan.write.stroke import Strokes, leaning
from gan.write.variation import Habit, habits

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
