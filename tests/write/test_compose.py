"""Composing text in a handmade handwriting: independent characters, and ink on the paper."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from gan.write import Glyph, Writing, layout, write
from gan.write.layout import ROWS, Character
from gan.write.options_and_limits import DIGITS, LINES, LONGEST, SIGNS, WRITING
from gan.write.raster import MOST_PIXELS
from gan.write.signs import spline
from tests.helpers.handmade import Handmade

written: Callable[..., Writing] = partial(write, handwriting=cast(Any, Handmade()))


def curve_bytes(glyph: Glyph) -> bytes:
    return b"".join(stroke.curves.tobytes() + stroke.pressure.tobytes() for stroke in glyph.strokes)


def glyph_data(writing: Writing) -> list[Any]:
    return [(g.character, g.position, g.line, g.mark, curve_bytes(g)) for g in writing.glyphs]


@given(st.text("0123456789 -+\n", max_size=12), st.sampled_from(DIGITS + SIGNS), st.sampled_from(["plain", "squared"]))
def test_appending_a_character_does_not_change_the_others(text: str, extra: str, paper: str) -> None:
    short, long = written(text, seed=3, paper=paper), written(text + extra, seed=3, paper=paper)
    assert glyph_data(long)[:-1] == glyph_data(short)


@pytest.mark.parametrize("character", DIGITS + SIGNS)
def test_repeated_characters_differ(character: str) -> None:
    glyphs = written(character * 12, seed=1, human=0.0).glyphs
    shapes = [tuple(np.round(glyph.strokes[0].curves - glyph.strokes[0].curves[0, 0], 6).flat) for glyph in glyphs]
    assert len(set(shapes)) == 12


def test_copies_are_numbered_through_the_text_and_choices_select_variants() -> None:
    writer = Handmade()
    written("3-33\n30", handwriting=writer, choices="2:5,6:1")
    assert writer.requested == [(3, 0, 0), (3, 1, 5), (3, 2, 0), (3, 3, 0), (0, 0, 1)]


KINDS = {name: st.sampled_from(WRITING[name].choices or ()) for name in ("pen", "paper", "align")}
NUMBERS = {"slant": st.floats(-30, 30), "thickness": st.floats(0.5, 2), "human": st.floats(0, 1)}
LOOKS: st.SearchStrategy[Any] = st.fixed_dictionaries({"seed": st.integers(0, 2**32 - 1)} | KINDS | NUMBERS)


@settings(max_examples=25, deadline=None)
@given(st.text(DIGITS + SIGNS + " \n", max_size=8), LOOKS)
def test_ink_stays_on_the_paper_and_characters_do_not_touch(text: str, look: dict[str, Any]) -> None:
    writing = written(text, **look)
    assert min(writing.width, writing.height) > 50, "an empty text gives an empty page"
    for line, baseline in enumerate(writing.baselines):
        glyphs = [glyph for glyph in writing.glyphs if glyph.line == line and glyph.strokes]
        on_baseline = [Character(tuple(s.moved(0, -baseline) for s in glyph.strokes), glyph.mark) for glyph in glyphs]
        edges = layout.profiles(on_baseline, writing.pen)
        rows: NDArray[np.float64] = ROWS[np.isfinite(edges.left).any(axis=0)] + baseline
        if len(rows):
            assert edges.left.min() >= 0
            assert edges.right.max() <= writing.right
            assert writing.top <= rows[0] <= rows[-1] <= writing.bottom
        for one, other in zip(edges.right, edges.left[1:], strict=False):
            assert (other - one).min() > 0.5


@pytest.mark.parametrize("paper", ["plain", "squared"])
def test_the_longest_text_fits_into_a_picture_of_the_default_size(paper: str) -> None:
    """A few of the longest lines have the width of a whole page, and short lines have its height."""
    wide, high = "\n".join([("0123456789+" * 6)[:LONGEST]] * 4), "\n".join("0" * LINES)
    pages = [written(text, paper=paper, human=1.0, slant=30.0, thickness=2.0) for text in (wide, high)]
    assert 0.7 * MOST_PIXELS < pages[0].width * pages[1].height < MOST_PIXELS


def test_importing_the_command_does_not_load_slow_modules() -> None:
    heavy = "aiohttp jinja2 tqdm numba PIL safetensors"
    code = f"import sys, gan.write; print(*sorted(set({heavy.split()!r}) & set(sys.modules)))"
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


@given(arrays(float, st.tuples(st.integers(2, 20), st.just(2)), elements=st.floats(-20, 20)))
def test_a_spline_interpolates_with_continuous_second_derivative(points: np.ndarray) -> None:
    curves = spline(points)
    np.testing.assert_array_equal(np.concatenate([curves[:, 0], curves[-1:, 3]]), points)
    at_start = curves[:, 0] - 2 * curves[:, 1] + curves[:, 2]  # equals a sixth of the second derivative
    at_end = curves[:, 1] - 2 * curves[:, 2] + curves[:, 3]
    np.testing.assert_allclose(curves[:-1, 3] - curves[:-1, 2], curves[1:, 1] - curves[1:, 0], atol=1e-9)
    np.testing.assert_allclose(at_end[:-1], at_start[1:], atol=1e-9)
    np.testing.assert_allclose([at_start[0], at_end[-1]], 0, atol=1e-9)
