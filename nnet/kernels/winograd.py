"""The convolution of `im2col` with a third of the multiplications, for 14x14 maps, kernel 4, stride 2 and padding 1.

One dimension, two results. y0 = g0 d0 + g1 d1 and y1 = g0 d1 + g1 d2 seem to need four products. Three are enough:

    m0 = (d0 - d1) g0        m1 = d1 (g0 + g1)        m2 = (d2 - d1) g1
    y0 = m0 + m1             y1 = m1 + m2

In matrices: y = A^T [(G g) . (B^T d)], with . the product entry by entry. G, B^T and A^T hold small constants; only the
dots multiply data by weights. It is called F(2, 2): two results, two filter taps. F(7, 2) needs 8 products instead of
14. Its matrices are derived in `toom_cook`; docs/winograd.md works the small case by hand.

Two dimensions: do it along the columns, then along the rows. F(7x7, 2x2) takes a tile of 8x8 pixels to 7x7 results
with 64 products instead of 196:

    y = A^T [(G g G^T) . (B^T d B)] A

Our filter has 4x4 taps and moves by 2. "Space to depth" makes it one of 2x2 taps that moves by 1: cut the image, padded
to 16x16, into blocks of 2x2 pixels, and call the four pixels of a block channels. Now the image is 8x8 with 4C
channels, the filter 2x2 with 4C channels, and the result is still 7x7: exactly one tile. With p for its 64 points:

    x' (N, 8, 8, 4C) and w (2, 2, 4C, K): x and W after space to depth
    V = B^T x' B    (64, N, 4C)          U = G w G^T    (64, 4C, K)
    M[p] = V[p] U[p]  (64, N, K)         y = A^T M A    (N, 7, 7, K)

The dots have become 64 matrix products, since every point sums over channels. Going back, each step is transposed:

    dM = A dy A^T      dV[p] = dM[p] U[p]^T,  dx' = B dV B^T      dU[p] = V[p]^T dM[p],  dw = G^T dU G

The price is rounding: A^T weighs products by up to 64, and they cancel. In float32 the relative error (RMS) is about
8e-6, where im2col has 3e-7. The tests bound it by 2e-5.

Source: Winograd 1980, "Arithmetic complexity of computations"; Lavin and Gray 2016, "Fast algorithms for convolutional
neural networks", section 4.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nnet.kernels import im2col
from nnet.kernels.parallel import shares, spread
from nnet.kernels.toom_cook import (
    input_tiles,
    input_tiles_back,
    matrices,
    output_tiles,
    output_tiles_back,
    weight_points,
    weight_points_back,
)

Array = NDArray[np.floating]

KERNEL, STRIDE, PADDING, SIZE, OUT = 4, 2, 1, 14, 7
TILE = 8 * 8  # points of a tile
FEWEST_CHANNELS = 8  # below, the additions of the tile passes outweigh the products they save

# V and M of a chunk stay near a core's second cache of 1 MiB: 16 samples of 64 -> 128 channels. The product then runs
# at 107 GFLOP/s; with 32 samples or more at 80. But every chunk reads all of U, so it must not be short.
CHUNK_BYTES = 3 << 19
FEWEST_SAMPLES = 16
# The weight gradient needs V and dM of all its samples at once. So many at a time bound them to 24 MiB.
GROUP = 256
PIECE = 8  # points whose dU it holds at a time: 1 MiB

_G = matrices()[1]
_GG = np.kron(_G, _G)  # (64, 4): G w G^T as one matrix, applied to the four taps


def applies(kernel: int, stride: int, padding: int, H: int, W: int, C: int, K: int) -> bool:
    """Whether the functions below do (N, H, W, C) -> (N, I, J, K) themselves; the rest they leave to im2col."""
    return (kernel, stride, padding, H, W) == (KERNEL, STRIDE, PADDING, SIZE, SIZE) and min(C, K) >= FEWEST_CHANNELS


def _space_to_depth(W: Array) -> Array:
    """w[(a, b), (r, s, c), k] = W[2a + r, 2b + s, c, k], copied: (4, 4C, K)."""
    C, K = W.shape[2:]
    return W.reshape(2, 2, 2, 2, C, K).transpose(0, 2, 1, 3, 4, 5).reshape(4, 4 * C, K)


def _depth_to_space(w: Array, C: int, K: int) -> Array:
    """The reverse of `_space_to_depth`: (4, 4, C, K)."""
    return w.reshape(2, 2, 2, 2, C, K).transpose(0, 2, 1, 3, 4, 5).reshape(KERNEL, KERNEL, C, K)


def _transform_weights(w: Array) -> Array:
    """U = G w G^T: (4, L, K) to (64, L, K)."""
    U = np.empty((TILE, *w.shape[1:]), w.dtype)
    taps, rows, GG = w.reshape(4, -1), U.reshape(TILE, -1), _GG.astype(w.dtype)
    spread(lambda a, b: weight_points(GG[a:b], taps, rows[a:b]), TILE)
    return U


def _chunks(start: int, stop: int, L: int, K: int, dtype: np.dtype) -> Iterator[tuple[int, int, Array, Array]]:
    """Cut a thread's share of the samples into chunks (a, b), with room for V (64, b - a, L) and M (64, b - a, K).

    All chunks use the same memory. Given back and asked for again, it would come as fresh pages at every chunk, which
    cost as much as the transforms.
    """
    longest = max(FEWEST_SAMPLES, CHUNK_BYTES // (TILE * (L + K) * dtype.itemsize))
    runs = shares(stop - start, max(1, -(-(stop - start) // longest)))
    V, M = (np.empty(TILE * longest * channels, dtype) for channels in (L, K))
    for a, b in runs:
        n = b - a
        yield start + a, start + b, V[: TILE * n * L].reshape(TILE, n, L), M[: TILE * n * K].reshape(TILE, n, K)


def forward(x: Array, W: Array, stride: int, padding: int) -> Array:
    """y = W * x, as `im2col.forward` defines it: (N, H, W, C) and (kernel, kernel, C, K) to (N, I, J, K)."""
    C, K = W.shape[2:]
    if not applies(len(W), stride, padding, x.shape[1], x.shape[2], C, K):
        return im2col.forward(x, W, stride, padding)
    U = _transform_weights(_space_to_depth(W))  # (64, 4C, K)
    y = np.empty((len(x), OUT, OUT, K), x.dtype)

    def task(start: int, stop: int) -> None:
        for a, b, V, M in _chunks(start, stop, 4 * C, K, x.dtype):
            input_tiles(x[a:b], V, 0)
            np.matmul(V, U, out=M)
            output_tiles(M, y[a:b])

    spread(task, len(x))
    return y


def input_gradient(dy: Array, W: Array, stride: int, padding: int, size: tuple[int, int]) -> Array:
    """dx = W^T * dy in the `size` of x, as `im2col.input_gradient` defines it: (N, I, J, K) to (N, H, W, C)."""
    C, K = W.shape[2:]
    if not applies(len(W), stride, padding, size[0], size[1], C, K):
        return im2col.input_gradient(dy, W, stride, padding, size)
    # BLAS multiplies small matrices at a third of its speed if one is stored transposed: U^T is made as such.
    UT = _transform_weights(_space_to_depth(W).transpose(0, 2, 1).copy())  # (64, K, 4C)
    dx = np.empty((len(dy), *size, C), dy.dtype)

    def task(start: int, stop: int) -> None:
        for a, b, dV, dM in _chunks(start, stop, 4 * C, K, dy.dtype):
            output_tiles_back(dy[a:b], dM, 0)
            np.matmul(dM, UT, out=dV)
            input_tiles_back(dV, dx[a:b])

    spread(task, len(dy))
    return dx


def weight_gradient(x: Array, dy: Array, kernel: int, stride: int, padding: int) -> Array:
    """dW, as `im2col.weight_gradient` defines it: (N, H, W, C) and (N, I, J, K) to (kernel, kernel, C, K)."""
    C, K = x.shape[3], dy.shape[3]
    if not applies(kernel, stride, padding, x.shape[1], x.shape[2], C, K):
        return im2col.weight_gradient(x, dy, kernel, stride, padding)
    dw = np.zeros((4, 4 * C * K), x.dtype)
    for first in range(0, len(x), GROUP):
        dw += _weight_gradient_of_group(x[first : first + GROUP], dy[first : first + GROUP])
    return _depth_to_space(dw, C, K)


def _weight_gradient_of_group(x: Array, dy: Array) -> Array:
    """dw = G^T dU G: (4, 4C*K). The threads share the samples for V and dM, then the points for dU = V^T dM."""
    N, C, K = len(x), x.shape[3], dy.shape[3]
    V = np.empty((TILE, N, 4 * C), x.dtype)
    dM = np.empty((TILE, N, K), x.dtype)
    GG = _GG.astype(x.dtype)
    parts: dict[int, Array] = {}  # one sum a thread, by where its share starts

    def transform(a: int, b: int) -> None:
        input_tiles(x[a:b], V, a)
        output_tiles_back(dy[a:b], dM, a)

    def multiply(start: int, stop: int) -> None:
        total = np.zeros((4, 4 * C * K), x.dtype)
        for a in range(start, stop, PIECE):
            b = min(stop, a + PIECE)
            dU = np.matmul(V[a:b].transpose(0, 2, 1), dM[a:b])  # (points, 4C, K)
            weight_points_back(GG[a:b], dU.reshape(b - a, -1), total)
        parts[start] = total

    spread(transform, N)
    spread(multiply, TILE)
    return sum((parts[start] for start in sorted(parts)), np.zeros((4, 4 * C * K), x.dtype))  # fixed order: same bits
