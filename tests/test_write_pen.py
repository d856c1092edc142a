"""One pen: distances against brute force, and stroke width, height and slant of real digits as asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.data import load
from gan.write import pen
from gan.write.choose import broken_rules
from gan.write.pen import HEIGHT, REACH, ROWS, SAMPLES, STROKE, Ink, ink_from_picture
from gan.write.shape import Picture, euler_number

SAMPLE = load()
GOOD = {
    digit: [p for p in SAMPLE.images[SAMPLE.labels == digit][:60] if not broken_rules(p, digit)][:4]
    for digit in range(10)
}


def drawn(
    picture: Picture, *, stroke: float = STROKE, shear: float = 0.0, height: float = HEIGHT, lift: float = 0.0
) -> Ink:
    return ink_from_picture(picture, stroke=stroke, shear=shear, height=height, lift=lift)


def extent(ink: Ink) -> tuple[float, float]:
    """Top and bottom of the ink."""
    ys = ROWS[(ink.distance < 0).any(axis=1)]
    return ys[0] - 0.5 / SAMPLES, ys[-1] + 0.5 / SAMPLES


def brute_distance(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The oracle: every sample against every sample of the other kind."""
    places = np.argwhere(np.ones_like(mask))
    result = np.empty(mask.size)
    for i, place in enumerate(places):
        others = np.argwhere(mask != mask[tuple(place)])
        away = np.sqrt(((others - place) ** 2).sum(axis=1)).min() if len(others) else np.inf
        away = min(away, int(REACH * SAMPLES))
        result[i] = 0.5 - away if mask[tuple(place)] else away - 0.5
    return result.reshape(mask.shape) / SAMPLES


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40), st.floats(0, 0.5))
def test_distance_is_exact(seed: int, rows: int, columns: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((rows, columns)) < share**3
    np.testing.assert_allclose(pen.distance_to_edge(mask), brute_distance(mask), atol=1e-6)


def test_stroke_width_of_a_bar() -> None:
    mask = np.zeros((200, 60), dtype=bool)
    mask[:, 20:40] = True
    assert pen.stroke_width(pen.distance_to_edge(mask)) == pytest.approx(20 / SAMPLES, rel=0.01)
    assert pen.stroke_width(np.ones((3, 3), dtype=np.float32)) == 0


@pytest.mark.parametrize("digit", range(10))
def test_every_glyph_gets_the_same_pen_and_height(digit: int) -> None:
    for picture in GOOD[digit]:
        ink = drawn(picture)
        assert pen.stroke_width(ink.distance) == pytest.approx(STROKE, rel=0.2)
        top, bottom = extent(ink)
        assert bottom == pytest.approx(0, abs=0.7)
        assert bottom - top == pytest.approx(HEIGHT, abs=1.0)


@pytest.mark.parametrize("digit", [0, 3, 8])
@pytest.mark.parametrize("thickness", [0.5, 1.0, 1.5, 2.0])
def test_thickness_never_closes_a_loop_or_breaks_a_stroke(digit: int, thickness: float) -> None:
    loops = {0: 1, 3: 0, 8: 2}[digit]
    for picture in GOOD[digit]:
        assert euler_number(drawn(picture, stroke=STROKE * thickness).distance < 0) == 1 - loops


def test_thicker_is_more_ink() -> None:
    amounts = [(drawn(GOOD[3][0], stroke=STROKE * t).distance < 0).sum() for t in (0.5, 0.75, 1, 1.5, 2)]
    assert amounts == sorted(set(amounts))


def test_shear_and_lift_move_the_ink() -> None:
    def centre(ink: Ink, y: float) -> float:
        row = (ink.distance < 0)[np.abs(ROWS - y).argmin()]
        return float(np.flatnonzero(row).mean()) / SAMPLES

    upright, sheared = drawn(GOOD[1][0]), drawn(GOOD[1][0], shear=0.4)
    moved = (centre(sheared, -16) - centre(sheared, -4)) - (centre(upright, -16) - centre(upright, -4))
    assert moved == pytest.approx(0.4 * 12, abs=0.5)
    (top, bottom), (high_top, high_bottom) = extent(drawn(GOOD[3][0])), extent(drawn(GOOD[3][0], lift=1.0))
    assert top - high_top == pytest.approx(1, abs=0.2)
    assert bottom - high_bottom == pytest.approx(1, abs=0.2)


def test_specks_are_wiped_away() -> None:
    three = GOOD[3][0].copy()
    clean = drawn(three)
    three[1, 1] = 255
    spotted = drawn(three)
    assert (spotted.distance < 0).sum() == pytest.approx((clean.distance < 0).sum(), rel=0.01)
    assert euler_number(spotted.distance < 0) == euler_number(clean.distance < 0) == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.002, 1), st.floats(0.5, 2), st.floats(-0.9, 0.9))
