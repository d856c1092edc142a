"""The same digit in another form: against bilinear interpolation written pixel by pixel, and maps known by heart."""

import numpy as np
import pytest

from gan.data import load
from gan.data.batches import (
    GENTLE,
    STRONG,
    Forms,
    apply_maps,
    distort,
    near_points,
    random_bends,
    random_maps,
    sharpened,
)
from gan.pictures import to_unit

RNG = np.random.default_rng(5)
IMAGES = RNG.integers(0, 256, (4, 9, 7), dtype=np.uint8)


def slow(image: np.ndarray, inverse: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """One image, one pixel after the other, in float64."""
    H, W = image.shape

    def ink(y: int, x: int) -> float:
        return float(image[y, x]) if 0 <= y < H and 0 <= x < W else 0.0

    drawn = np.zeros((H, W))
    for i in range(H):
        for j in range(W):
            middle = np.array([(H - 1) / 2, (W - 1) / 2])
            y, x = inverse.astype(float) @ (np.array([i, j]) - middle - shift) + middle
            top, left = int(np.floor(y)), int(np.floor(x))
            for r in (top, top + 1):
                for c in (left, left + 1):
                    drawn[i, j] += ink(r, c) * (1 - abs(y - r)) * (1 - abs(x - c))
    return drawn


def test_every_pixel_is_the_mean_of_four() -> None:
    inverses, shifts = random_maps(4, np.random.default_rng(1))
    inverses[0] *= 3  # far beyond the border
    drawn = apply_maps(IMAGES, inverses, shifts)
    assert (drawn.shape, drawn.dtype.type) == ((4, 9, 7), np.float32)
    expected = [slow(*one) for one in zip(IMAGES, inverses, shifts, strict=True)]
    np.testing.assert_allclose(drawn, expected, atol=2e-2)


def test_no_change_gives_the_image_itself() -> None:
    still = np.tile(np.eye(2, dtype=np.float32), (4, 1, 1)), np.zeros((4, 2), np.float32)
    assert np.array_equal(apply_maps(IMAGES, *still), IMAGES)


def test_a_shift_moves_the_ink_down_and_to_the_right_and_paper_comes_in() -> None:
    moved = apply_maps(IMAGES, np.tile(np.eye(2, dtype=np.float32), (4, 1, 1)), np.full((4, 2), (2, 1), np.float32))
    assert np.array_equal(moved[:, 2:, 1:], IMAGES[:, :-2, :-1])
    assert not moved[:, :2].any()
    assert not moved[:, :, 0].any()


def test_a_quarter_turn() -> None:
    square = IMAGES[:, :7]
    turn = np.tile(np.array([[0, 1], [-1, 0]], np.float32), (4, 1, 1))
    turned = apply_maps(square, turn, np.zeros((4, 2), np.float32))
    np.testing.assert_allclose(turned, np.rot90(square, 1, (1, 2)), atol=1e-3)


def test_forms_differ_stay_small_and_repeat_with_the_seed() -> None:
    inverses, shifts = random_maps(500, np.random.default_rng(2))
    assert np.abs(shifts).max() <= STRONG.shift
    sizes = np.linalg.det(inverses)  # how much area of the old picture a pixel of the new one stands for
    assert ((1 + STRONG.growth) ** -2 - 1e-6 <= sizes).all()
    assert (sizes <= (1 - STRONG.growth) ** -2 + 1e-6).all()
    same = np.repeat(IMAGES[:1], 5, 0)
    drawn = distort(same, np.random.default_rng(3))
    assert len(np.unique(drawn, axis=0)) == 5
    assert np.array_equal(drawn, distort(same, np.random.default_rng(3)))


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 28, 28)])
def test_values_stay_between_paper_and_ink(shape: tuple[int, ...]) -> None:
    drawn = distort(np.full(shape, 255, np.uint8), np.random.default_rng(0))
    assert drawn.min() >= -1
    assert drawn.max() <= 1
    np.testing.assert_allclose(drawn[:, 14, 14], 1, atol=1e-6)


def test_forms_without_a_change_leave_the_images_as_they_are() -> None:
    still = Forms(turn=0, growth=0, lean=0, shift=0)
    np.testing.assert_allclose(distort(IMAGES, np.random.default_rng(0), still), to_unit(IMAGES), atol=1e-6)


