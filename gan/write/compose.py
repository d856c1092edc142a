"""From a request to a line of writing: choose a drawing for every digit, ink it with one pen, set it on the line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gan.errors import InputError
from gan.write import layout
from gan.write.choose import CANDIDATES, LOOPS, USUAL_LEAN, Choice, ranked
from gan.write.hand import Draw, Hand, hand_of
from gan.write.pen import HEIGHT, STROKE, Ink, ink_from_picture
from gan.write.request import DEFAULT_INK, DEFAULT_SIZE, HANDS, SLANTS, THICKNESSES, Request, check
from gan.write.shape import Picture, euler_number, lean

INKED = 4  # candidates that are inked at most: under the pen the small loop of a 6 can close, and the next may keep it


@dataclass(frozen=True)
class Glyph:
    """One character on the line."""

    character: str
    position: int  # in the number, from 0
    x: float  # units: left of the ink's grid; for a space, where it begins
    ink: Ink | None  # None for a space
    choice: Choice | None  # None for a space and a hyphen


@dataclass(frozen=True)
class Writing:
    """A finished line, independent of the file format. Units are 1/20 of a digit's height; the baseline is y = 0."""

    request: Request
    glyphs: tuple[Glyph, ...]
    right: float  # the paper reaches from x = 0 to here ...
    top: float  # ... and from here ...
    bottom: float  # ... to here

    @property
    def scale(self) -> float:
        """Pixels for each unit."""
        return self.request.size / HEIGHT

    @property
    def width(self) -> int:
        """Width of the picture in pixels."""
        return int(np.ceil(self.right * self.scale))

    @property
    def height(self) -> int:
        """Height of the picture in pixels."""
        return int(np.ceil((self.bottom - self.top) * self.scale))


def write(
    number: str,
    *,
    seed: int = 0,
    ink: str = DEFAULT_INK,
    size: int = DEFAULT_SIZE,
    slant: float = 0.0,
    thickness: float = 1.0,
    hand: str = HANDS[0],
    draw: Draw | None = None,
) -> Writing:
    """Write a number by hand. The same arguments give the same writing.

    A character depends on the seed, its place and what stands before it: a digit added at the end leaves the rest as
    it is.

    Parameters
    ----------
    number
        1 to 64 characters: 0-9, space and `-`.
    seed
        0 to 2**32 - 1: another seed, another drawing.
    ink
        `#rgb` or `#rrggbb`.
    size
        Height of a digit, 16 to 320 pixels.
    slant
        -30 to 30 degrees to the right, added to the hand's own slant; the sum stays within these limits, too.
    thickness
        0.5 to 2 times the hand's own stroke width, and at most 2 times that of the pen. Near the limits a glyph may
        take less, so that loops stay open.
    hand
        "one": all digits from one network and one latent vector, so that they look as if one person wrote them; the
        seed decides who. "ten": each digit from its own network, at the usual slant and weight.
    draw
        Candidates in place of a hand's, whatever `hand` says: (digit, n, rng) -> (n, 28, 28) uint8, ink 255.

    Raises
    ------
    InputError
        For an argument outside these limits (its `field` names it), or if a generator's file is missing or unreadable.
    """
    request = check(number, seed=seed, ink=ink, size=size, slant=slant, thickness=thickness, hand=hand)
    writer = Hand(draw) if draw else hand_of(request.hand, request.seed)
    earlier: dict[int, list[Picture]] = {}
    inks: list[Ink | None] = []
    choices: list[Choice | None] = []
    for position, character in enumerate(request.number):
        glyph_ink, choice = _glyph(request, position, character, earlier, writer)
        inks.append(glyph_ink)
        choices.append(choice)
    places = layout.place(inks)
    glyphs = tuple(Glyph(c, i, places[i], inks[i], choices[i]) for i, c in enumerate(request.number))
    return Writing(request, glyphs, *layout.ends(inks, places))


def _glyph(
    request: Request, position: int, character: str, earlier: dict[int, list[Picture]], writer: Hand
) -> tuple[Ink | None, Choice | None]:
    """Ink of one character. `earlier` holds the chosen pictures of each digit so far and is added to."""
    if character == " ":
        return None, None
    rng = np.random.default_rng([request.seed, position, ord(character)])
    own = layout.habit(rng)
    stroke = STROKE * own.stroke * min(request.thickness * writer.weight, THICKNESSES[1])
    least, most = np.tan(np.radians(SLANTS))
    shear = own.shear + float(np.clip(np.tan(np.radians(request.slant)) + writer.slant, least, most))
    if character == "-":
        return layout.hyphen(rng, stroke=stroke, shear=shear), None
    digit = int(character)
    copies = earlier.setdefault(digit, [])
    choices = ranked(writer.draw(digit, CANDIDATES, rng), digit, copies, writer.slant, writer.weight)
    if "blank" in choices[0].broken:
        raise InputError(
            f"model: expected digits, received {CANDIDATES} blank pictures of a {digit}; train it", "model"
        )
    ink, choice = _first_with_loops(choices, digit, stroke=stroke, shear=shear, own=own)
    copies.append(choice.picture)
    return ink, choice


def _first_with_loops(
    choices: list[Choice], digit: int, *, stroke: float, shear: float, own: layout.Habit
) -> tuple[Ink, Choice]:
    """Ink of the first choice that keeps its digit's loops under the pen; of the very first where none does.

    `shear` is that of the line, in units to the right for each upwards; a drawing's own lean is taken off.
    """
    tried: list[tuple[Ink, Choice]] = []
    for choice in [choice for choice in choices[:INKED] if "blank" not in choice.broken]:
        sheared = shear + USUAL_LEAN[digit] - lean(choice.picture)
        ink = ink_from_picture(choice.picture, stroke=stroke, shear=sheared, height=own.height, lift=own.lift)
        if 1 - euler_number(ink.distance < 0) in LOOPS[digit]:  # its loops, where it is of one piece, as it should be
            return ink, choice
        tried.append((ink, choice))
    return tried[0]
