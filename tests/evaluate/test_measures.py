"""Measures compared with slow formulas, and with cases worked out by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.evaluate import measures
from gan.evaluate.measures import frechet, precision_recall, total_variation

Array = np.ndarray[Any, np.dtype[Any]]

clouds = st.tuples(
    st.integers(5, 30),
    st.integers(5, 30),
    st.integers(1, 6),
    st.floats(0, 3),
    st.integers(0, 10**9),
)


def two_clouds(case: tuple[int, int, int, float, int]) -> tuple[Array, Array]:
    """Return two sets of normal features, the second shifted and stretched.

    `case` is (N, M, d, shift, seed).
    """
    N, M, d, shift, seed = case
    rng = np.random.default_rng(seed)
    stretch = rng.standard_normal((d, d))
    return rng.standard_normal((N, d)), rng.standard_normal((M, d)) @ stretch + shift


@pytest.fixture(params=[3, 1000], ids=["many blocks", "one block"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "BLOCK", request.param)


# The Frechet distance


@given(clouds)
@settings(max_examples=30, deadline=None)
def test_frechet_matches_the_eigenvalues_of_the_product(
    case: tuple[int, int, int, float, int],
) -> None:
    a, b = two_clouds(case)
    d = a.shape[1]
    cov_a = np.cov(a.T).reshape(d, d)
    cov_b = np.cov(b.T).reshape(d, d)
    # their sum is the trace of the matrix root
    roots = np.sqrt(np.linalg.eigvals(cov_a @ cov_b).astype(complex))
    expected = (
        ((a.mean(0) - b.mean(0)) ** 2).sum()
        + np.trace(cov_a + cov_b)
        - 2 * roots.real.sum()
    )
    assert frechet(a, b) == pytest.approx(
        expected, rel=1e-6, abs=1e-6 * np.trace(cov_a + cov_b)
    )
    assert frechet(b, a) == pytest.approx(
        frechet(a, b), rel=1e-6, abs=1e-6 * np.trace(cov_a + cov_b)
    )


def test_frechet_of_a_set_with_itself_of_a_shift_and_of_constant_features() -> None:
    a = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet(a, a + np.float32(0.5)) == pytest.approx(8 * 0.25, rel=1e-5)
    assert frechet(np.zeros((6, 3)), np.ones((6, 3))) == 3.0


# Precision and recall


def slow_share_covered(points: Array, region: Array, k: int) -> float:
    """Return the fraction of points in any ball around a row of the region.

    A ball reaches the row's k-th nearest neighbour.
    """
    covered = 0
    # each row is its own nearest neighbor
    radii = [sorted(((x - region) ** 2).sum(1))[k] for x in region]
    for point in points:
        covered += (((point - region) ** 2).sum(1) <= radii).any()
    return covered / len(points)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("k", [1, 3])
def test_precision_and_recall_match_all_pairs(k: int) -> None:
    for seed in range(5):
        real, fake = two_clouds((20, 15 + seed, 3, seed / 3, seed))
        expected = slow_share_covered(fake, real, k), slow_share_covered(real, fake, k)
        assert precision_recall(real, fake, k) == expected
        assert precision_recall(fake, real, k) == expected[::-1]


def test_precision_and_recall_of_distant_and_equal_sets() -> None:
    real = np.random.default_rng(0).standard_normal((40, 5))
    assert precision_recall(real, real + 100) == (0, 0)
    assert precision_recall(real, real) == (1, 1)
    # far from the origin, where differences are rounded
    assert precision_recall(real + 1e4, real + 1e4) == (1, 1)


# Balance, and properties that all measures share


@given(st.lists(st.integers(0, 50), min_size=2, max_size=12).filter(any))
def test_total_variation_is_the_share_above_uniform(counts: list[int]) -> None:
    fair = sum(counts) / len(counts)
    too_many = sum(count - fair for count in counts if count > fair) / sum(counts)
    assert total_variation(np.array(counts)) == pytest.approx(too_many, abs=1e-12)
