"""Shifts and cutouts compared with slow loops, and the backward pass, which is the transpose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.rules import augment
from gan.rules.augment import HOLE, REACH, Augment, move, no_augmentation, outside

RNG = np.random.default_rng(0)


def slow_move(images: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Shift the images, one pixel at a time."""
    moved = np.zeros_like(images)
    N, H, W, _ = images.shape
    for n, i, j in np.ndindex(N, H, W):
        a, b = i - by[n, 0], j - by[n, 1]
        if 0 <= a < H and 0 <= b < W:
            moved[n, i, j] = images[n, a, b]
    return moved


@given(by=st.lists(st.tuples(*[st.integers(-REACH, REACH)] * 2), min_size=1, max_size=4))
def test_move_matches_a_slow_version(by: list[tuple[int, int]]) -> None:
    images = np.random.default_rng(len(by)).standard_normal((len(by), 9, 8, 1))
    assert np.array_equal(move(images, np.array(by)), slow_move(images, np.array(by)))


@given(corner=st.tuples(*[st.integers(1 - HOLE, 11)] * 2))
def test_the_square_is_cut_inside_the_image(corner: tuple[int, int]) -> None:
    kept = outside(np.array([corner]), (1, 12, 11, 1))
    for i, j in np.ndindex(12, 11):
        inside = corner[0] <= i < corner[0] + HOLE and corner[1] <= j < corner[1] + HOLE
        assert kept[0, i, j, 0] == (not inside)


def test_moved_images_are_filled_with_paper() -> None:
    seen, _ = Augment(RNG)(np.full((200, 28, 28, 1), -1.0, np.float32))
    assert np.array_equal(seen, np.full_like(seen, -1))  # an image without ink does not change
    assert seen.dtype == np.float32
    black, _ = Augment(RNG)(np.ones((200, 28, 28, 1), np.float32))
    assert set(np.unique(black)) == {-1, 1}
    paper = (black == -1).mean()
    assert 0.05 < paper < 0.35


def test_back_is_the_transpose() -> None:
    images, dseen = RNG.standard_normal((2, 30, 28, 28, 1))
    seen, back = Augment(RNG)(images)
    nothing = np.full_like(images, -1.0)  # images without ink: the linear part is 0
    assert ((seen - nothing) * dseen).sum() == pytest.approx(((images - nothing) * back(dseen)).sum(), rel=1e-12)
    assert np.array_equal(back(dseen), back(dseen))  # every call applies the same change


def test_changes_differ_between_images_and_calls() -> None:
    images = np.repeat(RNG.uniform(-1, 1, (1, 28, 28, 1)), 50, axis=0)
    augment = Augment(np.random.default_rng(3))
    first, second = augment(images)[0], augment(images)[0]
    assert len(np.unique(first, axis=0)) > 45
    assert not np.array_equal(first, second)
    assert np.array_equal(first, Augment(np.random.default_rng(3))(images)[0])


def test_without_augmentation_images_are_unchanged() -> None:
    x = RNG.standard_normal((2, 28, 28, 1))
    seen, back = no_augmentation(x)
    assert seen is x
    assert back(x) is x


def test_all_moves_up_to_three_pixels_occur() -> None:
    dot = np.full((1000, 28, 28, 1), -1.0, np.float32)
    dot[:, 14, 14] = 1
    seen, _ = Augment(np.random.default_rng(1))(dot)
    offsets = np.argwhere(seen[..., 0] == 1)[:, 1:] - 14  # only of dots outside the hole
    reach = range(-3, 4)
    assert {(int(i), int(j)) for i, j in offsets} == {(i, j) for i in reach for j in reach}
    assert np.abs(offsets.mean(0)).max() < 0.15  # shifts in opposite directions are equally likely


def test_all_positions_of_the_square_occur(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment, "REACH", 0)
    seen, back = Augment(np.random.default_rng(1))(np.ones((1000, 28, 28, 1), np.float32))
    holes = [np.argwhere(image[..., 0] == -1) for image in seen]
    spans = {(axis, int(h[:, axis].min()), int(h[:, axis].max())) for h in holes for axis in (0, 1)}
    assert spans == {(axis, max(0, k), min(27, k + 6)) for axis in (0, 1) for k in range(-6, 28)}
    assert np.array_equal(back(np.ones((1000, 28, 28, 1), np.float32)) == 0, seen == -1)
