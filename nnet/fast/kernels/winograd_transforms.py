"""The exact matrices of the fast convolution, and the loops that apply them.

Words: a *tile* is an image of 8x8 places, each with several channels. The matrices A,
G and B work on one axis of a tile. A *point* is one of the 8x8 places after the
transform: a row and a column of a transformed tile belong to an interpolation point
each, which is one of POINTS or infinity. F(7x7, 2x2) names the method: from a tile and
a filter of 2x2 taps, it computes 7x7 results.

docs/winograd.md derives y = A^T [(G g) . (B^T s)], where . is the elementwise product.
L_p is the polynomial that is 1 at point p and 0 at the other finite points:

    L_p(x) = prod_(q != p) (x - q) / (p - q)

Row p of B^T holds the coefficients of L_p, and the last row those of prod_q (x - q).
The denominators prod (p - q), such as 90 or 45/32, are moved into row p of G, which is
applied only to the weights. This is allowed because the result of row p of B^T is only
used multiplied by that of row p of G. The entries left in B^T and A are numbers such as
21/4 or 1/64, which floating point represents exactly.

The passes over images apply the matrices row by row, first along one axis of a tile and
then along the other. One sample at a time goes through a scratch tile t, which stays in
the first-level cache.

Source: Toom 1963; Cook 1966; Winograd 1980, "Arithmetic complexity of computations".
"""

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numba import njit

from nnet.fast.kernels.simd_loops import Array, along

# the finite points
POINTS = tuple(Fraction(text) for text in ("0", "1", "-1", "2", "-2", "1/2", "-1/2"))


