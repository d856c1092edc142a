"""Even gaps to the eye: the rule that `advance` states, checked on generated profiles and on discs."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.write import layout
from gan.write.layout import DEEPEST, GAP, MARGIN, NEAREST, SPACE
from gan.write.pen import HEIGHT, ROWS, SAMPLES, STROKE, Ink, ink_from_curve


def disc(y: float = -10.0, radius: float = 5.0) -> Ink:
    return ink_from_curve(np.array([[0.0, y]]), np.array([radius]))


def edges(ink: Ink, x: float) -> tuple[float, float]:
    """Left and right end of the ink on the line."""
    columns = np.flatnonzero((ink.distance < 0).any(axis=0))
    return x + columns[0] / SAMPLES, x + (columns[-1] + 1) / SAMPLES


profile = st.lists(st.floats(0, 15), min_size=8, max_size=8)
empty = st.lists(st.booleans(), min_size=8, max_size=8).filter(lambda rows: not all(rows))


@given(profile, empty, profile, empty)
def test_advance_is_the_least_that_keeps_its_promises(
    right: list[float], no_right: list[bool], left: list[float], no_left: list[bool]
) -> None:
    r, l = np.where(no_right, -np.inf, right), np.where(no_left, np.inf, left)
    x = layout.advance(r, l)

    def kept(x: float) -> bool:
        gaps = (x + l - r)[np.isfinite(r) | np.isfinite(l)]
        apart = x + l.min() - r.max() if np.isinf(gaps).all() else gaps.min()
        return bool(apart >= NEAREST - 1e-6 and np.minimum(gaps, DEEPEST).mean() >= GAP - 1e-6)

    assert kept(x)
    assert not kept(x - 1e-3)


def test_profiles_of_a_disc() -> None:
    left, right = layout.profiles(disc())
    at = [np.abs(ROWS - y).argmin() for y in (-10, -14, -22)]
    assert right[at[0]] - left[at[0]] == pytest.approx(10, abs=0.3)
    # 4 units up the disc is narrower, but the edge is felt from SLACK below: sqrt(25 - 2.5^2) each side.
    assert right[at[1]] - left[at[1]] == pytest.approx(2 * np.sqrt(25 - 2.5**2), abs=0.4)
    assert (left[at[2]], right[at[2]]) == (np.inf, -np.inf)


def test_a_line_begins_at_the_margin_and_keeps_its_order() -> None:
    inks: list[Ink | None] = [disc(), disc(radius=3), disc()]
    places = layout.place(inks)
    spans = [edges(ink, x) for ink, x in zip(inks, places, strict=True) if ink]
    assert spans[0][0] == pytest.approx(MARGIN)
    for (_, right), (left, _) in pairwise(spans):
        assert left - right >= NEAREST - 0.01


def test_round_neighbours_stand_closer_than_straight_ones() -> None:
    bar = ink_from_curve(np.stack([np.zeros(60), np.linspace(-15, -5, 60)], axis=1), np.full(60, 1.0))

    def gap(ink: Ink) -> float:
        first, second = layout.place([ink, ink])
        return edges(ink, second)[0] - edges(ink, first)[1]

    assert gap(disc()) < gap(bar)


def test_spaces_are_all_of_one_width() -> None:
    def start(spaces: int) -> float:
        return layout.place([disc(), *[None] * spaces, disc()])[-1]

    steps = [start(n + 1) - start(n) for n in range(3)]
    assert steps == pytest.approx([SPACE] * 3)
    assert layout.place([None, None, disc()])[2] - layout.place([disc()])[0] == pytest.approx(2 * SPACE)
    assert layout.place([None, None])[1] - layout.place([None, None])[0] == pytest.approx(SPACE)


def test_paper_holds_the_ink_and_its_margin() -> None:
    inks: list[Ink | None] = [disc(y=-20), disc(y=0, radius=4), None]
    places = layout.place(inks)
    right, top, bottom = layout.ends(inks, places)
    assert top == pytest.approx(-25 - MARGIN, abs=0.2)
    assert bottom == pytest.approx(4 + MARGIN, abs=0.2)
    assert right == pytest.approx(places[2] + SPACE + MARGIN)
    without = layout.ends(inks[:2], places[:2])[0]
    assert without == pytest.approx(right - SPACE)


def test_habits_are_small_and_vary() -> None:
    habits = [layout.habit(np.random.default_rng(seed)) for seed in range(50)]
    assert len({h.height for h in habits}) == 50
    assert all(abs(h.height / HEIGHT - 1) <= 0.0401 and abs(h.lift) <= 0.5 for h in habits)
    assert all(abs(h.shear) <= 0.0361 and abs(h.stroke - 1) <= 0.0601 for h in habits)


@pytest.mark.parametrize("shear", [-0.5, 0.0, 0.5])
def test_a_hyphen_is_a_flat_stroke_at_half_height(shear: float) -> None:
    inks = [layout.hyphen(np.random.default_rng(seed), stroke=STROKE, shear=shear) for seed in range(20)]
    for ink in inks:
        mask = ink.distance < 0
        ys = ROWS[mask.any(axis=1)]
        width = mask.any(axis=0).sum() / SAMPLES
        assert -13 < ys[0] < ys[-1] < -5
        assert 7 < width < 14
        assert 4 * -ink.distance[mask].mean() == pytest.approx(STROKE, rel=0.12)
    assert len({ink.distance.tobytes() for ink in inks}) == 20


def test_a_dash_does_not_enter_the_hollow_of_the_next_glyph(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bow that is open to the left, as the upper part of a 2 is: the dash ends before the bow's ends."""
    angle = np.linspace(-2, 2, 60)
    bow = ink_from_curve(np.stack([8 * np.cos(angle), -10 + 8 * np.sin(angle)], axis=1), np.full(60, STROKE / 2))
    dash = layout.hyphen(np.random.default_rng(0), stroke=STROKE, shear=0.0)
    places = layout.place([dash, bow])
    assert edges(bow, places[1])[0] - edges(dash, places[0])[1] > NEAREST - 0.3
    monkeypatch.setattr(layout, "DASH_SLACK", layout.SLACK)  # as any other neighbour
    places = layout.place([dash, bow])
    assert edges(bow, places[1])[0] - edges(dash, places[0])[1] < NEAREST - 1
