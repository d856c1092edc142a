"""Layout: even gaps, and wide characters and growth of squared paper."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.write import layout
from gan.write.layout import DEEPEST, Character, lay_out
from gan.write.options_and_limits import PENS
from gan.write.strokes_and_pages import ABOVE, BELOW, NEAR, SQUARE, cut
from tests.helpers.strokes import dot, line

FELT = PENS["felt"]


BAR = Character((line(0, -19, 0, -1),), 2.0)


def disc(radius: float = 5.0) -> Character:
    """Return a character that is a dot of this radius."""
    return Character((dot(0, -10),), 2 * radius)


def placed_in_squares(*characters: Character) -> list[float]:
    return lay_out([characters], FELT, align="left", paper="squared")[0][0]


def span(character: Character, x: float) -> tuple[float, float]:
    """Return the left and right ends of a character's ink on the line."""
    edges = layout.profiles([character], FELT)
    return x + float(edges.left.min()), x + float(edges.right.max())


profile = st.lists(st.floats(0, 15), min_size=8, max_size=8)
empty = st.lists(st.booleans(), min_size=8, max_size=8).filter(lambda rows: not all(rows))


@given(profile, empty, profile, empty, st.floats(2, 7), st.floats(1, 4))
def test_advance_is_the_least_that_keeps_both_gaps(
    right: list[float], no_right: list[bool], left: list[float], no_left: list[bool], gap: float, nearest: float
) -> None:
    r, l = np.where(no_right, -np.inf, right), np.where(no_left, np.inf, left)
    x = layout.advance(r, l, gap=gap, nearest=nearest)

    def keeps_gaps(x: float) -> bool:
        gaps = (x + l - r)[np.isfinite(r) | np.isfinite(l)]
        apart = x + l.min() - r.max() if np.isinf(gaps).all() else gaps.min()
        return bool(apart >= nearest - 1e-6 and np.minimum(gaps, DEEPEST).mean() >= gap - 1e-6)

    assert keeps_gaps(x)
    assert not keeps_gaps(x - 1e-3)


def test_too_wide_a_character_pushes_only_the_next_ones() -> None:
    wide_disc = disc(radius=22)
    line = [BAR, wide_disc, disc(), disc(), BAR]
    spans = [span(character, x) for character, x in zip(line, placed_in_squares(*line), strict=True)]
    for (_, right), (left, _) in pairwise(spans):
        assert left - right > 0.9
    off = [np.mean(ends) - SQUARE * (column + 1) for column, ends in enumerate(spans)]
    assert off[0] == pytest.approx(0, abs=0.01)
    assert off[4] == pytest.approx(0, abs=0.01)
    assert off[2] > 0.1
    first = placed_in_squares(disc(radius=30))[0]
    assert span(disc(radius=30), first)[0] == pytest.approx(NEAR, abs=0.01)


def test_squared_paper_grows_by_whole_squares() -> None:
    above, below = ABOVE["squared"], SQUARE + BELOW["squared"]
    usual = (60 + SQUARE / 2, -above, below)
    assert cut("squared", 2, 60.0, NEAR - above, below - NEAR) == usual
    high = cut("squared", 2, 60.0, NEAR - above - 0.1, SQUARE)
    low = cut("squared", 2, 60.0, 0.0, below - NEAR + 0.1)
    assert (high, low) == ((usual[0], -above - SQUARE, below), (*usual[:2], below + SQUARE))
