"""Pieces and loops, against a slow flood fill; ink, lean and likeness, against what is known of a drawing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gan.write.kernels.pixels import label
from gan.write.vectorize.ink import Mask, Picture, amount_of_ink, euler_number, lean, likeness, sizes

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.booleans())


pictures = arrays(np.uint8, (5, 6), elements=st.integers(0, 255))


def regions(mask: Mask, corners: bool) -> list[set[tuple[int, int]]]:
    """The oracle: grow each region until nothing more touches it."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    found = []
    while left:
        region = {left.pop()}
        while True:
            touching = {
                (y, x)
                for y, x in left
                for v, u in region
                if max(abs(y - v), abs(x - u)) == 1 and (corners or abs(y - v) + abs(x - u) == 1)
            }
            if not touching:
                break
            region |= touching
            left -= touching
        found.append(region)
    return found


@given(masks)
def test_euler_number_is_pieces_minus_loops(mask: Mask) -> None:
    loops = len(regions(~np.pad(mask, 1), corners=False)) - 1  # all paper but the outside
    assert euler_number(mask) == len(regions(mask, corners=True)) - loops


@given(masks)
def test_pieces(mask: Mask) -> None:
    labels, count = label(mask)
    found = [{(int(y), int(x)) for y, x in np.argwhere(labels == number)} for number in range(1, count + 1)]
    oracle = regions(mask, corners=True)
    assert sorted(map(sorted, found)) == sorted(map(sorted, oracle))
    assert sizes(mask).tolist() == [len(piece) for piece in found]


@given(masks)
def test_pieces_are_numbered_as_a_scan_meets_them(mask: Mask) -> None:
    labels, count = label(mask)
    assert list(dict.fromkeys(labels[mask].tolist())) == list(range(1, count + 1))
    assert not labels[~mask].any()


def test_an_eight_has_two_loops() -> None:
    eight = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    assert len(sizes(eight)) == 1
    assert euler_number(eight) == -1


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.25])
def test_lean_of_a_straight_stroke(slope: float) -> None:
    rows = np.arange(4, 24)
    picture = np.zeros((28, 28), dtype=np.uint8)
    picture[rows, np.round(14 - slope * (rows - 13.5)).astype(int)] = 255
    assert lean(picture) == pytest.approx(slope, abs=0.03)
    assert lean(np.zeros((28, 28), dtype=np.uint8)) == 0


@given(pictures)
def test_lean_is_the_slope_of_the_line_through_the_ink_fitted_over_the_rows(picture: Picture) -> None:
    weight, (y, x) = np.sqrt(picture.astype(float)), np.mgrid[:5, :6]
    if np.count_nonzero(picture.any(axis=1)) < 2:
        assert lean(picture) == 0
    else:
        slope = np.polyfit(-y.ravel(), x.ravel(), 1, w=weight.ravel())[0]
        assert lean(picture) == pytest.approx(slope, abs=1e-6)


@given(pictures)
def test_ink_is_counted_in_full_pixels(picture: Picture) -> None:
    assert amount_of_ink(picture) == pytest.approx(sum(map(int, picture.ravel())) / 255)


@given(pictures, pictures)
def test_likeness_is_one_for_the_same_drawing_and_nothing_for_no_ink_in_common(a: Picture, b: Picture) -> None:
    found = likeness(a, b)
    assert found == likeness(b, a)
    assert -1e-9 <= found <= 1 + 1e-9
    assert likeness(a, a) == pytest.approx(1 if a.any() else 0)
    assert likeness(a, np.where(a > 0, 0, b).astype(np.uint8)) == 0
    if a.any() and b.any():
        cosine = (a.astype(float) * b).sum() / np.linalg.norm(a.astype(float)) / np.linalg.norm(b.astype(float))
        assert found == pytest.approx(cosine)
