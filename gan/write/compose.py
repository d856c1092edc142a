"""Compose a page: draw digits and signs, vary them as a person would, place them.

The variation was measured on MNIST's 30,000 odd-indexed training images, which are
ordered by writer, after subtracting each digit's median (`benchmarks.one_writer`, since
removed; see docs/notebook.md). Differences between people account for 55 % of the
variance of the lean. Within one person's handwriting, the standard deviation of the
lean is 0.16 pixels to the right per pixel of height; the option human = 1 gives 0.15.
The variance within one handwriting has three parts:

    own     fixed for a character in a handwriting; for example, all its 7s lean more
            than its 3s; three tenths
    drift   carried over from one character to the next; about a seventh
    jitter  new for every character; the rest

The amount of ink varies by 18 % within one handwriting. Part of this is due to height,
because MNIST scaled every digit to the same height, which made small digits thicker.
Here, height and weight together contribute 12 %; the contribution of the pressure in
the drawings was not measured. The split between height and weight was chosen by eye:
with 15 % on weight alone, a line looked as if written with several pens. Height above
the baseline and gap were also chosen by eye, because they cannot be measured on centred
digits.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gan.write.glyphs.own_handwriting import Mine
from gan.write.layout import Character, lay_out
from gan.write.options_and_limits import DIGITS, PENS, SIGNS, WRITING, Request, check
from gan.write.signs import sign
from gan.write.strokes_and_pages import Form, Glyph, Strokes, Writing, leaning

if TYPE_CHECKING:
    from gan.write.glyphs.select_drawings import Handwriting

BETWEEN = "+−–×÷="  # signs that usually stand between two numbers
ROOM = 1.6  # additional space in units on both sides of a sign in BETWEEN


def write(
    text: str,
    *,
    mine: Mine | None = None,
    handwriting: Handwriting | None = None,
    **options: Any,
) -> Writing:
    """Write a text in handwriting. Equal arguments give equal results.

    A character depends on the seed, its position and the preceding characters. So
    appending a digit does not change the other characters.

    Parameters
    ----------
    text
        At most 40 lines of 64 characters: 0-9, spaces and `+ - − – × ÷ · = . , : / ( )
        % € $ £`. It may be empty.
    mine
        A handwriting found from drawings (see `gan.write.glyphs.own_handwriting.load`),
        used instead of the one that the seed selects. The seed then only determines how
        the digits vary.
    handwriting
        A loaded handwriting, used instead of `seed`, `model` and `mine`.
    options
        Fields of `gan.write.options_and_limits.Request`, which documents their limits,
        such as seed=7, pen="ballpoint", ink="#123", size=96, slant=-5.0, thickness=1.2,
        human=0.5, align="right", paper="squared" or model=path.

    Raises
    ------
    InputError
        If an argument is outside its limits (the error's `field` names it), or if
        `model` is not a suitable generator.
    """
    return compose(check(text, **options), mine, handwriting)


def compose(
    request: Request, mine: Mine | None = None, handwriting: Handwriting | None = None
) -> Writing:
    """Return the page for a request that `check` has validated.

    `mine` and `handwriting` are those of `write`.
    """
    if handwriting is None:
        # imported here because it loads numba
        from gan.write.glyphs.select_drawings import handwriting_of

        handwriting = handwriting_of(request.seed, request.model, mine)
    lines = _lines(request, handwriting)
    characters = [[character for _, character in line] for line in lines]
    places, baselines, edges = lay_out(
        characters, PENS[request.pen], align=request.align, paper=request.paper
    )
    glyphs = []
    for line, xs, baseline in zip(lines, places, baselines, strict=True):
        for (glyph, _), x in zip(line, xs, strict=True):
            strokes = tuple(stroke.moved(x, baseline) for stroke in glyph.strokes)
            glyphs.append(replace(glyph, strokes=strokes))
    return Writing(request, tuple(glyphs), baselines, *edges)


def _lines(
    request: Request, handwriting: Handwriting
) -> list[list[tuple[Glyph, Character]]]:
    """Return the characters of every line, varied and slanted but not yet placed."""
    source = handwriting.source
    forms = _forms(request, handwriting)
    range_of_leans = np.tan(np.radians(WRITING["slant"].range))
    added_lean = np.tan(np.radians(request.slant))
    lean = float(np.clip(added_lean + source.slant, *range_of_leans))
    lines: list[list[tuple[Glyph, Character]]] = []
    position = 0  # in the text
    for number, line in enumerate(request.text.split("\n")):
        lines.append([])
        hanging = _hanging(line)
        own = habits(request, number, line).tolist()
        for column, symbol in enumerate(line):
            height, lift, tilt, weight, gap = own[column]
            form = forms.get(position)
            strokes: Strokes = ()
            if form:
                strokes = form.strokes
            elif symbol != " ":
                rng = np.random.default_rng([request.seed, number, column, ord(symbol)])
                strokes = sign(symbol, rng, source.wobble, request.human)
            bend = leaning(lean + tilt, 1 + height)
            strokes = tuple(one.transformed(bend).moved(0, -lift) for one in strokes)
            room = ROOM if symbol in BETWEEN else 0.0
            mark = _mark(request, source.weight * (1 + weight))
            glyph = Glyph(symbol, position, number, strokes, mark, form)
            character = Character(strokes, mark, gap, room, column >= hanging)
            lines[-1].append((glyph, character))
            position += 1
        position += 1  # the line break
    return lines


def _hanging(line: str) -> int:
    """Return the column after the last digit if a sign follows, as in "12 €".

    Otherwise, return the length of the line, so that no character hangs.
    """
    digits = line.rstrip(SIGNS + " ")
    return len(digits) if digits and len(digits) < len(line.rstrip()) else len(line)


def _forms(request: Request, handwriting: Handwriting) -> dict[int, Form]:
    """Return the `Form` of each digit, by the digit's position in the text."""
    keys = dict[int, tuple[int, int]]()
    copies = Counter[str]()  # occurrences of each digit so far
    for position, symbol in enumerate(request.text):
        if symbol in DIGITS:
            keys[position] = (int(symbol), copies[symbol])
            copies[symbol] += 1
    return dict(zip(keys, handwriting.forms(list(keys.values())), strict=True))


def _mark(request: Request, weight: float) -> float:
    """Return the width of the pen's mark at pressure 1, in units.

    `weight` is the handwriting's stroke width, relative to the usual one. The result is
    clipped to 0.5 to 2 times the pen's width, so that loops stay open.
    """
    pen = PENS[request.pen]
    least, most = WRITING["thickness"].range
    mark = request.thickness * pen.mark(weight)
    return min(max(mark, least * pen.width), most * pen.width)


# Standard deviations of five properties at human = 0 (STEADY) and at human = 1 (HUMAN):
# height of a character (relative), lift above the baseline (units), additional lean
# (units to the right per unit of height), weight of the stroke (relative), and gap
# before the character (units).
STEADY = np.array([0.02, 0.25, 0.032, 0.04, 0.3])
HUMAN = np.array([0.1, 0.7, 0.15, 0.07, 1.1])
# fraction of each variance that is fixed per character
OWN = np.array([0.3, 0.0, 0.3, 0.0, 0.0])
# fraction of each variance that drifts along the line, as a hand moves and presses
DRIFT = np.array([0.15, 0.5, 0.15, 0.5, 0.0])
KEPT = 0.8  # correlation of the drift from one character to the next
MOST = 2.0  # deviations beyond this many standard deviations are clipped
# factor of the lift above the baseline on lined or squared paper, which guides the hand
GUIDED = 0.5


def habits(request: Request, number: int, line: str) -> NDArray[np.float64]:
    """Return the random deviations of each character in a line, (n, 5).

    The columns are those of STEADY. No deviation depends on a later character, so
    typing does not change what is already written. `number` is the index of the line on
    the page.
    """
    rng = np.random.default_rng([request.seed, number])
    normal = rng.standard_normal((len(line), 2, len(STEADY)))
    fresh = normal[:, 0]
    jitter = normal[:, 1]
    drift = fresh.copy()  # (n, 5), with variance 1 in every row
    for i in range(1, len(line)):
        drift[i] = KEPT * drift[i - 1] + np.sqrt(1 - KEPT**2) * fresh[i]
    own = np.empty_like(fresh)
    for i, symbol in enumerate(line):
        rng = np.random.default_rng([request.seed, ord(symbol), 1])
        own[i] = rng.standard_normal(len(STEADY))
    z = np.sqrt(OWN) * own + np.sqrt(DRIFT) * drift + np.sqrt(1 - OWN - DRIFT) * jitter
    spread = STEADY + (HUMAN - STEADY) * request.human
    if request.paper != "plain":
        spread[1] *= GUIDED
    return spread * np.clip(z, -MOST, MOST)