def test_any_picture_with_ink_can_be_inked(seed: int, share: float, thickness: float, shear: float) -> None:
    """An untrained generator draws noise: the result may be ugly, but it is finite, and the grid holds all of it."""
    rng = np.random.default_rng(seed)
    picture = (rng.integers(0, 256, (28, 28)) * (rng.random((28, 28)) < share)).astype(np.uint8)
    picture[rng.integers(28), rng.integers(28)] = 255
    ink = drawn(picture, stroke=STROKE * thickness, shear=shear)
    assert ink.distance.shape == ink.pressure.shape
    assert len(ink.distance) == len(ROWS)
    assert np.isfinite(ink.distance).all()
    assert (ink.distance < 0).any()
    assert ink.pressure.min() >= 0
    assert ink.pressure.max() <= 1


def test_a_curve_is_inked_at_its_radius() -> None:
    points = np.stack([np.linspace(5, 15, 50), np.full(50, -8.0)], axis=1)
    ink = pen.ink_from_curve(points, np.full(50, 1.2))
    top, bottom = extent(ink)
    assert (top, bottom) == pytest.approx((-9.2, -6.8), abs=0.2)
    columns = (ink.distance < 0).any(axis=0)
    assert columns.sum() / SAMPLES == pytest.approx(12.4, abs=0.3)
    assert columns.argmax() / SAMPLES == pytest.approx(pen.SIDE, abs=0.3)


def test_a_point_is_blurred_to_a_bell_curve() -> None:
    field = np.zeros((41, 51), np.float32)
    field[20, 25] = 1
    steps = np.arange(-9, 10)  # three times 0.5 units, in samples: what lies further out is left away
    bell = np.exp(-0.5 * (steps / 3) ** 2)
    expected = np.zeros_like(field)
    expected[11:30, 16:35] = np.outer(bell, bell) / bell.sum() ** 2
    np.testing.assert_allclose(pen.smooth(field, 0.5), expected, atol=1e-6)
    np.testing.assert_allclose(pen.smooth(np.full((5, 4), 7, np.float32), 0.5), 7, rtol=1e-6)  # the border repeats


def test_the_grid() -> None:
    assert (ROWS[0], ROWS[-1], len(ROWS)) == pytest.approx((-27 + 1 / 12, 6 - 1 / 12, 33 * 6))
    ink = pen.ink_from_curve(np.array([[100.0, -10.0]]), np.array([3.0]))
    assert ink.distance.shape == (198, 11 * 6)  # the disc, and 2.5 units of paper on each side
    middle = ink.distance[np.abs(ROWS + 10).argmin()]
    assert middle[[0, -1]] == pytest.approx([2.5 - 1 / 12, 2.5 - 1 / 12], abs=0.002)
    assert (ink.pressure == 1).all()


