"""Ink masks: components, Euler number, lean and likeness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gan.write.kernels.components_and_marks import label
from gan.write.vectorize import measure_ink as module
from gan.write.vectorize.measure_ink import Mask, Picture, lean, likeness

masks = arrays(
    bool, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.booleans()
)
small_pictures = arrays(np.uint8, (5, 6), elements=st.integers(0, 255))


def regions(mask: Mask, corners: bool) -> list[set[tuple[int, int]]]:
    """Find connected regions with a slow flood fill."""
    remaining = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    found = []
    while remaining:
        region = {remaining.pop()}
        while True:
            touching = {
                (y, x)
                for y, x in remaining
                for v, u in region
                if max(abs(y - v), abs(x - u)) == 1
                and (corners or abs(y - v) + abs(x - u) == 1)
            }
            if not touching:
                break
            region |= touching
            remaining -= touching
        found.append(region)
    return found


@given(masks)
def test_components_match_a_flood_fill_and_are_numbered_in_scan_order(
    mask: Mask,
) -> None:
    bordered, count, euler = label(mask)
    labels = bordered[1:, 1:-1]
    results = [
        {(int(y), int(x)) for y, x in np.argwhere(labels == number)}
        for number in range(1, count + 1)
    ]
    expected = regions(mask, corners=True)
    assert results == sorted(expected, key=min)
    assert module.sizes(mask).tolist() == [len(piece) for piece in results]
    assert not labels[~mask].any()
    # minus the region outside the ink
    loops = len(regions(~np.pad(mask, 1), corners=False)) - 1
    assert euler == len(expected) - loops


@given(small_pictures)
def test_lean_is_the_slope_of_a_least_squares_fit(picture: Picture) -> None:
    assert module.amount_of_ink(picture) == pytest.approx(
        sum(map(int, picture.ravel())) / 255
    )
    weight = np.sqrt(picture.astype(float))
    (y, x) = np.mgrid[:5, :6]
    if np.count_nonzero(picture.any(axis=1)) < 2:
        assert lean(picture) == 0
    else:
        slope = np.polyfit(-y.ravel(), x.ravel(), 1, w=weight.ravel())[0]
        assert lean(picture) == pytest.approx(slope, abs=1e-6)


@given(small_pictures, small_pictures)
def test_likeness_is_the_cosine_of_the_pictures(a: Picture, b: Picture) -> None:
    x, y = a.astype(float), b.astype(float)
    lengths = np.linalg.norm(x) * np.linalg.norm(y)
    assert likeness(a, b) == pytest.approx((x * y).sum() / lengths if lengths else 0)
