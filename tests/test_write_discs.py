"""What discs cover, against every sample for itself."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gan.write.kernels.pixels import cover, outermost

discs = st.lists(st.tuples(st.floats(-5, 20), st.floats(-5, 20), st.floats(0.1, 8)), min_size=1, max_size=4)


@given(discs)
def test_a_sample_is_covered_that_lies_in_a_disc(some: list[tuple[float, float, float]]) -> None:
    mask = np.zeros((12, 15), bool)
    cover(mask, np.array(some))
    y, x = np.mgrid[:12, :15]
    away = np.min([np.hypot(x - u, y - v) - r for u, v, r in some], axis=0)
    sure = np.abs(away) > 1e-9
    np.testing.assert_array_equal(mask[sure], (away < 0)[sure])


@given(discs, st.floats(-4, 4), st.floats(0.1, 2))
def test_edges_are_the_outermost_of_a_character_s_own_discs(
    some: list[tuple[float, float, float]], top: float, step: float
) -> None:
    left, right = np.full((2, 9), np.inf), np.full((2, 9), -np.inf)
    owner = np.arange(len(some)) % 2
    outermost(left, right, np.array(some), owner, top, step)
    for number in (0, 1):
        for i, line in enumerate(top + step * np.arange(9)):
            own = [
                disc for disc, who in zip(some, owner, strict=True) if who == number and disc[2] > abs(line - disc[1])
            ]
            half = [np.sqrt(r * r - (line - y) ** 2) for _, y, r in own]
            expected = min((x - h for (x, _, _), h in zip(own, half, strict=True)), default=np.inf)
            if own and min(half) < 1e-4:
                continue  # a disc that just touches the line
            np.testing.assert_allclose(left[number, i], expected, atol=1e-7)
            most = max((x + h for (x, _, _), h in zip(own, half, strict=True)), default=-np.inf)
            np.testing.assert_allclose(right[number, i], most, atol=1e-7)
