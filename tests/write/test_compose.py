"""Composing text in a handmade handwriting: independent characters, ink on the paper,
and layout.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.write import Writing, layout
from gan.write.layout import ROWS, Character
from gan.write.options_and_limits import DIGITS, SIGNS, WRITING
from tests.helpers.handmade import Handmade, written
from tests.helpers.strokes import bytes_of


def glyph_data(writing: Writing) -> list[Any]:
    return [
        (g.character, g.position, g.line, g.mark, bytes_of(g.strokes))
        for g in writing.glyphs
    ]


@given(
    st.text("0123456789 -+\n", max_size=12),
    st.sampled_from(DIGITS + SIGNS),
    st.sampled_from(["plain", "squared"]),
)
def test_appending_a_character_does_not_change_the_others(
    text: str, extra: str, paper: str
) -> None:
    short = written(text, seed=3, paper=paper)
    long = written(text + extra, seed=3, paper=paper)
    assert glyph_data(long)[:-1] == glyph_data(short)


def test_copies_are_numbered_through_the_text() -> None:
    writer = Handmade()
    written("3-33\n30", handwriting=writer)
    assert writer.requested == [(3, 0), (3, 1), (3, 2), (3, 3), (0, 0)]


KINDS = {
    name: st.sampled_from(WRITING[name].choices or ())
    for name in ("pen", "paper", "align")
}
NUMBERS = {
    "slant": st.floats(-30, 30),
    "thickness": st.floats(0.5, 2),
    "human": st.floats(0, 1),
}
LOOKS: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"seed": st.integers(0, 2**32 - 1)} | KINDS | NUMBERS
)


@settings(max_examples=25, deadline=None)
@given(st.text(DIGITS + SIGNS + " \n", max_size=8), LOOKS)
def test_ink_stays_on_the_paper_and_characters_do_not_touch(
    text: str, look: dict[str, Any]
) -> None:
    writing = written(text, **look)
    assert min(writing.width, writing.height) > 50, "an empty text gives an empty page"
    for number, baseline in enumerate(writing.baselines):
        glyphs = [
            glyph for glyph in writing.glyphs if glyph.line == number and glyph.strokes
        ]
        on_baseline = [
            Character(tuple(s.moved(0, -baseline) for s in glyph.strokes), glyph.mark)
            for glyph in glyphs
        ]
        edges = layout.profiles(on_baseline, writing.pen)
        rows: NDArray[np.float64] = ROWS[np.isfinite(edges.left).any(axis=0)] + baseline
        if len(rows):
            assert edges.left.min() >= 0
            assert edges.right.max() <= writing.right
            assert writing.top <= rows[0] <= rows[-1] <= writing.bottom
        for one, other in zip(edges.right, edges.left[1:], strict=False):
            assert (other - one).min() > 0.5


def test_importing_the_command_does_not_load_slow_modules() -> None:
    heavy = "aiohttp jinja2 tqdm numba PIL safetensors"
    code = (
        "import sys, gan.write; "
        f"print(*sorted(set({heavy.split()!r}) & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, cwd=root) == b"\n"


# gan/write/layout.py


def test_characters_without_a_common_row_are_kept_apart() -> None:
    right = np.array([3, -np.inf])
    left = np.array([np.inf, 1])
    assert layout.apart(right, left, nearest=2) == 4
