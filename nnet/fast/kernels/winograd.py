"""The convolution of `im2col` with a third of the multiplications, for 14x14 maps, kernel 4, stride 2 and padding 1.

docs/winograd.md works a small case by hand: one dimension, two results, three products instead of four. In matrices,
y = A^T [(G g) . (B^T d)], with . the elementwise product. G, B^T and A^T hold small constants; only the elementwise
product multiplies data by weights. F(7, 2), seven results from two filter taps, needs 8 products instead of 14.
`toom_cook` derives its matrices and applies them.

In two dimensions it is applied along the columns, then along the rows. F(7x7, 2x2) takes a tile of 8x8 pixels to 7x7
results with 64 products instead of 196:

    y = A^T [(G g G^T) . (B^T d B)] A

Our filter has 4x4 taps and stride 2. "Space to depth" turns it into one of 2x2 taps with stride 1: cut the image,
padded to 16x16, into blocks of 2x2 pixels, and treat the four pixels of a block as channels. Now the image is 8x8 with
4C channels, the filter 2x2 with 4C channels, and the result still 7x7: exactly one tile. With p for its 64 points:

    x' (N, 8, 8, 4C) and w (2, 2, 4C, K): x and W after space to depth
    V = B^T x' B    (64, N, 4C)          U = G w G^T    (64, 4C, K)
    M[p] = V[p] U[p]  (64, N, K)         y = A^T M A    (N, 7, 7, K)

The elementwise products have become 64 matrix products, since every point sums over channels. In the backward pass each
step is transposed:

    dM = A dy A^T      dV[p] = dM[p] U[p]^T,  dx' = B dV B^T      dU[p] = V[p]^T dM[p],  dw = G^T dU G

The price is rounding: A^T multiplies products by up to 64, and they cancel. In float32 the relative error (RMS) is
about 8e-6, where im2col has 3e-7. The tests bound it by 2e-5.

Source: Winograd 1980, "Arithmetic complexity of computations"; Lavin and Gray 2016, "Fast algorithms for convolutional
neural networks", section 4.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nnet.fast.kernels.parallel import shares, spread, useful_threads
from nnet.fast.kernels.products import MULTIPLE, ROWS, multiply, pack
from nnet.fast.kernels.toom_cook import (
    input_tiles,
    input_tiles_back,
    matrices,
    output_tiles,
    output_tiles_back,
    weight_points,
    weight_points_back,
)
from nnet.fast.kernels.vectors import LINE, aligned, second_cache

Array = NDArray[np.floating]

KERNEL, STRIDE, PADDING, SIZE, OUT = 4, 2, 1, 14, 7
SIDE = 8  # of a tile
TILE = SIDE * SIDE  # points of a tile

# V and M of a chunk of samples take three quarters of a core's second-level cache: 8 samples of 64 -> 128 channels for
# 1 MiB. There 16 samples make an iteration 4 to 17 % longer, though U is read half as often. For 2 MiB, 16 samples take
# 8 % less time than 8. The result does not depend on the chunk, so the chunk may depend on the processor.
CHUNK_BYTES = second_cache() * 3 // 4
# The weight gradient needs V and dM of all its samples at once. Groups of this size bound them to 6 MiB.
GROUP = 64
GRADIENT_BYTES = 1 << 20  # of dU, computed and used a few rows at a time: one row of 64 -> 128, all of 16 -> 32

# Bytes between the matrices of two points. Without them the 64 points of a sample often lie powers of two apart and
# compete for the same lines of the first-level cache: the passes over tiles took a tenth longer.
GAP = 2 * LINE

_G = matrices()[1]  # (8, 2)


def applies(weight: tuple[int, ...], stride: int, padding: int, size: tuple[int, ...]) -> bool:
    """Return whether these functions support weights of this shape and images (N, *size, C)."""
    geometry = (*weight[:2], stride, padding, *size)
    C, K = weight[2:]  # U has panels of K columns, U^T of 4C
    return geometry == (KERNEL, KERNEL, STRIDE, PADDING, SIZE, SIZE) and 4 * C % MULTIPLE == K % MULTIPLE == 0


def _space_to_depth(W: Array) -> Array:
    """Return w[a, b, (r, s, c), k] = W[2a + r, 2b + s, c, k], copied: (2, 2, 4C, K)."""
    C, K = W.shape[2:]
    return W.reshape(2, 2, 2, 2, C, K).transpose(0, 2, 1, 3, 4, 5).reshape(2, 2, 4 * C, K)


def _depth_to_space(w: Array, C: int, K: int) -> Array:
    """Reverse `_space_to_depth`: return (4, 4, C, K)."""
    return w.reshape(2, 2, 2, 2, C, K).transpose(0, 2, 1, 3, 4, 5).reshape(KERNEL, KERNEL, C, K)


def transform_weights(W: Array, out: tuple[Array, Array] | None = None) -> tuple[Array, Array]:
    """Return U = G w G^T and U^T for W (4, 4, C, K), packed for `multiply`. Threads share the rows of the tile.

    Returns
    -------
    U : (64, K / width, 4C, width) array
    UT : (64, 4C / width, K, width) array
        `out` if it was given.
    """
    w = _space_to_depth(W)
    packed = [np.ascontiguousarray(pack(taps)) for taps in (w, w.swapaxes(2, 3))]  # G . G^T ignores the order
    U, UT = out or [aligned((TILE, *taps.shape[2:]), W.dtype) for taps in packed]
    G = _G.astype(W.dtype)

    def task(start: int, stop: int) -> None:
        for taps, points in zip(packed, (U, UT), strict=True):
            weight_points(G, taps.reshape(2, 2, -1), points.reshape(SIDE, SIDE, -1), start, stop)

    spread(task, SIDE, useful_threads(numbers=2 * U.size))
    return U, UT


def _size(n: int, L: int, dtype: np.dtype) -> int:
    """Return how many numbers `_points` needs for the tiles of n samples and L channels."""
    return TILE * (n * L + GAP // dtype.itemsize)


def _points(buffer: Array, n: int, L: int) -> Array:
    """View the start of a buffer as tiles of n samples and L channels, (64, n, L), with a GAP after every point."""
    size = _size(n, L, buffer.dtype)
    return buffer[:size].reshape(TILE, size // TILE)[:, : n * L].reshape(TILE, n, L)


def _chunks(N: int, L: int, K: int, dtype: np.dtype) -> Iterator[tuple[int, int, Array, Array]]:
    """Cut N samples into chunks (a, b), with buffers for V (64, b - a, L) and M (64, b - a, K).

    All chunks use the same memory. Memory freed and allocated again would come as fresh pages for every chunk, which
    costs as much as the transforms.
    """
    chunk = max(ROWS, CHUNK_BYTES // (TILE * (L + K) * dtype.itemsize) // ROWS * ROWS)  # whole tiles of the products
    V, M = (aligned((_size(min(N, chunk), channels, dtype),), dtype) for channels in (L, K))
    for a in range(0, N, chunk):
        n = min(chunk, N - a)
        yield a, a + n, _points(V, n, L), _points(M, n, K)


def forward(x: Array, U: Array) -> Array:
    """Return y = A x, as `im2col.forward` defines it: (N, 14, 14, C) and U of `transform_weights` to (N, 7, 7, K)."""
    x, L, K = np.ascontiguousarray(x), U.shape[2], U.shape[1] * U.shape[3]
    y = aligned((len(x), OUT, OUT, K), x.dtype)
    for a, b, V, M in _chunks(len(x), L, K, x.dtype):
        input_tiles(x[a:b], V)
        multiply(V, U, M)
        output_tiles(M, y[a:b])
    return y


def input_gradient(dy: Array, UT: Array) -> Array:
    """Return dx = A^T dy, as `im2col.input_gradient` defines it: (N, 7, 7, K) and U^T to (N, 14, 14, C)."""
    dy, L, K = np.ascontiguousarray(dy), UT.shape[1] * UT.shape[3], UT.shape[2]
    if dy.shape[1:] != (OUT, OUT, K):
        raise ValueError(f"input_gradient: expected dy (N, {OUT}, {OUT}, {K}), received {dy.shape}")
    dx = aligned((len(dy), SIZE, SIZE, L // 4), dy.dtype)
    for a, b, dV, dM in _chunks(len(dy), L, K, dy.dtype):
        output_tiles_back(dy[a:b], dM)
        multiply(dM, UT, dV)
        input_tiles_back(dV, dx[a:b])
    return dx


def weight_gradient(x: Array, dy: Array) -> Array:
    """Return dW (4, 4, C, K), as `im2col.weight_gradient` defines it, for (N, 14, 14, C) and (N, 7, 7, K)."""
    x, dy, C, K = np.ascontiguousarray(x), np.ascontiguousarray(dy), x.shape[3], dy.shape[3]
    if x.dtype != dy.dtype:
        raise TypeError(f"weight_gradient: expected arrays of one dtype, received {x.dtype} and {dy.dtype}")
    if dy.shape[:3] != (len(x), OUT, OUT):
        raise ValueError(f"weight_gradient: expected dy ({len(x)}, {OUT}, {OUT}, K), received {dy.shape}")
    G = _G.astype(x.dtype)
    dw = np.zeros((2, 2, 4 * C * K), x.dtype)
    rows = max(1, min(SIDE, GRADIENT_BYTES // (SIDE * 4 * C * K * x.itemsize)))  # of the tile at a time
    dU = aligned((rows * SIDE, 4 * C, K), x.dtype)
    for a, b in shares(len(x), max(1, -(-len(x) // GROUP))):
        V, dM = (_points(aligned((_size(b - a, L, x.dtype),), x.dtype), b - a, L) for L in (4 * C, K))
        input_tiles(x[a:b], V)
        output_tiles_back(dy[a:b], dM)
        for i in range(0, SIDE, rows):
            points = slice(i * SIDE, min(i + rows, SIDE) * SIDE)
            part = dU[: points.stop - points.start]
            multiply(V[points].swapaxes(1, 2), pack(dM[points]), part)
            weight_points_back(G, part.reshape(-1, SIDE, 4 * C * K), dw, i)
    return _depth_to_space(dw, C, K)
