"""A text written from end to end in a handwriting without a network: what each option does, what stays the same."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from handmade import Handmade
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.errors import InputError
from gan.write import Glyph, Writing, layout, write
from gan.write.layout import ROWS, Character
from gan.write.page import SQUARE, box
from gan.write.render.raster import MOST_PIXELS
from gan.write.request import DIGITS, LINES, LONGEST, PENS, SIGNS

written: Callable[..., Writing] = partial(write, handwriting=cast(Any, Handmade()))


def curves(glyph: Glyph) -> bytes:
    return b"".join(stroke.curves.tobytes() + stroke.pressure.tobytes() for stroke in glyph.strokes)


def told(writing: Writing) -> list[Any]:
    return [(g.character, g.position, g.line, g.mark, curves(g)) for g in writing.glyphs]


def moved_to_zero(glyph: Glyph) -> Glyph:
    left = box(glyph.strokes)[0]
    return replace(glyph, strokes=tuple(stroke.moved(-left, 0) for stroke in glyph.strokes))


def test_every_character_is_a_glyph_and_a_line_break_none() -> None:
    writing = written("70 -4\n\n3%", seed=9)
    assert [(g.character, g.position, g.line) for g in writing.glyphs] == [
        ("7", 0, 0), ("0", 1, 0), (" ", 2, 0), ("-", 3, 0), ("4", 4, 0), ("3", 7, 2), ("%", 8, 2),
    ]  # fmt: skip
    assert [g.form.digit if g.form else None for g in writing.glyphs] == [7, 0, None, None, 4, 3, None]
    assert [bool(g.strokes) for g in writing.glyphs] == [True, True, False, True, True, True, True]
    assert len(writing.baselines) == 3
    assert writing.pen is PENS["felt"]


def test_same_input_same_writing() -> None:
    once, again = written("2026-11-25 = 5%", seed=7), written("2026-11-25 = 5%", seed=7)
    assert told(once) == told(again)
    assert (once.right, once.top, once.bottom) == (again.right, again.top, again.bottom)


@pytest.mark.parametrize(
    "change",
    [{"seed": 8}, {"slant": 5.0}, {"thickness": 1.3}, {"human": 0.9}, {"pen": "ballpoint"}, {"paper": "squared"},
     {"align": "right"}, {"choices": "0:3"}],
    ids=str,
)  # fmt: skip
def test_every_option_changes_the_strokes(change: dict[str, Any]) -> None:
    assert told(written("2-7\n50 3", seed=7)) != told(written("2-7\n50 3", **{"seed": 7} | change))


def test_ink_and_size_change_the_picture_alone() -> None:
    plain, changed = written("27"), written("27", ink="#456", size=40)
    assert told(plain) == told(changed)
    assert changed.request.rgb == (0x44, 0x55, 0x66)
    assert plain.width == pytest.approx(plain.right * 96 / 20, abs=1)
    assert (changed.width, changed.height) == (int(np.ceil(changed.right * 2)), int(changed.bottom - changed.top) * 2)


@given(st.text("0123456789 -+\n", max_size=12), st.sampled_from(DIGITS + SIGNS), st.sampled_from(["plain", "squared"]))
def test_a_further_character_leaves_the_rest_as_it_was(text: str, more: str, paper: str) -> None:
    short, long = written(text, seed=3, paper=paper), written(text + more, seed=3, paper=paper)
    assert told(long)[:-1] == told(short)


def test_a_line_that_grows_leaves_the_places_of_others() -> None:
    short, long = written("12\n+ 34"), written("125\n+ 34")
    below = [[box(glyph.strokes) for glyph in w.glyphs if glyph.line == 1 and glyph.strokes] for w in (short, long)]
    assert below[0] == below[1]


@pytest.mark.parametrize("character", DIGITS + SIGNS)
def test_no_two_glyphs_alike(character: str) -> None:
    writing = written(character * 12, seed=1, human=0.0)
    assert len({curves(moved_to_zero(glyph)) for glyph in writing.glyphs}) == 12


def test_copies_are_counted_through_the_text_and_choices_are_handed_on() -> None:
    writer = Handmade()
    written("3-33\n30", handwriting=writer, choices="2:5,6:1")
    assert writer.asked == [(3, 0, 0), (3, 1, 5), (3, 2, 0), (3, 3, 0), (0, 0, 1)]


def lean_of(glyph: Glyph) -> float:
    """Of a straight stroke: units to the right for each upwards."""
    start, end = glyph.strokes[0].curves[0, 0], glyph.strokes[0].curves[-1, -1]
    return float((start[0] - end[0]) / (end[1] - start[1]))


@pytest.mark.parametrize(("own", "asked", "expected"), [(0.0, 0.0, 0.0), (0.2, 10.0, 0.376), (0.5, 30.0, 0.577),
                                                        (-0.3, -25.0, -0.577)])  # fmt: skip
def test_the_slant_is_the_handwriting_s_and_the_asked_one(own: float, asked: float, expected: float) -> None:
    """Of digits and signs: both lean farther than usual by as much, and by no more than 30 degrees."""
    for text, usual in (("1" * 60, 0.222), ("/" * 60, 13 / 25 + 0.1)):
        leans = [lean_of(g) for g in written(text, human=0.0, slant=asked, handwriting=Handmade(slant=own)).glyphs]
        assert np.mean(leans) == pytest.approx(usual + expected, abs=0.03)


@pytest.mark.parametrize(
    ("options", "weight", "mark"),
    [({}, 1.0, 2.0), ({}, 1.4, 2.8), ({"thickness": 0.6}, 1.0, 1.2), ({"thickness": 2.0}, 1.5, 4.0),
     ({"pen": "ballpoint"}, 1.5, 0.9), ({"pen": "ballpoint", "thickness": 1.5}, 1.0, 1.35)],
    ids=str,
)  # fmt: skip
def test_the_mark_is_the_pen_s_the_handwriting_s_and_the_asked_one(
    options: dict[str, Any], weight: float, mark: float
) -> None:
    writing = written("0+1" * 20, human=0.0, handwriting=Handmade(weight=weight), **options)
    marks = [glyph.mark for glyph in writing.glyphs]
    assert np.mean(marks) == pytest.approx(mark, rel=0.03)
    assert max(marks) <= 2 * PENS[writing.request.pen].width
    assert (len(set(marks)) > 1) == (options.get("pen") != "ballpoint" and mark < 4)


def test_from_steady_to_human_everything_varies_more() -> None:
    def spreads(human: float) -> NDArray[np.float64]:
        glyphs = written("8" * 64, human=human).glyphs
        left, top, right, bottom = np.array([box(glyph.strokes) for glyph in glyphs]).T
        marks = [glyph.mark for glyph in glyphs]
        return np.array(
            [np.std(values) for values in (bottom, bottom - top, right - left, marks, left[1:] - right[:-1])]
        )

    assert (spreads(1.0) > 1.5 * spreads(0.0)).all()


@settings(max_examples=25, deadline=None)
@given(
    st.text(DIGITS + SIGNS + " \n", min_size=1, max_size=8),
    st.integers(0, 2**32 - 1),
    st.floats(-30, 30),
    st.floats(0.5, 2),
    st.floats(0, 1),
    st.sampled_from(sorted(PENS)),
    st.sampled_from(["plain", "lined", "squared"]),
    st.sampled_from(["left", "right"]),
)
def test_ink_stays_on_the_paper_and_neighbours_apart(
    text: str, seed: int, slant: float, thick: float, human: float, pen: str, paper: str, align: str
) -> None:
    writing = written(text, seed=seed, slant=slant, thickness=thick, human=human, pen=pen, paper=paper, align=align)
    for line, baseline in enumerate(writing.baselines):
        glyphs = [glyph for glyph in writing.glyphs if glyph.line == line and glyph.strokes]
        upon = [Character(tuple(s.moved(0, -baseline) for s in glyph.strokes), glyph.mark) for glyph in glyphs]
        edges = layout.profiles(upon, writing.pen)
        rows: NDArray[np.float64] = ROWS[np.isfinite(edges.left).any(axis=0)] + baseline
        if len(rows):
            assert edges.left.min() >= 0
            assert edges.right.max() <= writing.right
            assert writing.top <= rows[0] <= rows[-1] <= writing.bottom
        for one, other in zip(edges.right, edges.left[1:], strict=False):
            assert (other - one).min() > 0.5


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
@pytest.mark.parametrize("paper", ["plain", "lined", "squared"])
def test_nothing_to_write_is_an_empty_page(text: str, paper: str) -> None:
    writing = written(text, paper=paper)
    assert not any(glyph.strokes for glyph in writing.glyphs)
    assert writing.width > 50
    assert writing.height > 100


@pytest.mark.parametrize("paper", ["plain", "squared"])
def test_a_full_page_of_the_usual_size_can_be_written(paper: str) -> None:
    page = "\n".join([("0123456789+" * 6)[:LONGEST]] * LINES)
    writing = written(page, paper=paper, human=1.0, slant=30.0, thickness=2.0)
    assert len(writing.glyphs) == LINES * LONGEST
    assert writing.width * writing.height < MOST_PIXELS


def test_bad_input_is_refused_before_anything_is_written() -> None:
    writer = Handmade()
    with pytest.raises(InputError, match="received 'a' as character 3"):
        written("12a", handwriting=writer)
    assert writer.asked == []


def test_importing_is_light() -> None:
    heavy = "aiohttp jinja2 tqdm numba PIL safetensors"
    code = f"import sys, gan.write; print(*sorted(set({heavy.split()!r}) & set(sys.modules)))"
    root = Path(__file__).resolve().parent.parent
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


@pytest.mark.parametrize("paper", ["plain", "squared"])
@pytest.mark.parametrize("text", ["13.50 €\n2 €\n700", "(15)\n= 9", "80 %\n−−−−\n5", "3\n4."])
def test_in_sums_last_digits_stand_under_one_another_and_signs_behind_them_hang_out(text: str, paper: str) -> None:
    writing = written(text, align="right", paper=paper, human=0)
    ends = [
        max(box(glyph.strokes)[2] + glyph.mark / 2 for glyph in writing.glyphs if glyph.line == line and counts(glyph))
        for line, counts in enumerate(digits_or_all(line) for line in text.split("\n"))
    ]
    assert np.ptp(ends) < (0.6 if paper == "plain" else 5), "of a square the digit's middle"
    assert all(box(glyph.strokes)[2] < writing.right for glyph in writing.glyphs if glyph.strokes)


def digits_or_all(line: str) -> Callable[[Glyph], bool]:
    """Which glyphs of a line make its column."""
    digits = set(line) & set(DIGITS)
    return lambda glyph: bool(glyph.strokes) and (glyph.character in digits or not digits)


def test_spaces_at_the_end_of_a_line_move_it() -> None:
    there, moved = (written(f"35\n2{spaces}", align="right", paper="squared").glyphs for spaces in ("", " "))
    assert box(there[2].strokes)[0] - box(moved[2].strokes)[0] == pytest.approx(SQUARE)
