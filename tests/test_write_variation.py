"""How a character departs from the rest: as much as is said, as alike as is said, and never changed by what follows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.write.compose import DRIFT, HUMAN, KEPT, OWN, STEADY, Habit, habits

NAMES = ("height", "lift", "lean", "weight", "gap")
LINE = "0123456789+-" * 4


def columns(own: list[Habit]) -> NDArray[np.float64]:
    """(n, 5), each less what is usual."""
    return np.array([[getattr(habit, name) for name in NAMES] for habit in own]) - [1, 0, 0, 1, 0]


def many(human: float, line: str = LINE, guided: bool = False) -> NDArray[np.float64]:
    """(400, n, 5): the same line in 400 handwritings."""
    return np.array([columns(habits(line, seed=s, number=0, human=human, guided=guided)) for s in range(400)])


@given(st.text("0123456789 -/", max_size=20), st.text("0123456789 -/", max_size=5), st.floats(0, 1))
def test_what_follows_changes_nothing(line: str, more: str, human: float) -> None:
    longer = habits(line + more, seed=3, number=1, human=human)
    assert longer[: len(line)] == habits(line, seed=3, number=1, human=human)


@pytest.mark.parametrize(("human", "spread"), [(0.0, STEADY), (0.5, (STEADY + HUMAN) / 2), (1.0, HUMAN)])
def test_spreads(human: float, spread: NDArray[np.float64]) -> None:
    found = many(human)
    np.testing.assert_allclose(found.std(axis=(0, 1)), 0.96 * spread, rtol=0.05)  # cut off at 2 spreads
    np.testing.assert_allclose(found.mean(axis=(0, 1)), 0, atol=0.05 * spread.max())
    assert (np.abs(found) <= 2 * spread + 1e-12).all()


def test_neighbours_agree_by_their_drift_and_equal_characters_by_their_own() -> None:
    found = many(1.0)
    found = found / found.std(axis=(0, 1))

    def agree(apart: int) -> NDArray[np.float64]:
        return (found[:, apart:] * found[:, :-apart]).mean(axis=(0, 1))

    np.testing.assert_allclose(agree(1), KEPT * DRIFT, atol=0.05)
    np.testing.assert_allclose(agree(5), KEPT**5 * DRIFT, atol=0.05)
    np.testing.assert_allclose(agree(12), OWN + KEPT**12 * DRIFT, atol=0.05)  # the same character again


def test_paper_with_rules_guides_the_foot_alone() -> None:
    plain, guided = many(0.5, "2026"), many(0.5, "2026", guided=True)
    np.testing.assert_allclose(guided, plain * [1, 0.5, 1, 1, 1])


def test_every_line_and_every_handwriting_has_its_own() -> None:
    lines = [habits("11", seed=seed, number=number, human=0.5) for seed in range(10) for number in range(10)]
    assert len({habit for line in lines for habit in line}) == 200


def test_an_empty_line_has_none() -> None:
    assert habits("", seed=0, number=0, human=1.0) == []
