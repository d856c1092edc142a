"""What is printed on the paper: rules under the lines, squares around the characters, all of it on the paper."""

from typing import Any, cast

import numpy as np
import pytest
from handmade import Handmade
from numpy.typing import NDArray

from gan.write.compose import write
from gan.write.page import PITCH, SQUARE, Writing, box, rules

TEXT = "12.50\n\n+ 7"


def on(paper: str, text: str = TEXT, align: str = "left") -> Writing:
    return write(text, handwriting=cast(Any, Handmade()), paper=paper, align=align)


def drawn(writing: Writing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """y of the lying lines, x of the standing ones."""
    lines = rules(writing)
    lying = lines[:, 0, 1] == lines[:, 1, 1]
    assert (lines[~lying, 0, 0] == lines[~lying, 1, 0]).all()
    assert (lines[lying][:, :, 0] == [0, writing.right]).all()
    assert (lines[~lying][:, :, 1] == [writing.top, writing.bottom]).all()
    return lines[lying, 0, 1], lines[~lying, 0, 0]


def test_plain_paper_is_plain() -> None:
    assert rules(on("plain")).shape == (0, 2, 2)


def test_a_rule_under_every_line() -> None:
    writing = on("lined")
    ys, xs = drawn(writing)
    assert tuple(ys) == writing.baselines == (0, PITCH, 2 * PITCH)
    assert len(xs) == 0


@pytest.mark.parametrize("align", ["left", "right"])
@pytest.mark.parametrize("text", [TEXT, "", "1", "($\n," * 3])
def test_squares_are_square_whole_but_for_half_ones_at_the_edge_and_hold_a_character_each(
    text: str, align: str
) -> None:
    writing = on("squared", text, align)
    ys, xs = drawn(writing)
    np.testing.assert_allclose(np.diff(ys), SQUARE)
    np.testing.assert_allclose(np.diff(xs), SQUARE)
    assert set(writing.baselines) <= set(ys)
    around = [ys[0] - writing.top, writing.bottom - ys[-1], xs[0], writing.right - xs[-1]]
    np.testing.assert_allclose(around, SQUARE / 2)
    for glyph in writing.glyphs:
        if glyph.strokes:
            left, _, right, _ = box(glyph.strokes)
            off = (left + right) / 2 % SQUARE  # the middles of the squares are whole numbers of them
            assert min(off, SQUARE - off) < 3
