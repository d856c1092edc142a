"""A page of writing as an SVG that writes itself, stroke by stroke, and then stands as `to_svg` has it.

The outlines are there from the start, behind masks: in each mask the strokes of one character, a little wider than the
ink, are drawn along their middle lines by the well-known trick of a dash as long as the stroke, which is moved in. When
a character is done, its outline without the mask takes over, so that nothing is left of the trick.

All movement is in the style sheet, and only for those who have not asked for less motion. For them, and wherever style
sheets are not applied, the file simply shows what is written. It has no script and may stand in an <img>.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from gan.errors import InputError
from gan.write.page import Glyph, Stroke, Writing
from gan.write.render.svg import GRID, document, on_grid, outline, relative, ruled
from gan.write.request import LINES, LONGEST

SPEED = 80.0  # units a second along a stroke: a digit takes half a second
QUICKEST = 0.06  # seconds of a dot
LIFT, NEXT, LINE = 0.08, 0.12, 0.3  # seconds without ink: within a character, between two, to the next line
SECONDS = 15.0  # in all: so much text is written faster
PACES = (0.5, 60.0)  # seconds that may be asked for instead: faster nobody follows, and slower nobody waits
WRITTEN = (0, LINES * (LONGEST + 1))  # characters that may stand there from the start
SPARE = 0.05  # units to either side by which the mask is wider than the ink
LATER = 0.03  # seconds for which a mask stays when its outline is there: no frame lacks both


@dataclass(frozen=True)
class Movement:
    """When a stroke is written."""

    glyph: int  # index among the writing's glyphs
    stroke: Stroke
    start: float  # seconds
    end: float


def movements(writing: Writing, written: int = 0, seconds: float = SECONDS) -> list[Movement]:
    """Every stroke from a position in the text on, in the order of writing; at most so many seconds in all."""
    found: list[Movement] = []
    now, before = 0.0, None  # the glyph that was written last
    for index, glyph in enumerate(writing.glyphs):
        for stroke in glyph.strokes if glyph.position >= written else ():
            if before is not None:
                now += LIFT if before is glyph else NEXT if before.line == glyph.line else LINE
            took = max(QUICKEST, _length(stroke) / SPEED)
            found.append(Movement(index, stroke, now, now + took))
            now, before = now + took, glyph
    part = min(1.0, seconds / now) if found else 1.0
    return [Movement(one.glyph, one.stroke, one.start * part, one.end * part) for one in found]


def _length(stroke: Stroke) -> float:
    """Units along the stroke."""
    steps = np.diff(stroke.sampled(0.5)[0], axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def to_self_writing(writing: Writing, *, written: int = 0, seconds: float = SECONDS) -> str:
    """The SVG. Names in it begin with a digest of what it shows, so that several may stand in one page.

    Parameters
    ----------
    written
        How many characters of the text stand there from the start.
    seconds
        0.5 to 60, in which the rest is written if it would take longer.

    Raises
    ------
    InputError
        For seconds outside these limits; its `field` is "seconds".
    """
    low, high = PACES
    if not low <= seconds <= high:
        raise InputError(f"seconds: expected a number from {low:g} to {high:g}, received {seconds!r}", "seconds")
    done = movements(writing, written, seconds)
    there = [glyph for glyph in writing.glyphs if glyph.strokes and glyph.position < written]
    still = [f'<path d="{outline(glyph, writing)}"/>' for glyph in there]
    inked = {one.glyph: outline(writing.glyphs[one.glyph], writing) for one in done}
    name = f"w{crc32(repr((writing.request.ink, inked)).encode()):08x}"
    hidden, shown = ["<defs>"], []
    for index, path in inked.items():
        hidden.append(f'<path id="{name}o{index}" d="{path}"/>')
        hidden.append(f'<mask id="{name}m{index}">{_mask(writing, done, index, name)}</mask>')
        ink = f'href="#{name}o{index}"'
        shown.append(
            f'<use id="{name}w{index}" class="{name}w" {ink} mask="url(#{name}m{index})" visibility="hidden"/>'
        )
        shown.append(f'<use id="{name}f{index}" class="{name}f" {ink}/>')
    lines = [_style(done, name), *hidden, "</defs>", *ruled(writing), *still, *shown]
    return document(writing, f'fill="{writing.request.ink}"', lines)


def _mask(writing: Writing, done: list[Movement], index: int, name: str) -> str:
    """The strokes of one character, as wide as their ink is anywhere and a little wider."""
    glyph: Glyph = writing.glyphs[index]
    paths = []
    for number, one in enumerate(done):
        if one.glyph == index:
            widest = 2 * float(writing.pen.radii(one.stroke.pressure, glyph.mark).max() + SPARE)
            paths.append(
                f'<path id="{name}s{number}" class="{name}s" pathLength="1" fill="none" stroke="#fff" '
                f'stroke-width="{widest * GRID:.0f}" stroke-linecap="round" stroke-linejoin="round" '
                f'd="{relative([on_grid(one.stroke.curves, writing)], closed=False)}"/>'
            )
    return "".join(paths)


def _style(done: list[Movement], name: str) -> str:
    """The style sheet: what moves, and when. A dash offset above 1 hides the round end of the dash, too."""
    times = [
        f"#{name}s{number}{{animation-delay:{one.start:.3f}s;animation-duration:{one.end - one.start:.3f}s}}"
        for number, one in enumerate(done)
    ]
    for index in dict.fromkeys(one.glyph for one in done):
        own = [one for one in done if one.glyph == index]
        start, end = own[0].start, own[-1].end
        times.append(
            f"#{name}w{index}{{animation-delay:{start:.3f}s;animation-duration:{end - start + LATER:.3f}s}}"
            f"#{name}f{index}{{animation-duration:{end:.3f}s}}"
        )
    rules = [
        f"@keyframes {name}s{{from{{stroke-dashoffset:1.01}}to{{stroke-dashoffset:0}}}}",
        f"@keyframes {name}w{{from,to{{visibility:visible}}}}",
        f"@keyframes {name}f{{from,to{{visibility:hidden}}}}",
        f".{name}s{{stroke-dasharray:1 2;animation:{name}s cubic-bezier(.4,.1,.6,.9) backwards}}",
        f".{name}w{{animation-name:{name}w}}.{name}f{{animation-name:{name}f}}",
    ]
    return "<style>@media (prefers-reduced-motion:no-preference){" + "".join(rules + times) + "}</style>"
