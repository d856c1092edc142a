"""The same digit in another form: against bilinear interpolation written pixel by pixel, and maps known by heart."""

import numpy as np
import pytest

from gan.data import to_unit
from gan.distort import GROWTH, SHIFT, apply_maps, distort, random_maps

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
    assert (drawn.shape, drawn.dtype) == ((4, 9, 7, 1), np.float32)
    expected = [slow(*one) for one in zip(IMAGES, inverses, shifts, strict=True)]
    np.testing.assert_allclose((drawn[..., 0] + 1) * 127.5, expected, atol=2e-2)


def test_no_change_gives_the_image_itself() -> None:
    still = np.tile(np.eye(2, dtype=np.float32), (4, 1, 1)), np.zeros((4, 2), np.float32)
    np.testing.assert_allclose(apply_maps(IMAGES, *still), to_unit(IMAGES), atol=1e-6)


def test_a_shift_moves_the_ink_down_and_to_the_right_and_paper_comes_in() -> None:
    moved = apply_maps(IMAGES, np.tile(np.eye(2, dtype=np.float32), (4, 1, 1)), np.full((4, 2), (2, 1), np.float32))
    np.testing.assert_allclose(moved[:, 2:, 1:], to_unit(IMAGES)[:, :-2, :-1], atol=1e-6)
    assert (moved[:, :2] == -1).all()
    assert (moved[:, :, 0] == -1).all()


def test_a_quarter_turn() -> None:
    square = IMAGES[:, :7]
    turn = np.tile(np.array([[0, 1], [-1, 0]], np.float32), (4, 1, 1))
    turned = apply_maps(square, turn, np.zeros((4, 2), np.float32))
    np.testing.assert_allclose(turned, to_unit(np.rot90(square, 1, (1, 2)).copy()), atol=1e-5)


def test_forms_differ_stay_small_and_repeat_with_the_seed() -> None:
    inverses, shifts = random_maps(500, np.random.default_rng(2))
    assert np.abs(shifts).max() <= SHIFT
    sizes = np.linalg.det(inverses)  # how much area of the old picture a pixel of the new one stands for
    assert ((1 + GROWTH) ** -2 - 1e-6 <= sizes).all()
    assert (sizes <= (1 - GROWTH) ** -2 + 1e-6).all()
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
