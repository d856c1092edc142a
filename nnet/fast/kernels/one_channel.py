"""Compute the convolution of `im2col` for one-channel images, such as digits.

The kernel is 4x4, the stride 2 and the padding 1. A patch has only 16 numbers, so
copying patches number by number takes longer than multiplying them. So the four
adjacent numbers in a row of a patch are copied at once, which LLVM compiles to one
instruction. The matrix products are computed by `products`, which is faster than BLAS
for sums of only 16 terms. The method is still im2col, with cols (N*I*J, 16), y = cols W
and dW = cols^T dy.
"""

import numpy as np
from numba import njit

from nnet.fast.kernels.products import MULTIPLE, multiply, pack
from nnet.fast.kernels.simd_loops import Array, aligned

KERNEL = 4
STRIDE = 2
PADDING = 1
TAPS = KERNEL * KERNEL
# Bytes of patches and results in a chunk: 16 samples with 64 channels, or 40 with 16.
CHUNK_BYTES = 1 << 20


def applies(
    weight: tuple[int, ...], stride: int, padding: int, size: tuple[int, ...]
) -> bool:
    """Return whether this module supports a weight's shape, and images of `size`.

    `size` is (H, W).
    """
    shape = (*weight[:3], stride, padding) == (KERNEL, KERNEL, 1, STRIDE, PADDING)
    return shape and size[0] % 2 == size[1] % 2 == 0


@njit(cache=True, nogil=True)
def _gather(x: Array, cols: Array, padded: Array) -> None:
    """Copy all patches of x (N, 2I, 2J) into cols (N, I, J, 16).

    cols[n, i, j, (p, q)] = padded[2i + p, 2j + q], where `padded` has x[n] in a border
    of one zero pixel. `padded`, (2I + 2, 2J + 2), is scratch space that must be zero at
    first.
    """
    N, I, J, _ = cols.shape
    for n in range(N):
        for h in range(2 * I):
            for w in range(2 * J):
                padded[h + 1, w + 1] = x[n, h, w]
        for i in range(I):
            for j in range(J):
                for p in range(4):
                    row = padded[2 * i + p, 2 * j : 2 * j + 4]
                    patch = cols[n, i, j, 4 * p : 4 * p + 4]
                    patch[0] = row[0]
                    patch[1] = row[1]
                    patch[2] = row[2]
                    patch[3] = row[3]


def _chunks(N: int, places: int, K: int, dtype: np.dtype) -> list[slice]:
    """Divide N samples into chunks whose patches and results fit in CHUNK_BYTES.

    Each chunk has at least one sample. A sample has `places` patches of 16 numbers and
    as many results of K numbers.
    """
    chunk = max(1, CHUNK_BYTES // (places * (TAPS + K) * dtype.itemsize))
    return [slice(a, min(a + chunk, N)) for a in range(0, N, chunk)]


def _patches(x: Array) -> Array:
    """Return all patches of x (n, H, W, 1) as the rows of an array (1, n*I*J, 16)."""
    n, H, W, _ = x.shape
    cols = aligned((n, H // 2, W // 2, TAPS), x.dtype)
    _gather(
        np.ascontiguousarray(x).reshape(n, H, W),
        cols,
        np.zeros((H + 2, W + 2), x.dtype),
    )
    return cols.reshape(1, -1, TAPS)


def _product(A: Array, B: Array, C: Array) -> None:
    """Compute C <- A B for A (1, n, L), B (1, L, K) and C (1, n, K)."""
    if B.shape[2] % MULTIPLE:
        np.matmul(A[0], B[0], out=C[0])
    else:
        multiply(A, pack(B), C)


def forward(x: Array, W: Array) -> Array:
    """Return y (N, H / 2, W / 2, K), as `im2col.forward` defines it.

    x is (N, H, W, 1), and W is (4, 4, 1, K).
    """
    (N, height, side, _), K = x.shape, W.shape[3]
    y = aligned((N, height // 2, side // 2, K), x.dtype)
    filters = W.reshape(1, TAPS, K)
    for chunk in _chunks(N, height * side // 4, K, x.dtype):
        _product(_patches(x[chunk]), filters, y[chunk].reshape(1, -1, K))
    return y


@njit(cache=True, nogil=True)
def _scatter(cols: Array, dx: Array, outside: Array) -> None:
    """Set each pixel of dx to the sum of the numbers of cols that belong to it.

    cols[n, i, j, (p, q)] belongs to the pixel dx[n, 2i + p - 1, 2j + q - 1]. cols is
    (N, I, J, 16) and dx is (N, 2I, 2J). Row y of dx receives row p of the patches in
    patch row i, and row p + 2 of the patches in patch row i - 1. A patch overlaps the
    next patch in its row by two pixels, and `left` and `right` carry the sums for these
    pixels to the next patch. `outside`, (J, 16), is zero and replaces the patch rows -1
    and I.
    """
    N, I, J, _ = cols.shape
    for n in range(N):
        for y in range(2 * I):
            i, p = (y + 1) // 2, (y + 1) % 2
            own = cols[n, i] if i < I else outside
            above = cols[n, i - 1] if i > 0 else outside
            a, b = 4 * p, 4 * p + 8  # offsets of rows p and p + 2 in a patch
            left = right = outside[0, 0]
            for j in range(J):
                if j > 0:
                    dx[n, y, 2 * j - 1] = left + own[j, a] + above[j, b]
                dx[n, y, 2 * j] = right + own[j, a + 1] + above[j, b + 1]
                left = own[j, a + 2] + above[j, b + 2]
                right = own[j, a + 3] + above[j, b + 3]
            dx[n, y, 2 * J - 1] = left


def input_gradient(dy: Array, W: Array) -> Array:
    """Return dx (N, 2I, 2J, 1), as `im2col.input_gradient` defines it.

    dy is (N, I, J, K), and W is (4, 4, 1, K).
    """
    (N, I, J, K), dy = dy.shape, np.ascontiguousarray(dy)
    dx = np.empty((N, 2 * I, 2 * J), dy.dtype)
    filters = np.ascontiguousarray(W.reshape(1, TAPS, K).swapaxes(1, 2))
    for chunk in _chunks(N, I * J, K, dy.dtype):
        cols = aligned((chunk.stop - chunk.start, I, J, TAPS), dy.dtype)
        _product(dy[chunk].reshape(1, -1, K), filters, cols.reshape(1, -1, TAPS))
        _scatter(cols, dx[chunk], np.zeros((J, TAPS), dy.dtype))
    return dx[..., None]


def weight_gradient(x: Array, dy: Array) -> Array:
    """Return dW (4, 4, 1, K), as `im2col.weight_gradient` defines it.

    x is (N, 2I, 2J, 1), and dy is (N, I, J, K).
    """
    N, I, J, K = dy.shape
    dW = np.zeros((1, TAPS, K), x.dtype)
    part = np.empty((1, TAPS, K), x.dtype)
    for chunk in _chunks(N, I * J, K, x.dtype):
        _product(_patches(x[chunk]).swapaxes(1, 2), dy[chunk].reshape(1, -1, K), part)
        dW += part
    return dW.reshape(KERNEL, KERNEL, 1, K)
