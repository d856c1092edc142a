"""The passes of the tile F(7x7, 2x2) over images: see `nnet.fast.kernels.winograd` for what they are good for.

The four formulas are the matrices of `nnet.fast.kernels.toom_cook`, row by row; every pair of points p, -p shares an
even part and an odd part. Each is applied along the columns of a tile and along its rows. One sample at a time goes
through a scratch tile t, which stays in the fastest cache.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nnet.fast.kernels.vectors import LINE, along

Array = NDArray[np.floating]


@along
def _BT(d0: Any, d1: Any, d2: Any, d3: Any, d4: Any, d5: Any, d6: Any, d7: Any) -> list[Any]:
    """B^T d."""
    even1, odd1 = d2 - 4.25 * d4 + d6, d1 - 4.25 * d3 + d5
    even2, odd2 = 0.25 * d2 - 1.25 * d4 + d6, 0.5 * d1 - 2.5 * d3 + 2 * d5
    even3, odd3 = 4 * d2 - 5 * d4 + d6, 2 * d1 - 2.5 * d3 + 0.5 * d5
    first, last = d6 - d0 + 5.25 * (d2 - d4), d7 - d1 + 5.25 * (d3 - d5)
    return [first, even1 + odd1, even1 - odd1, even2 + odd2, even2 - odd2, even3 + odd3, even3 - odd3, last]


@along
def _B(v0: Any, v1: Any, v2: Any, v3: Any, v4: Any, v5: Any, v6: Any, v7: Any) -> list[Any]:
    """B v."""
    even1, odd1, even2, odd2, even3, odd3 = v1 + v2, v1 - v2, v3 + v4, v3 - v4, v5 + v6, v5 - v6
    return [
        -v0,
        odd1 + 0.5 * odd2 + 2 * odd3 - v7,
        even1 + 0.25 * even2 + 4 * even3 + 5.25 * v0,
        5.25 * v7 - 4.25 * odd1 - 2.5 * (odd2 + odd3),
        -5.25 * v0 - 4.25 * even1 - 1.25 * even2 - 5 * even3,
        odd1 + 2 * odd2 + 0.5 * odd3 - 5.25 * v7,
        even1 + even2 + even3 + v0,
        v7,
    ]


@along
def _AT(m0: Any, m1: Any, m2: Any, m3: Any, m4: Any, m5: Any, m6: Any, m7: Any) -> list[Any]:
    """A^T m."""
    even1, odd1, even2, odd2, even3, odd3 = m1 + m2, m1 - m2, m3 + m4, m3 - m4, m5 + m6, m5 - m6
    return [
        even1 + even2 + even3 + m0,
        odd1 + 2 * odd2 + 0.5 * odd3,
        even1 + 4 * even2 + 0.25 * even3,
        odd1 + 8 * odd2 + 0.125 * odd3,
        even1 + 16 * even2 + 0.0625 * even3,
        odd1 + 32 * odd2 + 0.03125 * odd3,
        even1 + 64 * even2 + 0.015625 * even3 + m7,
    ]


@along
def _A(y0: Any, y1: Any, y2: Any, y3: Any, y4: Any, y5: Any, y6: Any) -> list[Any]:
    """A y."""
    even1, odd1 = y0 + y2 + y4 + y6, y1 + y3 + y5
    even2, odd2 = y0 + 4 * y2 + 16 * y4 + 64 * y6, 2 * y1 + 8 * y3 + 32 * y5
    even3 = y0 + 0.25 * y2 + 0.0625 * y4 + 0.015625 * y6
    odd3 = 0.5 * y1 + 0.125 * y3 + 0.03125 * y5
    return [y0, even1 + odd1, even1 - odd1, even2 + odd2, even2 - odd2, even3 + odd3, even3 - odd3, y6]


@along
def _copy(d: Any) -> list[Any]:
    return [d]


@njit(cache=True, nogil=True)
def _scratch(like: Array, channels: int) -> Array:
    """An empty tile (8, 8, channels) that begins with a cache line."""
    room = np.empty(64 * channels + LINE // like.itemsize, like.dtype)
    start = -room.ctypes.data % LINE // like.itemsize
    return room[start : start + 64 * channels].reshape(8, 8, channels)


@njit(cache=True, nogil=True)
def input_tiles(x: Array, V: Array) -> None:
    """V[(i, j), n, (r, s, c)] = B^T x' B, with x'[i, j, r, s, c] = x[n, 2i + r, 2j + s, c], x padded."""
    N, _, _, C = x.shape
    t = _scratch(x, 4 * C)
    image, rows = t.reshape(16, 16 * C), x.reshape(N, 14, 14 * C)  # t is (i, r, j, s, c): a padded image in memory
    blocks = t.reshape(8, 2, 8, 2 * C)
    image[:, :C] = image[:, 15 * C :] = 0
    for n in range(N):
        image[0] = image[15] = 0
        for h in range(14):
            _copy(rows[n, h : h + 1], image[h + 1 : h + 2, C : 15 * C])
        _BT(t.reshape(8, 32 * C), t.reshape(8, 32 * C))
        for i in range(8):
            for r in range(2):
                _BT(blocks[i, r], V[8 * i : 8 * i + 8, n, r * 2 * C : (r + 1) * 2 * C])


@njit(cache=True, nogil=True)
def input_tiles_back(dV: Array, dx: Array) -> None:
    """The transpose of `input_tiles`: dx' = B dV B^T, padding dropped."""
    N, _, _, C = dx.shape
    t = _scratch(dx, 4 * C)
    image, rows, blocks = t.reshape(16, 16 * C), dx.reshape(N, 14, 14 * C), t.reshape(8, 2, 8, 2 * C)
    for n in range(N):
        for i in range(8):
            for r in range(2):
                _B(dV[8 * i : 8 * i + 8, n, r * 2 * C : (r + 1) * 2 * C], blocks[i, r])
        _B(t.reshape(8, 32 * C), t.reshape(8, 32 * C))
        for h in range(14):
            _copy(image[h + 1 : h + 2, C : 15 * C], rows[n, h : h + 1])


@njit(cache=True, nogil=True)
def output_tiles(M: Array, y: Array) -> None:
    """y[n] = A^T M[:, n] A."""
    t = _scratch(y, y.shape[3])
    for n in range(len(y)):
        for j in range(8):
            _AT(M[j::8, n], t[:7, j])
        for i in range(7):
            _AT(t[i], y[n, i])


@njit(cache=True, nogil=True)
def output_tiles_back(dy: Array, dM: Array) -> None:
    """The transpose of `output_tiles`: dM[:, n] = A dy[n] A^T."""
    t = _scratch(dy, dy.shape[3])
    for n in range(len(dy)):
        for i in range(7):
            _A(dy[n, i], t[i])
        for j in range(8):
            _A(t[:7, j], dM[j::8, n])
