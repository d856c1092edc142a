"""Compute the convolution of `im2col` with a third of the multiplications.

docs/winograd.md derives the method. Words: a *tile* is an image of 8x8 places with 4C
channels, here the whole padded image. A *point* is one of its 64 places after the
transform. A *panel* is a group of columns of a matrix, as `products.pack` stores them.

The kernels support 14x14 images, kernel 4, stride 2 and padding 1.
`winograd_transforms` computes the matrices A^T, G and B^T and applies them. "Space to
depth" treats each block of 2x2 pixels of the padded image as channels. Let p be one of
the 64 points of the tile:

    x' (N, 8, 8, 4C) and w (2, 2, 4C, K) are x and W after space to depth
    V = B^T x' B    (64, N, 4C)          U = G w G^T    (64, 4C, K)
    M[p] = V[p] U[p]  (64, N, K)         y = A^T M A    (N, 7, 7, K)

In the backward pass, each step is transposed:

    dM = A dy A^T
    dV[p] = dM[p] U[p]^T,   dx' = B dV B^T
    dU[p] = V[p]^T dM[p],   dw = G^T dU G

Source: Winograd 1980, "Arithmetic complexity of computations"; Lavin and Gray 2016,
"Fast algorithms for convolutional neural networks", section 4.
"""

from collections.abc import Iterator

import numpy as np

from nnet.fast.kernels import winograd_transforms as transforms
from nnet.fast.kernels.products import MULTIPLE, ROWS, multiply, pack
from nnet.fast.kernels.simd_loops import LINE, Array, aligned, second_cache
from nnet.fast.kernels.thread_pool import shares

KERNEL = 4
STRIDE = 2
PADDING = 1
SIZE = 14
OUT = 7
SIDE = 8  # rows and columns of a tile
TILE = SIDE * SIDE  # points of a tile

# V and M for a chunk of samples take three quarters of a core's second-level cache.
# With a cache of 1 MiB and 64 -> 128 channels, a chunk has 8 samples. With 16, an
# iteration takes 4 to 17 % longer, although U is read half as often. With a cache of 2
# MiB, chunks of 16 samples take 8 % less time than chunks of 8. Results do not depend
# on the size of the chunks, so the size may depend on the processor.
CHUNK_BYTES = second_cache() * 3 // 4
# Samples in a group for the weight gradient, which needs V and dM of all its samples at
# once. A group takes at most 6 MiB.
GROUP = 64
# Bytes of dU computed at a time, in whole rows of the 8x8 points: one row for 64 -> 128
# channels, all eight for 16 -> 32.
GRADIENT_BYTES = 1 << 20

# Bytes between the matrices of two points. Without this gap, the distances between the
# 64 points of a sample are often powers of two. The points then compete for the same
# lines of the first-level cache, and the passes over tiles take a tenth longer.
GAP = 2 * LINE

_G = transforms.matrices()[1]  # (8, 2)


def applies(
    weight: tuple[int, ...], stride: int, padding: int, size: tuple[int, ...]
) -> bool:
    """Return whether this module supports a weight's shape, and images of `size`.

    `size` is (H, W).
    """
    geometry = (*weight[:2], stride, padding, *size)
    C, K = weight[2:]  # the columns of U and U^T, K and 4C, must fill whole panels
    return (
        geometry == (KERNEL, KERNEL, STRIDE, PADDING, SIZE, SIZE)
        and 4 * C % MULTIPLE == K % MULTIPLE == 0
    )


def _space_to_depth(W: Array) -> Array:
    """Return a copy of W (4, 4, C, K) as w (2, 2, 4C, K).

    w[a, b, (r, s, c), k] = W[2a + r, 2b + s, c, k].
    """
    C, K = W.shape[2:]
    return (
        W.reshape(2, 2, 2, 2, C, K).transpose(0, 2, 1, 3, 4, 5).reshape(2, 2, 4 * C, K)
    )


def _depth_to_space(w: Array, C: int, K: int) -> Array:
    """Return W (4, 4, C, K) for w (2, 2, 4C, K), the inverse of `_space_to_depth`."""
    return (
        w.reshape(2, 2, 2, 2, C, K)
        .transpose(0, 2, 1, 3, 4, 5)
        .reshape(KERNEL, KERNEL, C, K)
    )


def transform_weights(
    W: Array, out: tuple[Array, Array] | None = None
) -> tuple[Array, Array]:
    """Return U = G w G^T and U^T for W (4, 4, C, K), packed for `multiply`.

    U is (64, K / width, 4C, width), and U^T is (64, 4C / width, K, width). If the
    arrays `out` are given, they receive the results.
    """
    w = _space_to_depth(W)
    # The transform treats each pair of channels (c, k) alone, so W can be packed first.
    packed = [np.ascontiguousarray(pack(taps)) for taps in (w, w.swapaxes(2, 3))]
    U, UT = out or [aligned((TILE, *taps.shape[2:]), W.dtype) for taps in packed]
    for taps, points in zip(packed, (U, UT), strict=True):
        transforms.weight_points(
            _G.astype(W.dtype), taps.reshape(2, 2, -1), points.reshape(SIDE, SIDE, -1)
        )
    return U, UT


