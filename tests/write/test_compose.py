"""Composing text in a handmade handwriting style: every option, determinism, and variation between characters."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.errors import InputError
from gan.write import Glyph, Writing, layout, write
from gan.write.compose import DRIFT, HUMAN, KEPT, OWN, STEADY, Habit, habits
from gan.write.layout import ROWS, Character
from gan.write.raster import MOST_PIXELS
from gan.write.request import DIGITS, LINES, LONGEST, PENS, SIGNS
from gan.write.writing import box
from tests.helpers.handmade import Handmade

written: Callable[..., Writing] = partial(write, handwriting=cast(Any, Handmade()))


def curve_bytes(glyph: Glyph) -> bytes:
    return b"".join(stroke.curves.tobytes() + stroke.pressure.tobytes() for stroke in glyph.strokes)


def glyph_data(writing: Writing) -> list[Any]:
    return [(g.character, g.position, g.line, g.mark, curve_bytes(g)) for g in writing.glyphs]


def at_zero(glyph: Glyph) -> Glyph:
    left = box(glyph.strokes)[0]
    return replace(glyph, strokes=tuple(stroke.moved(-left, 0) for stroke in glyph.strokes))


def test_each_character_but_a_line_break_becomes_a_glyph() -> None:
    writing = written("70 -4\n\n3%", seed=9)
    assert [(g.character, g.position, g.line) for g in writing.glyphs] == [
        ("7", 0, 0), ("0", 1, 0), (" ", 2, 0), ("-", 3, 0), ("4", 4, 0), ("3", 7, 2), ("%", 8, 2),
    ]  # fmt: skip
    assert [g.form.digit if g.form else None for g in writing.glyphs] == [7, 0, None, None, 4, 3, None]
    assert [bool(g.strokes) for g in writing.glyphs] == [True, True, False, True, True, True, True]
    assert len(writing.baselines) == 3
    assert writing.pen is PENS["felt"]


def test_the_same_request_gives_the_same_strokes() -> None:
    once, again = written("2026-11-25 = 5%", seed=7), written("2026-11-25 = 5%", seed=7)
    assert glyph_data(once) == glyph_data(again)
    assert (once.right, once.top, once.bottom) == (again.right, again.top, again.bottom)


@pytest.mark.parametrize(
    "change",
    [{"seed": 8}, {"slant": 5.0}, {"thickness": 1.3}, {"human": 0.9}, {"pen": "ballpoint"}, {"paper": "squared"},
     {"align": "right"}, {"choices": "0:3"}],
    ids=str,
)  # fmt: skip
def test_every_option_changes_the_strokes(change: dict[str, Any]) -> None:
    assert glyph_data(written("2-7\n50 3", seed=7)) != glyph_data(written("2-7\n50 3", **{"seed": 7} | change))


def test_ink_and_size_do_not_change_the_strokes() -> None:
    plain, changed = written("27"), written("27", ink="#456", size=40)
    assert glyph_data(plain) == glyph_data(changed)
    assert changed.request.rgb == (0x44, 0x55, 0x66)
    assert plain.width == pytest.approx(plain.right * 96 / 20, abs=1)
    assert (changed.width, changed.height) == (int(np.ceil(changed.right * 2)), int(changed.bottom - changed.top) * 2)


@given(st.text("0123456789 -+\n", max_size=12), st.sampled_from(DIGITS + SIGNS), st.sampled_from(["plain", "squared"]))
def test_appending_a_character_does_not_change_the_others(text: str, extra: str, paper: str) -> None:
    short, long = written(text, seed=3, paper=paper), written(text + extra, seed=3, paper=paper)
    assert glyph_data(long)[:-1] == glyph_data(short)


@pytest.mark.parametrize("character", DIGITS + SIGNS)
def test_repeated_characters_differ(character: str) -> None:
    writing = written(character * 12, seed=1, human=0.0)
    assert len({curve_bytes(at_zero(glyph)) for glyph in writing.glyphs}) == 12


def test_copies_are_numbered_through_the_text_and_choices_select_variants() -> None:
    writer = Handmade()
    written("3-33\n30", handwriting=writer, choices="2:5,6:1")
    assert writer.requested == [(3, 0, 0), (3, 1, 5), (3, 2, 0), (3, 3, 0), (0, 0, 1)]


def slant_of(glyph: Glyph) -> float:
    """Return the slant of a straight stroke: units to the right per unit of height."""
    start, end = glyph.strokes[0].curves[0, 0], glyph.strokes[0].curves[-1, -1]
    return float((start[0] - end[0]) / (end[1] - start[1]))


@pytest.mark.parametrize(
    ("own", "requested", "expected"),
    [(0.0, 0.0, 0.0), (0.2, 10.0, 0.376), (0.5, 30.0, 0.577), (-0.3, -25.0, -0.577)],
)
def test_the_slants_of_handwriting_and_request_add_up(own: float, requested: float, expected: float) -> None:
    """Digits and signs get the same additional slant, limited to 30 degrees."""
    for text, default in (("1" * 60, 0.222), ("/" * 60, 13 / 25 + 0.1)):
        writing = written(text, human=0.0, slant=requested, handwriting=Handmade(slant=own))
        leans = [slant_of(glyph) for glyph in writing.glyphs]
        assert np.mean(leans) == pytest.approx(default + expected, abs=0.03)


@pytest.mark.parametrize(
    ("options", "weight", "mark"),
    [({}, 1.0, 2.0), ({}, 1.4, 2.8), ({"thickness": 0.6}, 1.0, 1.2), ({"thickness": 2.0}, 1.5, 4.0),
     ({"pen": "ballpoint"}, 1.5, 0.9), ({"pen": "ballpoint", "thickness": 1.5}, 1.0, 1.35)],
    ids=str,
)  # fmt: skip
def test_stroke_width_is_a_product_of_three_factors(options: dict[str, Any], weight: float, mark: float) -> None:
    writing = written("0+1" * 20, human=0.0, handwriting=Handmade(weight=weight), **options)
    marks = [glyph.mark for glyph in writing.glyphs]
    assert np.mean(marks) == pytest.approx(mark, rel=0.03)
    assert max(marks) <= 2 * PENS[writing.request.pen].width
    assert (len(set(marks)) > 1) == (options.get("pen") != "ballpoint" and mark < 4)


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
def test_ink_stays_on_the_paper_and_characters_do_not_touch(
    text: str, seed: int, slant: float, thick: float, human: float, pen: str, paper: str, align: str
) -> None:
    writing = written(text, seed=seed, slant=slant, thickness=thick, human=human, pen=pen, paper=paper, align=align)
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


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
@pytest.mark.parametrize("paper", ["plain", "lined", "squared"])
def test_an_empty_text_gives_an_empty_page(text: str, paper: str) -> None:
    writing = written(text, paper=paper)
    assert not any(glyph.strokes for glyph in writing.glyphs)
    assert writing.width > 50
    assert writing.height > 100


@pytest.mark.parametrize("paper", ["plain", "squared"])
def test_the_longest_text_fits_into_a_picture_of_the_default_size(paper: str) -> None:
    page = "\n".join([("0123456789+" * 6)[:LONGEST]] * LINES)
    writing = written(page, paper=paper, human=1.0, slant=30.0, thickness=2.0)
    assert len(writing.glyphs) == LINES * LONGEST
    assert writing.width * writing.height < MOST_PIXELS


def test_invalid_text_is_refused_before_any_glyph_is_drawn() -> None:
    writer = Handmade()
    with pytest.raises(InputError, match="received 'a' as character 3"):
        written("12a", handwriting=writer)
    assert writer.requested == []


def test_importing_the_command_does_not_load_slow_modules() -> None:
    heavy = "aiohttp jinja2 tqdm numba PIL safetensors"
    code = f"import sys, gan.write; print(*sorted(set({heavy.split()!r}) & set(sys.modules)))"
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


@pytest.mark.parametrize("paper", ["plain", "squared"])
@pytest.mark.parametrize("text", ["13.50 €\n2 €\n700", "(15)\n= 9", "80 %\n−−−−\n5", "3\n4."])
def test_right_alignment_aligns_the_last_digits_and_lets_trailing_signs_hang(text: str, paper: str) -> None:
    writing = written(text, align="right", paper=paper, human=0)
    ends = [
        max(box(glyph.strokes)[2] + glyph.mark / 2 for glyph in writing.glyphs if glyph.line == line and aligned(glyph))
        for line, aligned in enumerate(digits_or_all(line) for line in text.split("\n"))
    ]
    assert np.ptp(ends) < (0.6 if paper == "plain" else 5), "on squared paper the middles are aligned"
    assert all(box(glyph.strokes)[2] < writing.right for glyph in writing.glyphs if glyph.strokes)


def digits_or_all(line: str) -> Callable[[Glyph], bool]:
    """Return a predicate for the aligned glyphs of a line: its digits, or all glyphs if it has no digits."""
    digits = set(line) & set(DIGITS)
    return lambda glyph: bool(glyph.strokes) and (glyph.character in digits or not digits)


# Variation


NAMES = ("height", "lift", "lean", "weight", "gap")
LINE = "0123456789+-" * 4


def offsets(line_habits: list[Habit]) -> NDArray[np.float64]:
    """Return the deviations of each character's habits from the defaults, (n, 5)."""
    return np.array([[getattr(habit, name) for name in NAMES] for habit in line_habits]) - [1, 0, 0, 1, 0]


