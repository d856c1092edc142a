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


class Fixed:
    """A generator of one and the same number."""

    def __init__(self, value: float) -> None:
        self.value = value

    def standard_normal(self, n: int) -> np.ndarray:
        return np.full(n, self.value)


def test_habits_in_numbers() -> None:
    for value, expected in {0: (20, 0, 0, 1), 1: (20.4, 0.25, 0.018, 1.03), -9: (19.2, -0.5, -0.036, 0.94)}.items():
        own = layout.habit(Fixed(value))  # type: ignore[arg-type]
        assert (own.height, own.lift, own.shear, own.stroke) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "length", "middle", "rise", "arch"),
    [(0, 8.5, 8.8, 0.4, 0.7), (1, 9.2, 9.3, 0.9, 1.05), (-9, 7.1, 7.8, -0.6, 0.0)],  # the usual, one more, at least
)
def test_a_hyphen_in_numbers(
    value: float, length: float, middle: float, rise: float, arch: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[np.ndarray, np.ndarray]] = []
    monkeypatch.setattr(layout, "ink_from_curve", lambda points, radii: drawn.append((points, radii)))
    layout.hyphen(Fixed(value), stroke=3.0, shear=0.5)  # type: ignore[arg-type]
    ((points, radii),) = drawn
    x, y = points[:, 0] + 0.5 * points[:, 1], points[:, 1]  # upright again
    assert x == pytest.approx(np.linspace(0, length, 64))
    assert (y[0], y[-1]) == pytest.approx((-middle + (rise + arch) / 2, -middle - (rise - arch) / 2))
    t = np.linspace(0, 1, 64)
    straight = y[0] + (y[-1] - y[0]) * t
    assert y - straight == pytest.approx(-4 * arch * t * (1 - t))  # up in the middle, by `arch`
    assert radii == pytest.approx(1.59 - 0.3 * t**2)  # lighter at its end


def block(height: float) -> Ink:
    """Ink from the baseline up to that height, 4 units wide."""
    mask = np.zeros((len(ROWS), 60), bool)
    mask[(ROWS < 0) & (ROWS > -height), 20:44] = True
    return Ink(np.where(mask, -1, 1).astype(np.float32), mask.astype(np.float32))


def test_an_edge_is_felt_a_little_above_and_below_and_that_of_a_dash_further() -> None:
    for height, slack in ((8.0, 6.0), (8.2, 1.5), (20.0, 1.5)):
        left, right = layout.profiles(block(height))
        felt = ROWS[np.isfinite(left)]
        assert np.array_equal(np.isfinite(left), np.isfinite(right))
        assert set(left[np.isfinite(left)]) == {20 / SAMPLES}
        assert set(right[np.isfinite(right)]) == {44 / SAMPLES}
        assert -felt[0] == pytest.approx(min(height + slack, 27), abs=1.2 / SAMPLES)
        assert felt[-1] == pytest.approx(min(slack, 6), abs=1.2 / SAMPLES)


def test_the_measures_of_a_line() -> None:
    inf = np.inf
    assert layout.advance(np.zeros(4), np.zeros(4)) == pytest.approx(4.2)  # even gaps
    assert layout.advance(np.array([10.0, 0, 0, 0]), np.array([0.0, 20, 20, 20])) == pytest.approx(12.2)  # the nearest
    # One of four rows is a hollow, which counts 8: 3 gaps and 8 are 4 times 4.2.
    assert layout.advance(np.zeros(4), np.array([0.0, 0, 0, 99])) == pytest.approx((4 * 4.2 - 8) / 3)
    assert layout.advance(np.array([0.0, 0, 0, -inf]), np.zeros(4)) == pytest.approx((4 * 4.2 - 8) / 3)
    assert layout.advance(np.array([3.0, -inf]), np.array([inf, 1.0])) == pytest.approx(3 - 1 + 2.2)  # no common row
    bar = block(20)
    assert layout.place([bar, None, bar]) == pytest.approx(
        [4 - 20 / SAMPLES, 4 + 4, 8 + 4.2 + 10 - 20 / SAMPLES], abs=1e-6
    )
    assert layout.ends([bar], [7.0]) == pytest.approx((7 + 44 / SAMPLES + 4, -20 + 0.5 / SAMPLES - 4, 4), abs=0.1)
    assert layout.place([None, bar]) == pytest.approx([4, 14 - 20 / SAMPLES])
