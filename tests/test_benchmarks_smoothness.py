"""Sign changes of curvature, on lines whose changes are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from strokes import CROSS, circle, line, page, s_shape

from benchmarks import smoothness
from benchmarks.smoothness import DEAD_BAND, of_middle, of_outline, polyline, sign_changes


def ring(radius: NDArray[np.float64] | float, n: int = 4000) -> NDArray[np.float64]:
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


def test_what_bends_one_way_has_none() -> None:
    assert sign_changes(ring(8), closed=True) == 0
    assert sign_changes(ring(8)) == 0
    assert sign_changes(polyline(line(0, 0, 9, 20).curves)) == 0
    assert sign_changes(polyline(s_shape(0).curves)) == 1
    assert sign_changes(np.zeros((5, 2))) == 0


@given(st.integers(2, 9), st.floats(0, 6.28), st.floats(0.2, 3))
def test_a_wave_has_two_a_period_wherever_it_begins_and_whichever_way(waves: int, turn: float, high: float) -> None:
    """y = h sin(x): of an open line, the last half wave has no change after it; of a closed one all count."""
    x = np.linspace(0, 2 * np.pi * waves, 5000)
    wave = np.stack([3 * x, 3 * high * np.sin(x)], axis=1)
    turned = wave @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert sign_changes(turned) == sign_changes(turned[::-1]) == 2 * waves - 1
    angles = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    flower = ring(8 * (1 + 0.5 * np.cos(waves * angles + turn)))
    assert sign_changes(flower, closed=True) == 2 * waves


def test_a_lump_adds_four_and_what_is_nearly_straight_none() -> None:
    angles = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    assert sign_changes(ring(8 + 0.2 * np.exp(-(((angles - 2) / 0.1) ** 2))), closed=True) == 4
    x = np.linspace(0, 40, 2000)
    for bend, expected in ((0.8, 0), (1.3, 4)):  # of the dead band, at the top of each wave
        wave = np.stack([x, bend * DEAD_BAND * 2.5**2 * np.sin(x / 2.5)], axis=1)
        assert sign_changes(wave) == expected


def test_middle_lines_and_outlines_of_glyphs() -> None:
    writing = page((circle(6, -10, 8),), (s_shape(0),), CROSS)
    assert [of_middle(glyph, writing) for glyph in writing.glyphs] == [0, 1, 0]
    ring_, s, cross = (of_outline(glyph, writing) for glyph in writing.glyphs)
    assert ring_ == 0
    assert s == pytest.approx(4, abs=1)
    assert cross == 8  # out and in at each of four corners


def test_the_command_prints_a_row_for_each_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(smoothness, "write", lambda text, seed: page(*[(s_shape(0),)] * 10, text=text, seed=seed))
    assert smoothness.main(["--handwritings", "2"]) == 0
    printed = capsys.readouterr().out.splitlines()
    rows = [row.split("|")[1:-1] for row in printed if row.startswith(("| middle", "| outline"))]
    assert [row[0].strip() for row in rows] == ["middle", "outline"]
    assert [float(cell) for cell in rows[0][1:]] == [1] * 11