def offsets_of_400(human: float, line: str = LINE, guided: bool = False) -> NDArray[np.float64]:
    """Return the deviations for the same line with 400 different seeds, (400, n, 5)."""
    return np.array([offsets(habits(line, seed=s, number=0, human=human, guided=guided)) for s in range(400)])


@given(st.text("0123456789 -/", max_size=20), st.text("0123456789 -/", max_size=5), st.floats(0, 1))
def test_later_characters_do_not_change_earlier_habits(line: str, more: str, human: float) -> None:
    longer = habits(line + more, seed=3, number=1, human=human)
    assert longer[: len(line)] == habits(line, seed=3, number=1, human=human)


@pytest.mark.parametrize(("human", "spread"), [(0.0, STEADY), (0.5, (STEADY + HUMAN) / 2), (1.0, HUMAN)])
def test_standard_deviations_follow_human(human: float, spread: NDArray[np.float64]) -> None:
    found = offsets_of_400(human)
    # The factor is 0.96 because the normal distribution is clipped at 2 standard deviations.
    np.testing.assert_allclose(found.std(axis=(0, 1)), 0.96 * spread, rtol=0.05)
    np.testing.assert_allclose(found.mean(axis=(0, 1)), 0, atol=0.05 * spread.max())
    assert (np.abs(found) <= 2 * spread + 1e-12).all()


def test_habits_correlate_by_distance_and_by_equal_characters() -> None:
    found = offsets_of_400(1.0)
    found = found / found.std(axis=(0, 1))

    def correlation(apart: int) -> NDArray[np.float64]:
        return (found[:, apart:] * found[:, :-apart]).mean(axis=(0, 1))

    np.testing.assert_allclose(correlation(1), KEPT * DRIFT, atol=0.05)
    np.testing.assert_allclose(correlation(5), KEPT**5 * DRIFT, atol=0.05)
    # LINE repeats every 12 characters, and equal characters share a part of their habits.
    np.testing.assert_allclose(correlation(12), OWN + KEPT**12 * DRIFT, atol=0.05)


def test_ruled_paper_halves_the_lift_only() -> None:
    plain, guided = offsets_of_400(0.5, "2026"), offsets_of_400(0.5, "2026", guided=True)
    np.testing.assert_allclose(guided, plain * [1, 0.5, 1, 1, 1])


def test_habits_differ_by_line_and_seed() -> None:
    lines = [habits("11", seed=seed, number=number, human=0.5) for seed in range(10) for number in range(10)]
    assert len({habit for line in lines for habit in line}) == 200
