"""SVG path data, read back by a reader of its own."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from gan.write.render.svg import absolute, relative


def read(data: str) -> list[NDArray[np.float64]]:
    """The curves of each subpath, (k, 4, 2); knows M m C c H h Z z, and lines as curves of three equal parts."""
    chains: list[list[NDArray[np.float64]]] = []
    here = start = np.zeros(2)
    for command, text in re.findall(r"([MmCcHhLlZz])([^MmCcHhLlZz]*)", data):
        numbers = np.array(re.findall(r"-?\d*\.?\d+", text), dtype=float)
        if command in "Mm":
            here = start = numbers + (here if command == "m" else 0)
            chains.append([])
        elif command in "Cc":
            for points in numbers.reshape(-1, 3, 2):
                points = points + (here if command == "c" else 0)
                chains[-1].append(np.stack([here, *points]))
                here = points[2]
        elif command in "HhLl":
            step = np.array([numbers[0], 0.0]) if command in "Hh" else numbers
            end = here + step if command in "hl" else step
            chains[-1].append(here + np.linspace(0, 1, 4)[:, None] * (end - here))
            here = end
        else:
            here = start
    return [np.array(chain) for chain in chains]


curves = arrays.arrays(float, st.tuples(st.integers(1, 4), st.just(3), st.just(2)), elements=st.floats(-500, 500))


def chained(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, 4, 2) from (k, 3, 2): every curve starts where the one before ends."""
    starts = np.concatenate([points[:1, :1] + 1, points[:-1, 2:]])
    return np.concatenate([starts, points], axis=1)


@given(curves, st.integers(1, 4))
def test_absolute_is_read_back(points: NDArray[np.float64], decimals: int) -> None:
    (found,) = read(absolute(chained(points), decimals))
    np.testing.assert_allclose(found, chained(points), atol=0.50001 * 10**-decimals)


@given(st.lists(curves, min_size=1, max_size=3), st.booleans())
def test_relative_is_read_back(several: list[NDArray[np.float64]], closed: bool) -> None:
    chains = []
    for points in several:
        chain = chained(np.rint(points))
        if closed:
            chain[-1, 3] = chain[0, 0]
        chains.append(chain.astype(int))
    found = read(relative(chains, closed))
    for one, expected in zip(found, chains, strict=True):
        if np.ptp(expected.reshape(-1, 2), axis=0).any():
            np.testing.assert_array_equal(one, expected)


@pytest.mark.parametrize("data", [absolute(np.full((1, 4, 2), 2.5), 2), relative([np.full((1, 4, 2), 250)], False)])
def test_a_dot_has_a_length(data: str) -> None:
    (((x0, _), *_, (x1, _)),) = read(data)[0].tolist()
    assert 0 < x1 - x0 <= 1


def test_numbers_are_short() -> None:
    assert absolute(np.array([[[0, -0.0001], [1, 2], [3.5, 4], [-5, 6.25]]]), 2) == "M0 0C1 2 3.5 4 -5 6.25"
    assert relative([np.array([[[5, 5], [4, 6], [3, 5], [5, 5]]])], True) == "m5 5c-1 1-2 0 0 0z"
