"""Encode a page as an animated SVG that writes itself.

At the end, it looks like the SVG of `to_svg`. All outlines are in the file from the
start, hidden by masks. A mask has the strokes of one character, a little wider than the
ink. Each stroke is revealed along its centreline, by a moving dash as long as the
stroke. When a character is finished, its outline without a mask replaces the masked
one.

All animation is in the style sheet, inside a media query that excludes readers who
prefer reduced motion. Those readers, and programs that ignore style sheets, see the
finished writing. The file has no script and works in an <img>.
"""

from typing import NamedTuple
from zlib import crc32

import numpy as np

from gan.write.options_and_limits import WRITING
from gan.write.strokes_and_pages import Stroke, Writing
from gan.write.svg import GRID, document, on_grid, outline, relative, ruled

SPEED = 80.0  # units per second; a digit takes half a second
QUICKEST = 0.06  # minimum seconds for a stroke, such as a dot
# pauses in seconds within a character, between characters, and between lines
LIFT = 0.08
NEXT = 0.12
LINE = 0.3
# maximum total time; longer texts are written faster
SECONDS: float = WRITING["seconds"].default
SPARE = 0.05  # additional width of the mask on either side of the ink, in units
# seconds for which the masked and the final outline overlap, so that every frame shows
# at least one of them
LATER = 0.03


class Movement(NamedTuple):
    glyph: int  # index in `Writing.glyphs`
    stroke: Stroke
    start: float  # seconds
    end: float


def movements(
    writing: Writing, written: int = 0, seconds: float = SECONDS
) -> list[Movement]:
    """Return the timed movement of each stroke after the first `written` characters.

    Together the movements last at most `seconds`; a longer writing is sped up.
    """
    timed: list[Movement] = []
    now = 0.0
    before = None  # the previous glyph
    for index, glyph in enumerate(writing.glyphs):
        for stroke in glyph.strokes if glyph.position >= written else ():
            if before is not None:
                pause = NEXT if before.line == glyph.line else LINE
                now += LIFT if before is glyph else pause
            steps = np.diff(stroke.sampled(0.5)[0], axis=0)
            length = float(np.hypot(*steps.T).sum())
            duration = max(QUICKEST, length / SPEED)
            timed.append(Movement(index, stroke, now, now + duration))
            now += duration
            before = glyph
    scale = min(1.0, seconds / now) if timed else 1.0
    return [one._replace(start=one.start * scale, end=one.end * scale) for one in timed]


def to_self_writing(
    writing: Writing, *, written: int = 0, seconds: float = SECONDS
) -> str:
    """Return the page as an SVG that writes itself.

    The first `written` characters of the text are visible from the start. The rest is
    written in at most `seconds`, 0.5 to 60. Raise InputError with the field "seconds"
    for any other number. All ids in the file begin with a digest of its content, so
    that one HTML page can embed several such files.
    """
    WRITING["seconds"].check(seconds)
    done = movements(writing, written, seconds)
    still = [
        f'<path d="{outline(g, writing)}"/>'
        for g in writing.glyphs
        if g.strokes and g.position < written
    ]
    inked = {one.glyph: outline(writing.glyphs[one.glyph], writing) for one in done}
    name = f"w{crc32(repr((writing.request.ink, inked)).encode()):08x}"
    hidden = ["<defs>"]
    shown = []
    for index, path in inked.items():
        hidden.append(f'<path id="{name}o{index}" d="{path}"/>')
        hidden.append(
            f'<mask id="{name}m{index}">{_mask(writing, done, index, name)}</mask>'
        )
        ink = f'href="#{name}o{index}"'
        shown.append(
            f'<use id="{name}w{index}" class="{name}w" {ink} '
            f'mask="url(#{name}m{index})" visibility="hidden"/>'
        )
        shown.append(f'<use id="{name}f{index}" class="{name}f" {ink}/>')
    lines = [_style(done, name), *hidden, "</defs>", *ruled(writing), *still, *shown]
    return document(writing, f'fill="{writing.request.ink}"', lines)


def _mask(writing: Writing, done: list[Movement], index: int, name: str) -> str:
    """Return the content of a character's mask: its strokes, wider than its ink.

    `index` is that of the glyph, and `name` begins every id.
    """
    mark = writing.glyphs[index].mark
    paths = []
    for number, one in enumerate(done):
        if one.glyph == index:
            radius = float(writing.pen.radii(one.stroke.pressure, mark).max())
            widest = 2 * (radius + SPARE)
            path = relative([on_grid(one.stroke.curves, writing)], closed=False)
            paths.append(
                f'<path id="{name}s{number}" class="{name}s" pathLength="1" '
                f'fill="none" stroke="#fff" stroke-width="{widest * GRID:.0f}" '
                'stroke-linecap="round" stroke-linejoin="round" '
                f'd="{path}"/>'
            )
    return "".join(paths)


def _style(done: list[Movement], name: str) -> str:
    """Return the <style> element with the animation of the movements in `done`.

    A stroke is hidden with a dash offset of 1.01. An offset of 1 would leave the round
    end of its dash visible.
    """
    times = [
        f"#{name}s{number}{{animation-delay:{one.start:.3f}s;"
        f"animation-duration:{one.end - one.start:.3f}s}}"
        for number, one in enumerate(done)
    ]
    for index in dict.fromkeys(one.glyph for one in done):
        own = [one for one in done if one.glyph == index]
        start = own[0].start
        end = own[-1].end
        times.append(
            f"#{name}w{index}{{animation-delay:{start:.3f}s;"
            f"animation-duration:{end - start + LATER:.3f}s}}"
            f"#{name}f{index}{{animation-duration:{end:.3f}s}}"
        )
    rules = [
        f"@keyframes {name}s{{from{{stroke-dashoffset:1.01}}"
        "to{stroke-dashoffset:0}}",
        f"@keyframes {name}w{{from,to{{visibility:visible}}}}",
        f"@keyframes {name}f{{from,to{{visibility:hidden}}}}",
        f".{name}s{{stroke-dasharray:1 2;"
        f"animation:{name}s cubic-bezier(.4,.1,.6,.9) backwards}}",
        f".{name}w{{animation-name:{name}w}}.{name}f{{animation-name:{name}f}}",
    ]
    return (
        "<style>@media (prefers-reduced-motion:no-preference){"
        + "".join(rules + times)
        + "}</style>"
    )
