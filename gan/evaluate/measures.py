"""Compute distances between two sets of pictures.

Most functions compare features, the inputs of a classifier's last layer
(gan/drawings/classifier.py). Similar pictures have similar features, even if their
pixels differ.

    frechet            do the two clouds of features have the same position, size and
                       shape?
    precision_recall   does a fake look like something real, and does every kind of
                       real picture occur among the fakes?
    total_variation    does every digit occur equally often?

No figure means much by itself, because it depends on the number of pictures and on the
features. So gan/evaluate/real_against_real.py compares each figure with the same figure
for two sets of real pictures.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]  # (N, d), one row for each picture

# Rows in a block. 10,000 pictures have 10^8 pairs, so distances are computed in blocks
# of rows, and only each block's result is kept. 128 x 10,000 numbers of 8 bytes take
# 10 MB, and larger blocks are slower.
BLOCK = 128


def frechet(a: Features, b: Features) -> float:
    """Return the Frechet distance of two sets of features.

        |mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2)

    This is the distance of the normal distributions with the means and covariances of a
    and b. a is (N, d) and b is (M, d), with N and M at least 2. The distance is 0 or
    more, and computed in float64. It falls as N and M grow, even if nothing else
    changes.

    Source: Heusel et al. 2017, "GANs trained by a two time-scale update rule", section
    3. The authors use the features of a different network, so their figures are not
    comparable.
    """
    a = a.astype(np.float64)
    b = b.astype(np.float64)
    shift = a.mean(0) - b.mean(0)  # (d,)
    cov_a = np.atleast_2d(np.cov(a, rowvar=False))  # (d, d)
    cov_b = np.atleast_2d(np.cov(b, rowvar=False))
    values, vectors = np.linalg.eigh(cov_a)
    root_a = (vectors * np.sqrt(values.clip(0))) @ vectors.T  # (d, d): C_a^1/2
    middle = root_a @ cov_b @ root_a
    root_trace = np.sqrt(np.linalg.eigvalsh((middle + middle.T) / 2).clip(0)).sum()
    distance = shift @ shift + np.trace(cov_a) + np.trace(cov_b) - 2 * root_trace
    return max(0.0, float(distance))


def _squared_distances(a: Features, b: Features) -> Iterator[tuple[slice, Features]]:
    """Yield blocks of rows of a, and their squared distances to all M rows of b."""
    squares = (b * b).sum(1)  # (M,)
    for start in range(0, len(a), BLOCK):
        rows = slice(start, min(start + BLOCK, len(a)))
        block = a[rows] @ b.T
        block *= -2
        block += squares
        block += (a[rows] * a[rows]).sum(1)[:, None]
        yield rows, block


def _squared_radii(x: Features, k: int) -> Features:
    """Return the squared distance of every row to its k-th nearest other row, (N,)."""
    radii = np.empty(len(x), x.dtype)
    for rows, block in _squared_distances(x, x):
        index = np.arange(len(block))
        # Start with the row itself, which does not count as a neighbour.
        nearest = index + rows.start
        for _ in range(k):
            # k passes over the block are faster than a partial sort while k is small.
            block[index, nearest] = np.inf
            nearest = block.argmin(1)
        radii[rows] = block[index, nearest]
    return radii


def precision_recall(real: Features, fake: Features, k: int = 3) -> tuple[float, float]:
    """Return improved precision and recall.

    Every picture is the centre of a ball that reaches to its k-th nearest neighbour in
    the same set. All balls together form the region that the set covers.

    Parameters
    ----------
    real, fake : arrays (N, d) and (M, d), N and M above k

    Returns
    -------
    precision : float
        The fraction of fakes that lie in the region of the real pictures, and so look
        real.
    recall : float
        The fraction of real pictures that lie in the region of the fakes. It measures
        the variety of the fakes.

    Source: Kynkaanniemi et al. 2019, "Improved precision and recall metric for
    assessing generative models", section 2.
    """
    # Subtracting the centre preserves distances and reduces rounding errors.
    centre = real.mean(0, dtype=np.float64)
    real = real.astype(np.float64) - centre
    fake = fake.astype(np.float64) - centre
    real_radii = _squared_radii(real, k)
    fake_radii = _squared_radii(fake, k)
    precise = np.zeros(len(fake), bool)
    recalled = np.zeros(len(real), bool)
    for rows, block in _squared_distances(real, fake):  # (rows, M)
        precise |= (block <= real_radii[rows, None]).any(0)
        recalled[rows] = (block <= fake_radii).any(1)
    return float(precise.mean()), float(recalled.mean())


def total_variation(counts: NDArray[np.integer]) -> float:
    """Return the total variation distance of K counts from equal counts.

    It is 1/2 sum |p_i - 1/K|, where p_i is count i divided by the sum of all counts,
    and ranges from 0 to 1 - 1/K. At least one count must be above zero.
    """
    shares = np.asarray(counts) / np.sum(counts)
    return float(np.abs(shares - 1 / len(shares)).sum() / 2)
