"""How far apart two sets of pictures are, in numbers. Only the mathematics.

Most of these look at features, numbers that a classifier takes from a picture before it decides which digit it is
(gan/classifier/network.py): pictures that look alike have similar features, even where their pixels differ.

    frechet            are the two clouds of features at the same place, of the same size and shape?
    kernel_distance    the same question without the assumption that the clouds are normal
    precision_recall   does a fake look like something real? does every kind of real picture occur among the fakes?
    total_variation    does every digit occur equally often?

None of them means much alone. They depend on the number of pictures and on the features, so gan/evaluate/figures.py
puts each beside the same figure for real against real.

A distance between every two pictures of 10,000 is 10^8 numbers. They are made in blocks of rows, and only what is
needed of a block is kept.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]  # (N, d), a row a picture

BLOCK = 128  # rows of a block: 128 x 10,000 numbers of 8 bytes are 10 MB; more rows were slower


def _check(*sets: Features, least: int) -> None:
    """ValueError unless all are (N, d) with the same d and at least so many rows."""
    shapes = [features.shape for features in sets]
    if any(len(shape) != 2 or shape[0] < least or shape[1] != shapes[0][1] for shape in shapes):
        raise ValueError(f"expected features (N, d) of the same d and at least {least} rows, received {shapes}")


def frechet(a: Features, b: Features) -> float:
    """Frechet distance of the two normal distributions that have the means and covariances of a and b.

        |mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2)

    Parameters
    ----------
    a, b : (N, d) and (M, d), N and M at least 2

    Returns
    -------
    float, 0 or more; in float64. It falls as N and M grow, even where nothing else changes.

    Raises
    ------
    ValueError : other shapes.

    Source: Heusel et al. 2017, "GANs trained by a two time-scale update rule", section 3. There the features are those
    of another network, so figures cannot be compared.
    """
    _check(a, b, least=2)
    a, b = a.astype(np.float64), b.astype(np.float64)
    shift = a.mean(0) - b.mean(0)  # (d,)
    cov_a, cov_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))  # (d, d)
    values, vectors = np.linalg.eigh(cov_a)
    root_a = (vectors * np.sqrt(values.clip(0))) @ vectors.T  # (d, d): C_a^1/2
    middle = root_a @ cov_b @ root_a
    root_trace = np.sqrt(np.linalg.eigvalsh((middle + middle.T) / 2).clip(0)).sum()
    return max(0.0, float(shift @ shift + np.trace(cov_a) + np.trace(cov_b) - 2 * root_trace))


def _kernel_sum(a: Features, b: Features) -> float:
    """Sum of (x . y / d + 1)^3 over all rows x of a and y of b."""
    blocks = ((a[i : i + BLOCK] @ b.T / a.shape[1] + 1) for i in range(0, len(a), BLOCK))
    return sum(float(np.vdot(block * block, block)) for block in blocks)


def kernel_distance(a: Features, b: Features) -> float:
    """Unbiased squared maximum mean discrepancy with the kernel k(x, y) = (x . y / d + 1)^3.

        mean k(x, x') + mean k(y, y') - 2 mean k(x, y),  x, x' two different rows of a, y, y' of b

    Parameters
    ----------
    a, b : (N, d) and (M, d), N and M at least 2

    Returns
    -------
    float. Its expectation does not depend on N and M. For two samples of one distribution that is 0, so half of them
    give less.

    Raises
    ------
    ValueError : other shapes.

    Source: Binkowski et al. 2018, "Demystifying MMD GANs", section 4; all pairs at once, where they average over parts.
    """
    _check(a, b, least=2)
    a, b = a.astype(np.float64), b.astype(np.float64)
    within = 0.0
    for x in (a, b):
        same = ((x * x).sum(1) / x.shape[1] + 1) ** 3  # (N,): k(x, x), which is left out
        within += (_kernel_sum(x, x) - float(same.sum())) / (len(x) * (len(x) - 1))
    return within - 2 * _kernel_sum(a, b) / (len(a) * len(b))


def _squared_distances(a: Features, b: Features) -> Iterator[tuple[slice, Features]]:
    """Squared distances of a's rows to all of b's: (rows, (rows, M)) a block."""
    squares = (b * b).sum(1)  # (M,)
    for start in range(0, len(a), BLOCK):
        rows = slice(start, min(start + BLOCK, len(a)))
        block = a[rows] @ b.T
        block *= -2
        block += squares
        block += (a[rows] * a[rows]).sum(1)[:, None]
        yield rows, block


def _squared_radii(x: Features, k: int) -> Features:
    """(N,): squared distance of every row to the k-th nearest other row."""
    radii = np.empty(len(x), x.dtype)
    for rows, block in _squared_distances(x, x):
        here = np.arange(len(block))
        nearest = here + rows.start  # itself first, which is no neighbour
        for _ in range(k):  # k passes over the block: quicker than a partial sort while k is small
            block[here, nearest] = np.inf
            nearest = block.argmin(1)
        radii[rows] = block[here, nearest]
    return radii


def precision_recall(real: Features, fake: Features, k: int = 3) -> tuple[float, float]:
    """Improved precision and recall.

    Around every picture lies a ball that reaches to its k-th nearest neighbour of the same set; together the balls are
    the region that the set covers.

    Parameters
    ----------
    real, fake : (N, d) and (M, d), N and M above k

    Returns
    -------
    precision : float, the share of fakes in the region of the real ones: how many look real
    recall : float, the share of real ones in the region of the fakes: how much of the variety is there

    Raises
    ------
    ValueError : other shapes.

    Source: Kynkaanniemi et al. 2019, "Improved precision and recall metric for assessing generative models", section 2.
    """
    _check(real, fake, least=k + 1)
    centre = real.mean(0, dtype=np.float64)  # distances stay, rounding becomes less
    real, fake = real.astype(np.float64) - centre, fake.astype(np.float64) - centre
    real_radii, fake_radii = _squared_radii(real, k), _squared_radii(fake, k)
    precise, recalled = np.zeros(len(fake), bool), np.zeros(len(real), bool)
    for rows, block in _squared_distances(real, fake):  # (rows, M)
        precise |= (block <= real_radii[rows, None]).any(0)
        recalled[rows] = (block <= fake_radii).any(1)
    return float(precise.mean()), float(recalled.mean())


def total_variation(counts: NDArray[np.integer]) -> float:
    """How far counts are from equal: 1/2 sum |p_i - 1/K|, 0 for equal ones, up to 1 - 1/K. K counts, not all zero."""
    shares = np.asarray(counts) / np.sum(counts)
    return float(np.abs(shares - 1 / len(shares)).sum() / 2)
