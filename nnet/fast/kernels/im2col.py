"""Compute the convolution of nnet/conv.py in compiled loops, chunk by chunk.

A chunk is a group of samples whose patches fit in a core's cache. nnet/conv.py has the
formulas. `gather` copies every patch into a row, so that the convolution becomes one
matrix product. Both gradients are products with a transposed matrix. For the input
gradient, `scatter` adds every patch where it was copied from. A layer needs only the
three functions `forward`, `input_gradient` and `weight_gradient`.
"""

import numpy as np
from numba import njit

from nnet.fast.kernels.simd_loops import Array
from nnet.fast.kernels.thread_pool import shares

# Bytes of patches to copy before multiplying them. 1 MiB fits in a core's second-level
# cache, and has enough rows for the matrix product to run at full speed.
CHUNK_BYTES = 1 << 20


@njit(cache=True, nogil=True)
def gather(padded: Array, cols: Array, stride: int) -> None:
    """Copy all patches of padded (N, H, W, C) into cols (N, I, J, P, Q*C).

    cols[n, i, j, p, (q, c)] = padded[n, i*stride + p, j*stride + q, c]. A row of a
    patch has Q pixels of C channels, adjacent in memory.
    """
    N, I, J, P, QC = cols.shape
    C = padded.shape[3]
    rows = padded.reshape(N, padded.shape[1], -1)  # (N, H, W*C)
    for n in range(N):
        for i in range(I):
            for j in range(J):
                for p in range(P):
                    for t in range(QC):
                        cols[n, i, j, p, t] = rows[
                            n, i * stride + p, j * stride * C + t
                        ]


@njit(cache=True, nogil=True)
def scatter(cols: Array, padded: Array, stride: int) -> None:
    """Add every patch to the pixels it belongs to, as the transpose of `gather`.

    padded[n, i*stride + p, j*stride + q, c] += cols[n, i, j, p, (q, c)].
    """
    N, I, J, P, QC = cols.shape
    C = padded.shape[3]
    rows = padded.reshape(N, padded.shape[1], -1)  # (N, H, W*C)
    for n in range(N):
        for i in range(I):
            for j in range(J):
                for p in range(P):
                    for t in range(QC):
                        rows[n, i * stride + p, j * stride * C + t] += cols[
                            n, i, j, p, t
                        ]


def output_size(size: int, kernel: int, stride: int, padding: int) -> int:
    """Return the number of filter positions along one axis."""
    return (size + 2 * padding - kernel) // stride + 1


def _chunks(N: int, bytes_a_sample: int) -> list[tuple[int, int]]:
    return shares(N, max(1, min(N, -(-N * bytes_a_sample // CHUNK_BYTES))))


def _patches(x: Array, kernel: int, stride: int, padding: int) -> Array:
    """Return all patches of x (n, H, W, C) as rows, (n*I*J, kernel*kernel*C)."""
    n, H, W, C = x.shape
    padded = np.zeros((n, H + 2 * padding, W + 2 * padding, C), x.dtype)
    padded[:, padding : padding + H, padding : padding + W] = x
    I, J = (output_size(size, kernel, stride, padding) for size in (H, W))
    cols = np.empty((n, I, J, kernel, kernel * C), x.dtype)
    gather(padded, cols, stride)
    return cols.reshape(n * I * J, -1)


def forward(x: Array, W: Array, stride: int, padding: int) -> Array:
    """Return the convolution y (N, I, J, K).

    x is (N, H, W, C), and W is (kernel, kernel, C, K).
    """
    kernel = len(W)
    K = W.shape[3]
    I, J = (output_size(size, kernel, stride, padding) for size in x.shape[1:3])
    y = np.empty((len(x), I, J, K), x.dtype)
    filters = W.reshape(-1, K)  # (kernel*kernel*C, K)
    for a, b in _chunks(len(x), I * J * len(filters) * x.itemsize):
        np.matmul(
            _patches(x[a:b], kernel, stride, padding),
            filters,
            out=y[a:b].reshape(-1, K),
        )
    return y


def input_gradient(
    dy: Array, W: Array, stride: int, padding: int, size: tuple[int, ...]
) -> Array:
    """Return dx, the gradient of sum(dy * forward(x, W)) with respect to x.

    This is also the forward pass of the transposed convolution. dy is (N, I, J, K), W
    is (kernel, kernel, C, K) and dx is (N, H, W, C). `size` is (H, W). It must be given
    because several sizes of x lead to the same size of y.
    """
    kernel, _, C, K = W.shape
    (N, I, J, _), (height, width) = dy.shape, size
    dx = np.empty((N, height, width, C), dy.dtype)
    filters = W.reshape(-1, K)  # (kernel*kernel*C, K)
    for a, b in _chunks(N, I * J * len(filters) * dy.itemsize):
        dcols = dy[a:b].reshape(-1, K) @ filters.T  # (n*I*J, kernel*kernel*C)
        padded = np.zeros(
            (b - a, height + 2 * padding, width + 2 * padding, C), dy.dtype
        )
        scatter(dcols.reshape(b - a, I, J, kernel, kernel * C), padded, stride)
        dx[a:b] = padded[:, padding : padding + height, padding : padding + width]
    return dx


def weight_gradient(
    x: Array, dy: Array, kernel: int, stride: int, padding: int
) -> Array:
    """Return dW, the gradient of sum(dy * forward(x, W)) with respect to W.

    x is (N, H, W, C), dy is (N, I, J, K), and dW is (kernel, kernel, C, K).
    """
    C = x.shape[3]
    (N, I, J, K) = dy.shape
    dW = np.zeros((kernel * kernel * C, K), x.dtype)
    for a, b in _chunks(N, I * J * len(dW) * x.itemsize):
        dW += _patches(x[a:b], kernel, stride, padding).T @ dy[a:b].reshape(-1, K)
    return dW.reshape(kernel, kernel, C, K)
