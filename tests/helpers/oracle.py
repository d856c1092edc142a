"""A slow convolution, computed one pair of pixels at a time.

Tests compare the fast kernels with it.

It does not use `nnet`. All arithmetic is in float64.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def places(size: int, kernel: int, stride: int, padding: int) -> int:
    """Count a filter's positions along one axis, one by one."""
    count = 0
    left = -padding
    while left + kernel <= size + padding:
        count = count + 1
        left = left + stride
    return count


def contacts(
    height: int, width: int, kernel: int, stride: int, padding: int
) -> Iterator[tuple[tuple[int, int], tuple[int, int], tuple[int, int]]]:
    """Yield every triple (i, j), (p, q), (r, s) of an output pixel, a filter pixel and
    the input pixel it covers.

    With the filter at position (i, j), its pixel (p, q) covers the input pixel (r, s).
    """
    for i in range(places(height, kernel, stride, padding)):
        for j in range(places(width, kernel, stride, padding)):
            for p in range(kernel):
                for q in range(kernel):
                    r, s = i * stride + p - padding, j * stride + q - padding
                    if 0 <= r < height and 0 <= s < width:
                        yield (i, j), (p, q), (r, s)


def forward(x: Array, W: Array, stride: int, padding: int) -> Array:
    """Return the convolution y = W * x."""
    x, W = x.astype(np.float64), W.astype(np.float64)
    N, height, width, _ = x.shape
    kernel = len(W)
    y = np.zeros(
        (
            N,
            *(places(size, kernel, stride, padding) for size in (height, width)),
            W.shape[3],
        )
    )
    for (i, j), (p, q), (r, s) in contacts(height, width, kernel, stride, padding):
        y[:, i, j] += x[:, r, s] @ W[p, q]  # (N, C) @ (C, K)
    return y


def input_gradient(
    dy: Array, W: Array, stride: int, padding: int, size: tuple[int, int]
) -> Array:
    """Return dx = W^T * dy."""
    dy, W = dy.astype(np.float64), W.astype(np.float64)
    dx = np.zeros((len(dy), *size, W.shape[2]))
    for (i, j), (p, q), (r, s) in contacts(*size, len(W), stride, padding):
        dx[:, r, s] += dy[:, i, j] @ W[p, q].T  # (N, K) @ (K, C)
    return dx


def weight_gradient(
    x: Array, dy: Array, kernel: int, stride: int, padding: int
) -> Array:
    """Return dW, the gradient with respect to the filter W of y = W * x."""
    x, dy = x.astype(np.float64), dy.astype(np.float64)
    dW = np.zeros((kernel, kernel, x.shape[3], dy.shape[3]))
    for (i, j), (p, q), (r, s) in contacts(
        x.shape[1], x.shape[2], kernel, stride, padding
    ):
        dW[p, q] += x[:, r, s].T @ dy[:, i, j]  # (C, N) @ (N, K)
    return dW