def _expand(roots: list[Fraction]) -> list[Fraction]:
    """Return the coefficients of (x - root) (x - root) ..., lowest power first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        scaled = [*(root * c for c in coefficients), Fraction(0)]
        coefficients = [a - b for a, b in zip(shifted, scaled, strict=True)]
    return coefficients


def matrices(points: tuple[Fraction, ...] = POINTS) -> tuple[Array, Array, Array]:
    """Return A^T (m, m + 1), G (m + 1, 2) and B^T (m + 1, m + 1) of F(m, 2).

    They are computed exactly and rounded at the end. Then y = A^T ((B^T s) * (G g))
    holds the m sums y[i] = g[0] s[i] + g[1] s[i + 1].
    `points` are m different finite points; infinity is added as the last one.
    """
    m = len(points)
    A = [[p**power for power in range(m)] for p in points] + [
        [Fraction(0)] * (m - 1) + [Fraction(1)]
    ]
    BT = [[*_expand([q for q in points if q != p]), Fraction(0)] for p in points] + [
        _expand(list(points))
    ]
    G = []
    for p in points:
        scale = prod(p - q for q in points if q != p)  # the denominators of L_p
        G.append([1 / scale, p / scale])
    G.append([Fraction(0), Fraction(1)])
    AT, G_, BT_ = (np.array(rows, dtype=np.float64) for rows in (A, G, BT))
    return AT.T.copy(), G_, BT_


# In the kernels below, "contract" lets LLVM combine a product and a sum in one
# instruction, which rounds only once.


@njit(cache=True, nogil=True, fastmath={"contract"})
def weight_points(G: Array, w: Array, U: Array) -> None:
    """Transform filters: U = G w G^T, for G (8, 2), w (2, 2, E) and U (8, 8, E).

    E counts independent filters: each e is one pair of an input and an output channel.
    For row i of the tile, (a, b) is row i of G w, computed once for all eight columns:
    U[i, j] = G[j, 0] a + G[j, 1] b. The columns are written out so that LLVM vectorizes
    the loop over e.
    """
    g0, g1, g2, g3, g4, g5, g6, g7 = G[:, 0]
    h0, h1, h2, h3, h4, h5, h6, h7 = G[:, 1]
    for i in range(len(U)):
        g, h = G[i]
        u0, u1, u2, u3, u4, u5, u6, u7 = (
            U[i, 0],
            U[i, 1],
            U[i, 2],
            U[i, 3],
            U[i, 4],
            U[i, 5],
            U[i, 6],
            U[i, 7],
        )
        for e in range(U.shape[2]):
            a, b = g * w[0, 0, e] + h * w[1, 0, e], g * w[0, 1, e] + h * w[1, 1, e]
            u0[e] = g0 * a + h0 * b
            u1[e] = g1 * a + h1 * b
            u2[e] = g2 * a + h2 * b
            u3[e] = g3 * a + h3 * b
            u4[e] = g4 * a + h4 * b
            u5[e] = g5 * a + h5 * b
            u6[e] = g6 * a + h6 * b
            u7[e] = g7 * a + h7 * b


@njit(cache=True, nogil=True, fastmath={"contract"})
def weight_points_back(G: Array, dU: Array, dw: Array, start: int) -> None:
    """Add G^T dU G to dw: the gradient of the filters from that of their points.

    This is the transpose of `weight_points`. E counts pairs of an input and an output
    channel, as there. To save memory, dU (n, 8, E) has only n of the tile's 8 rows, the
    first of which is row `start`; calls for all rows add up to the whole gradient
    dw (2, 2, E). For each tap (a, b) of a filter,

        dw[a, b] += sum over i, j of G[start + i, a] dU[i, j] G[j, b]

    where dUG below is the sum over j.
    """
    for i in range(len(dU)):
        for b in range(2):
            h0, h1, h2, h3, h4, h5, h6, h7 = G[:, b]
            for e in range(dU.shape[2]):
                dUG = (
                    h0 * dU[i, 0, e]
                    + h1 * dU[i, 1, e]
                    + h2 * dU[i, 2, e]
                    + h3 * dU[i, 3, e]
                )
                dUG += (
                    h4 * dU[i, 4, e]
                    + h5 * dU[i, 5, e]
                    + h6 * dU[i, 6, e]
                    + h7 * dU[i, 7, e]
                )
                dw[0, b, e] += G[start + i, 0] * dUG
                dw[1, b, e] += G[start + i, 1] * dUG


# The functions below multiply a column by B^T, B, A^T or A, written out as sums. Their
# arguments are the entries of the column, and the list is the product. Points come in
# pairs p, -p: the even powers of both are equal, and the odd ones differ in sign. So a
# pair shares an even and an odd sum. The suffixes 1, 2 and 3 stand for the pairs 1, -1;
# 2, -2; and 1/2, -1/2. Constants are entries of `matrices`, such as 5.25 = 21/4.


def _bt(
    d0: Any, d1: Any, d2: Any, d3: Any, d4: Any, d5: Any, d6: Any, d7: Any
) -> list[Any]:
    """Return B^T d for a column d (8,) of a tile: its 8 points.

    The module's docstring says which numbers the points are, and derives B. Row p of
    B^T has the coefficients of the polynomial that is 0 at all other finite points. The
    first row belongs to the point 0, the last one to infinity. They give

        first = -d0 + 21/4 d2 - 21/4 d4 + d6
        last = -d1 + 21/4 d3 - 21/4 d5 + d7
    """
    even1 = d2 - 4.25 * d4 + d6
    odd1 = d1 - 4.25 * d3 + d5
    even2 = 0.25 * d2 - 1.25 * d4 + d6
    odd2 = 0.5 * d1 - 2.5 * d3 + 2 * d5
    even3 = 4 * d2 - 5 * d4 + d6
    odd3 = 2 * d1 - 2.5 * d3 + 0.5 * d5
    first = d6 - d0 + 5.25 * (d2 - d4)
    last = d7 - d1 + 5.25 * (d3 - d5)
    return [
        first,
        even1 + odd1,
        even1 - odd1,
        even2 + odd2,
        even2 - odd2,
        even3 + odd3,
        even3 - odd3,
        last,
    ]


def _b(
    v0: Any, v1: Any, v2: Any, v3: Any, v4: Any, v5: Any, v6: Any, v7: Any
) -> list[Any]:
    """Return B v for a column v (8,) of points: the transpose of `_bt`.

    The backward pass uses it: from the gradient v of the points it returns the gradient
    (8,) of the column of the tile. The signs are those of the columns of B^T, such as
    -1 in the first: the result's first entry is -v0.
    """
    even1 = v1 + v2
    odd1 = v1 - v2
    even2 = v3 + v4
    odd2 = v3 - v4
    even3 = v5 + v6
    odd3 = v5 - v6
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
def _AT(
    m0: Any, m1: Any, m2: Any, m3: Any, m4: Any, m5: Any, m6: Any, m7: Any
) -> list[Any]:
    """Return A^T m for a column m (8,) of points: the 7 results of the convolution.

    Result i is the sum over the finite points of p^i m_p; infinity, m7, adds to the
    last result only.
    """
    even1 = m1 + m2
    odd1 = m1 - m2
    even2 = m3 + m4
    odd2 = m3 - m4
    even3 = m5 + m6
    odd3 = m5 - m6
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
    """Return A y for a column y (7,): the value sum_i p^i y_i at each of 8 points.

    It is the transpose of `_AT`, which the backward pass uses. The value at infinity is
    the highest coefficient, y6.
    """
    even1 = y0 + y2 + y4 + y6
    odd1 = y1 + y3 + y5
    even2 = y0 + 4 * y2 + 16 * y4 + 64 * y6
    odd2 = 2 * y1 + 8 * y3 + 32 * y5
    even3 = y0 + 0.25 * y2 + 0.0625 * y4 + 0.015625 * y6
    odd3 = 0.5 * y1 + 0.125 * y3 + 0.03125 * y5
    return [
        y0,
        even1 + odd1,
        even1 - odd1,
        even2 + odd2,
        even2 - odd2,
        even3 + odd3,
        even3 - odd3,
        y6,
    ]


# `_BT` and `_B` apply these formulas to all columns of a matrix. `_first` and `_last`
# are for a tile whose first or last row is padding, which is zero and is not stored:
# `_BT_first` and `_BT_last` read the 7 other rows, and `_B_first` and `_B_last` write
# them. `0 * d1` is a zero of the type of the numbers, also in a register.
_BT = along(_bt)
_B = along(_b)
_BT_first = along(
    lambda d1, d2, d3, d4, d5, d6, d7: _bt(0 * d1, d1, d2, d3, d4, d5, d6, d7)
)
_BT_last = along(
    lambda d0, d1, d2, d3, d4, d5, d6: _bt(d0, d1, d2, d3, d4, d5, d6, 0 * d6)
)
_B_first = along(
    lambda v0, v1, v2, v3, v4, v5, v6, v7: _b(v0, v1, v2, v3, v4, v5, v6, v7)[1:]
)
_B_last = along(
    lambda v0, v1, v2, v3, v4, v5, v6, v7: _b(v0, v1, v2, v3, v4, v5, v6, v7)[:7]
)


# In the kernels below, t is scratch space for a tile, `aligned((8, 8, channels),
# dtype)`. Kernels that allocate take longer to compile. `V[8 * i : 8 * i + 8, n]` is
# row i of the transformed tile of sample n, and `M[j::8, n]` is column j.


@njit(cache=True, nogil=True)
def input_tiles(x: Array, V: Array, t: Array) -> None:
    """Transform images: V = B^T x' B, for x (N, 14, 14, C) and V (64, N, 4C).

    x' is the tile of a sample after space to depth: x'[i, j, (r, s, c)] = padded[n,
    2i + r, 2j + s, c], where padded is x in a border of one zero pixel. The first axis
    of V is the point (i, j). t has 4C channels.
    """
    N, _, _, C = x.shape
    # t holds a padded image, with the axes (i, r, j, s, c)
    lines = t.reshape(8, 2, 16 * C)
    blocks = t.reshape(8, 2, 8, 2 * C)
    # t[:, 0] gets a row of padding and the odd rows of x; t[:, 1] gets the even rows of
    # x and a row of padding.
    pairs = x.reshape(N, 7, 2, 14 * C)
    lines[:, :, :C] = lines[:, :, 15 * C :] = 0
    for n in range(N):
        _BT_first(pairs[n, :, 1], lines[:, 0, C : 15 * C])
        _BT_last(pairs[n, :, 0], lines[:, 1, C : 15 * C])
        for i in range(8):
            for r in range(2):
                _BT(blocks[i, r], V[8 * i : 8 * i + 8, n, r * 2 * C : (r + 1) * 2 * C])


@njit(cache=True, nogil=True)
def input_tiles_back(dV: Array, dx: Array, t: Array) -> None:
    """Compute dx' = B dV B^T, the transpose of `input_tiles`.

    dV is (64, N, 4C). dx (N, 14, 14, C) receives dx' without the padding.
    """
    N, _, _, C = dx.shape
    lines = t.reshape(8, 2, 16 * C)
    blocks = t.reshape(8, 2, 8, 2 * C)
    pairs = dx.reshape(N, 7, 2, 14 * C)
    for n in range(N):
        for i in range(8):
            for r in range(2):
                _B(dV[8 * i : 8 * i + 8, n, r * 2 * C : (r + 1) * 2 * C], blocks[i, r])
        _B_first(lines[:, 0, C : 15 * C], pairs[n, :, 1])
        _B_last(lines[:, 1, C : 15 * C], pairs[n, :, 0])


@njit(cache=True, nogil=True)
def output_tiles(M: Array, y: Array, t: Array) -> None:
    """Compute y[n] = A^T M[:, n] A, for M (64, N, K) and y (N, 7, 7, K).

    t has K channels.
    """
    for n in range(len(y)):
        for j in range(8):
            _AT(M[j::8, n], t[:7, j])
        for i in range(7):
            _AT(t[i], y[n, i])


@njit(cache=True, nogil=True)
def output_tiles_back(dy: Array, dM: Array, t: Array) -> None:
    """Compute dM[:, n] = A dy[n] A^T, for dy (N, 7, 7, K) and dM (64, N, K).

    This is the transpose of `output_tiles`.
    """
    for n in range(len(dy)):
        for i in range(7):
            _A(dy[n, i], t[i])
        for j in range(8):
            _A(t[:7, j], dM[j::8, n])