def _size(n: int, L: int, dtype: np.dtype) -> int:
    """Return the size of the buffer of `_points` for n tiles with L channels."""
    return TILE * (n * L + GAP // dtype.itemsize)


def _points(buffer: Array, n: int, L: int) -> Array:
    """Return a view of a buffer as the points of n tiles, (64, n, L).

    In memory, a GAP follows the numbers of each of the 64 points.
    """
    size = _size(n, L, buffer.dtype)
    return buffer[:size].reshape(TILE, size // TILE)[:, : n * L].reshape(TILE, n, L)


def _chunks(
    N: int, L: int, K: int, dtype: np.dtype
) -> Iterator[tuple[int, int, Array, Array]]:
    """Divide N samples into chunks, and yield (a, b, V, M) for each.

    A chunk has the samples a to b - 1, V is (64, b - a, L) and M (64, b - a, K). V and
    M are uninitialized buffers. All chunks reuse the same memory, because mapping
    new pages for every chunk would take as long as the transforms.
    """
    # a multiple of ROWS
    chunk = max(ROWS, CHUNK_BYTES // (TILE * (L + K) * dtype.itemsize) // ROWS * ROWS)
    V, M = (
        aligned((_size(min(N, chunk), channels, dtype),), dtype) for channels in (L, K)
    )
    for a in range(0, N, chunk):
        n = min(chunk, N - a)
        yield a, a + n, _points(V, n, L), _points(M, n, K)


def forward(x: Array, U: Array) -> Array:
    """Return y (N, 7, 7, K), as `im2col.forward` defines it.

    x is (N, 14, 14, C), and U is the first result of `transform_weights`.
    """
    x = np.ascontiguousarray(x)
    L, K = U.shape[2], U.shape[1] * U.shape[3]
    y = aligned((len(x), OUT, OUT, K), x.dtype)
    t, s = (aligned((SIDE, SIDE, channels), x.dtype) for channels in (L, K))
    for a, b, V, M in _chunks(len(x), L, K, x.dtype):
        transforms.input_tiles(x[a:b], V, t)
        multiply(V, U, M)
        transforms.output_tiles(M, y[a:b], s)
    return y


def input_gradient(dy: Array, UT: Array) -> Array:
    """Return dx (N, 14, 14, C), as `im2col.input_gradient` defines it.

    dy is (N, 7, 7, K), and U^T is the second result of `transform_weights`.
    """
    dy = np.ascontiguousarray(dy)
    L, K = UT.shape[1] * UT.shape[3], UT.shape[2]
    if dy.shape[1:] != (OUT, OUT, K):
        raise ValueError(
            f"input_gradient: expected dy (N, {OUT}, {OUT}, {K}), received {dy.shape}"
        )
    dx = aligned((len(dy), SIZE, SIZE, L // 4), dy.dtype)
    t, s = (aligned((SIDE, SIDE, channels), dy.dtype) for channels in (L, K))
    for a, b, dV, dM in _chunks(len(dy), L, K, dy.dtype):
        transforms.output_tiles_back(dy[a:b], dM, s)
        multiply(dM, UT, dV)
        transforms.input_tiles_back(dV, dx[a:b], t)
    return dx


def weight_gradient(x: Array, dy: Array) -> Array:
    """Return dW (4, 4, C, K), as `im2col.weight_gradient` defines it.

    x is (N, 14, 14, C), and dy is (N, 7, 7, K).
    """
    x = np.ascontiguousarray(x)
    dy = np.ascontiguousarray(dy)
    C, K = x.shape[3], dy.shape[3]
    if x.dtype != dy.dtype:
        raise TypeError(
            "weight_gradient: expected arrays of one dtype, "
            f"received {x.dtype} and {dy.dtype}"
        )
    if dy.shape[:3] != (len(x), OUT, OUT):
        raise ValueError(
            f"weight_gradient: expected dy ({len(x)}, {OUT}, {OUT}, K), "
            f"received {dy.shape}"
        )
    G = _G.astype(x.dtype)
    dw = np.zeros((2, 2, 4 * C * K), x.dtype)
    # rows of the 8x8 points that are computed at a time
    rows = max(1, min(SIDE, GRADIENT_BYTES // (SIDE * 4 * C * K * x.itemsize)))
    dU = aligned((rows * SIDE, 4 * C, K), x.dtype)
    t, s = (aligned((SIDE, SIDE, channels), x.dtype) for channels in (4 * C, K))
    for a, b in shares(len(x), max(1, -(-len(x) // GROUP))):
        V, dM = (
            _points(aligned((_size(b - a, L, x.dtype),), x.dtype), b - a, L)
            for L in (4 * C, K)
        )
        transforms.input_tiles(x[a:b], V, t)
        transforms.output_tiles_back(dy[a:b], dM, s)
        for i in range(0, SIDE, rows):
            points = slice(i * SIDE, min(i + rows, SIDE) * SIDE)
            part = dU[: points.stop - points.start]
            multiply(V[points].swapaxes(1, 2), pack(dM[points]), part)
            transforms.weight_points_back(G, part.reshape(-1, SIDE, 4 * C * K), dw, i)
    return _depth_to_space(dw, C, K)
