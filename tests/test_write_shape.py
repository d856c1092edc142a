"""Pieces and loops, against a slow flood fill."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gan.write.shape import Mask, euler_number, pieces

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.booleans())


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
    found = [{(int(y), int(x)) for y, x in np.argwhere(piece)} for piece in pieces(mask)]
    oracle = regions(mask, corners=True)
    assert sorted(map(sorted, found)) == sorted(map(sorted, oracle))
    sizes = [len(piece) for piece in found]
    assert sizes == sorted(sizes, reverse=True)


def test_an_eight_has_two_loops() -> None:
    eight = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    assert len(pieces(eight)) == 1
    assert euler_number(eight) == -1
