"""A solution to exercise 10. The program's own code: nnet/conv.py."""

import numpy as np

from nnet.layer import Array


def convolve_transposed_by_loops(x: Array, W: Array, stride: int) -> Array:
    """Return y, by loops over the pixels of x."""
    N, I, _, _ = x.shape
    P, _, C, _ = W.shape
    H = (I - 1) * stride + P
    y = np.zeros((N, H, H, C))
    for n, i, j in np.ndindex(N, I, I):
        # (P, P, C, K) @ (K,) is a patch, (P, P, C)
        y[n, i * stride : i * stride + P, j * stride : j * stride + P] += W @ x[n, i, j]
    return y


def col2im(columns: Array, shape: tuple[int, ...], P: int, stride: int) -> Array:
    """Add all rows, as patches, to an image of zeros."""
    image = np.zeros(shape, columns.dtype)
    starts = range(0, shape[1] - P + 1, stride)
    rows = iter(columns.reshape(-1, P, P, shape[3]))
    for n in range(shape[0]):
        for i in starts:
            for j in starts:
                image[n, i : i + P, j : j + P] += next(rows)
    return image


def convolve_transposed(x: Array, W: Array, stride: int) -> Array:
    """Return the same y as the loops, by one matrix product and col2im."""
    N, I, _, K = x.shape
    P, _, C, _ = W.shape
    H = (I - 1) * stride + P
    columns = x.reshape(-1, K) @ W.reshape(-1, K).T
    return col2im(columns, (N, H, H, C), P, stride)