def bars(*widths: int) -> NDArray[np.bool_]:
    """Bars of these widths in samples, 90 samples long, one below the other: a stroke of one piece."""
    mask = np.zeros((90 * len(widths) + 40, 120), bool)
    for i, width in enumerate(widths):
        mask[20 + 90 * i : 110 + 90 * i, 60 - width // 2 : 60 + width // 2] = True
    return mask


def width_at(row: NDArray[np.floating]) -> float:
    """Width of the ink in a row of signed distances, between the places where it is 0."""
    left, right = np.flatnonzero(row < 0)[[0, -1]]
    ends = row[left - 1] / (row[left - 1] - row[left]), row[right + 1] / (row[right + 1] - row[right])
    return float(right - left + 2 - sum(ends)) / SAMPLES


def test_thick_and_thin_come_nearer_to_the_mean() -> None:
    """Of seven tenths, less what the blur of the local width takes away."""
    even = pen.even_stroke(pen.distance_to_edge(bars(20, 10)))
    thick, thin = (width_at(even[row]) for row in (60, 155))
    assert 10 / SAMPLES < thin < thick < 20 / SAMPLES
    assert (thick - thin) / (10 / SAMPLES) == pytest.approx(0.394, abs=0.01)


def test_the_drawing_s_grey_is_the_pressure_of_the_pen() -> None:
    """Half as dark in its lower half, a stroke is written with half the pressure there."""
    picture = np.zeros((28, 28), np.uint8)
    picture[4:14, 12:15], picture[14:24, 12:15] = 240, 150
    ink = drawn(picture)
    inside = ink.distance < -0.5
    upper, lower = (ink.pressure[inside & (rows[:, None])] for rows in (ROWS < -14, (ROWS > -6) & (ROWS < -2)))
    assert np.median(upper) == pytest.approx(1, abs=0.02)
    assert np.median(lower) == pytest.approx(150 / 240, abs=0.03)
    assert ink.pressure.max() == 1


def test_small_drawings_grow_by_a_third_at_most() -> None:
    low = np.zeros((28, 28), np.uint8)
    low[16:24, 4:24], low[18:22, 6:24] = 255, 0  # 8 rows high, its middle line 6
    tall = np.zeros((28, 28), np.uint8)
    tall[8:24, 12:16] = 255  # 16 rows: grows to the full height
    top, bottom = extent(drawn(low))
    assert bottom - top == pytest.approx(1.35 * 6 + STROKE, abs=0.8)
    top, bottom = extent(drawn(tall))
    assert bottom - top == pytest.approx(HEIGHT, abs=0.8)


def test_a_speck_is_less_than_a_twelfth_of_the_ink() -> None:
    stroke = np.zeros((28, 28), np.uint8)
    stroke[4:24, 16:19] = 255

    def pieces_with(rows: int, columns: int) -> int:
        picture = stroke.copy()
        picture[6 : 6 + rows, 4 : 4 + columns] = 255
        return euler_number(drawn(picture).distance < 0)

    assert pieces_with(0, 0) == 1
    assert pieces_with(2, 2) == 1
    assert pieces_with(5, 3) == 2


def test_a_picture_is_enlarged_as_dark_as_it_is() -> None:
    """Of a cubic B-spline the four weights add up to 1; at a pixel they are 1/6, 4/6 and 1/6."""
    grey = np.full((28, 28), 0.5, np.float32)
    v, u = np.array([10.0, 10.25, 11.7]), np.array([[4.0, 20.9]] * 3)
    np.testing.assert_allclose(pen._spline(grey, v, u), 0.5, rtol=1e-6)
    grey[:] = 0
    grey[10, 4] = 1
    at = np.array([9.0, 10.0, 11.0, 12.0])
    spread = pen._spline(grey, at, np.tile(np.array([3.0, 4.0, 5.0, 6.0]), (4, 1)))
    np.testing.assert_allclose(spread, np.outer([1, 4, 1, 0], [1, 4, 1, 0]) / 36, atol=1e-6)


@pytest.mark.parametrize("width", [2, 3])
def test_a_plain_stroke_stands_on_the_line_and_is_a_digit_high(width: int) -> None:
    """To the sample: a sixth of a unit would be one row more or less."""
    picture = np.zeros((28, 28), np.uint8)
    picture[4:24, 12 : 12 + width] = 255
    assert extent(drawn(picture)) == pytest.approx((-HEIGHT, 0), abs=0.1)
