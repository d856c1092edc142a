"""Rules and squares on the paper."""

from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from gan.write.compose import write
from gan.write.writing import PITCH, SQUARE, Writing, box, rules
from tests.helpers.handmade import Handmade

TEXT = "12.50\n\n+ 7"


def write_on(paper: str, text: str = TEXT, align: str = "left") -> Writing:
    return write(text, handwriting=cast(Any, Handmade()), paper=paper, align=align)


def rule_positions(writing: Writing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the y coordinates of horizontal rules and the x coordinates of vertical rules."""
    lines = rules(writing)
    horizontal = lines[:, 0, 1] == lines[:, 1, 1]
    assert (lines[~horizontal, 0, 0] == lines[~horizontal, 1, 0]).all()
    assert (lines[horizontal][:, :, 0] == [0, writing.right]).all()
    assert (lines[~horizontal][:, :, 1] == [writing.top, writing.bottom]).all()
    return lines[horizontal, 0, 1], lines[~horizontal, 0, 0]


def test_plain_paper_has_no_rules() -> None:
    assert rules(write_on("plain")).shape == (0, 2, 2)


def test_lined_paper_has_a_rule_under_every_line() -> None:
    writing = write_on("lined")
    ys, xs = rule_positions(writing)
    assert tuple(ys) == writing.baselines == (0, PITCH, 2 * PITCH)
    assert len(xs) == 0


@pytest.mark.parametrize("align", ["left", "right"])
@pytest.mark.parametrize("text", [TEXT, "", "1", "($\n," * 3])
def test_squared_paper_has_half_squares_at_the_edge_and_a_character_in_each_square(text: str, align: str) -> None:
    writing = write_on("squared", text, align)
    ys, xs = rule_positions(writing)
    np.testing.assert_allclose(np.diff(ys), SQUARE)
    np.testing.assert_allclose(np.diff(xs), SQUARE)
    assert set(writing.baselines) <= set(ys)
    margins = [ys[0] - writing.top, writing.bottom - ys[-1], xs[0], writing.right - xs[-1]]
    np.testing.assert_allclose(margins, SQUARE / 2)
    for glyph in writing.glyphs:
        if glyph.strokes:
            left, _, right, _ = box(glyph.strokes)
            off = (left + right) / 2 % SQUARE  # the centers of the squares are at multiples of SQUARE
            assert min(off, SQUARE - off) < 3