def test_a_bend_moves_every_pixel_by_its_own_way() -> None:
    still = np.tile(np.eye(2, dtype=np.float32), (1, 1, 1)), np.zeros((1, 2), np.float32)
    ways = np.zeros((1, 9 * 7, 2), np.float32)
    ways[0, 10] = (2, -1)  # the pixel in row 1, column 3 looks at row 3, column 2
    bent = apply_maps(IMAGES[:1], *still, ways)
    expected = IMAGES[:1].astype(np.float32)
    expected[0, 1, 3] = IMAGES[0, 3, 2]
    assert np.array_equal(bent, expected)


def test_all_pixels_bend_equally_far_and_neighbours_go_together() -> None:
    ways = random_bends(4000, (28, 28), np.random.default_rng(0), GENTLE).reshape(4000, 28, 28, 2)
    np.testing.assert_allclose(ways.std(0), GENTLE.bend, rtol=0.08)  # seven standard deviations
    np.testing.assert_allclose((near_points(28) ** 2).sum(1), 1, rtol=1e-6)

    def together(distance: int) -> float:
        """Correlation of the ways of two pixels so far from each other."""
        return float(np.corrcoef(ways[:, 10, 5, 0], ways[:, 10, 5 + distance, 0])[0, 1])

    assert together(1) > 0.95
    assert abs(together(20)) < 0.1


def test_sharpening_moves_a_pixel_away_from_its_neighbours_and_stays_between_paper_and_ink() -> None:
    ink = np.zeros((1, 3, 3), np.float32)
    ink[0, 1] = (40, 100, 40)
    sharp = sharpened(ink, 0.5)
    assert sharp[0, 1, 1] == 100 + 0.5 * (100 - 20)
    assert sharp[0, 1, 0] == 40 + 0.5 * (40 - 25)
    assert sharp[0, 0, 1] == 0  # 0 - 0.5 * 25 would be less than paper
    assert sharpened(np.full((1, 3, 3), 250, np.float32), 2.0).max() == 255


def test_gentle_forms_are_still_near_the_digit() -> None:
    images = load().images[:200]
    drawn = (distort(images, np.random.default_rng(0), GENTLE)[..., 0] + 1) * 127.5
    assert drawn.min() >= 0
    assert drawn.max() <= 255
    likeness = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(images, drawn, strict=True)]
    assert np.median(likeness) > 0.85
    assert max(likeness) < 1 - 1e-4


def test_forms_reach_as_far_as_they_are_said_to() -> None:
    """The forms of many draws, read back from their maps: 0.2 radians either way and so on, and no further."""
    for forms, turn, growth, lean, shift in ((STRONG, 0.2, 0.12, 0.2, 1.0), (GENTLE, 0.1, 0.06, 0.1, 0.0)):
        inverses, shifts = random_maps(20_000, np.random.default_rng(0), forms)
        # inverse = rotation @ shear / grow: a column of it, times its growth, is that column of rotation @ shear.
        turns = np.arctan2(-inverses[:, 0, 1], inverses[:, 1, 1])  # the second column, (-sin, cos)
        grown = 1 / np.hypot(inverses[:, 0, 1], inverses[:, 1, 1])
        leans = slants(inverses, turns)
        for values, least, most in (
            (turns, -turn, turn),
            (grown, 1 - growth, 1 + growth),
            (leans, -lean, lean),
            (shifts, -shift, shift),
        ):
            assert (values.min(), values.max()) == pytest.approx((least, most), abs=0.002)
            assert values.mean() == pytest.approx((least + most) / 2, abs=0.01)
    ways = random_bends(2000, (28, 28), np.random.default_rng(1), GENTLE)
    assert ways.std() == pytest.approx(0.35, rel=0.02)
    assert (STRONG.bend, STRONG.sharpen, GENTLE.sharpen) == (0, 0, 0.5)


def slants(inverses: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """The lean of each map: its first column turned back is (1, lean) / grow."""
    cos, sin = np.cos(turns), np.sin(turns)
    down = cos * inverses[:, 0, 0] + sin * inverses[:, 1, 0]
    across = -sin * inverses[:, 0, 0] + cos * inverses[:, 1, 0]
    found: np.ndarray = across / down
    return found
