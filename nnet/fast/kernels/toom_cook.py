"""The tile F(7x7, 2x2): its matrices, exactly, and the passes that apply them to images.

`nnet.fast.kernels.winograd` says what the matrices are for, docs/winograd.md works the smallest case by hand. In
general: multiply two polynomials, a of m coefficients and g of 2. The product has m + 1 coefficients, so its values at
m + 1 points determine it: evaluate a and g there, multiply point by point, interpolate. The last point is infinity,
where a polynomial's "value" is its highest coefficient, c_m for the product. With L_p the polynomial that is 1 at point
p and 0 at the other finite ones,

    c(x) = sum_p c(p) L_p(x) + c_m prod_q (x - q),      L_p(x) = prod_(q != p) (x - q) / (p - q)

for L_p has degree m - 1, so that c_m is the only source of x^m, and its term is 0 at every finite point. Evaluating is
a matrix (A for a, G for g), interpolating is another (B): a g = B [(A a) . (G g)], with . the product entry by entry.

A layer slides its filter over an image, y_i = g_0 d_i + g_1 d_(i+1). That is the transposed map of "multiply by g":
there c_k = sum_j g_j a_(k-j), so the transpose takes d to sum_j g_j d_(i+j). Transposing the right-hand side
reverses its order and transposes each matrix:

    y = A^T [(G g) . (B^T d)]

Row p of B^T holds the coefficients of L_p, and its last row those of prod_q (x - q). The denominators prod (p - q),
such as 90 or 45/32, are put into row p of G, which meets the weights alone: the two rows are multiplied with each
other, so a factor may stand in either.
What is left in B^T and A are numbers such as 21/4 or 1/64, which floating point holds exactly. The points are 0, 1, -1,
2, -2, 1/2, -1/2 and infinity: the smaller the powers of the points, the smaller the rounding error, and a pair p, -p
shares its work, since even powers of both are equal and odd powers opposite.

Source: Toom 1963; Cook 1966; Winograd 1980, "Arithmetic complexity of computations". On the choice of points: Barabasz
et al. 2020, "Error analysis and improving the accuracy of Winograd convolution for deep neural networks".
"""

from fractions import Fraction
from math import prod

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.floating]

POINTS = tuple(Fraction(text) for text in ("0", "1", "-1", "2", "-2", "1/2", "-1/2"))  # and infinity


def _expand(roots: list[Fraction]) -> list[Fraction]:
    """The coefficients of (x - root) (x - root) ..., lowest power first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted, scaled = [Fraction(0), *coefficients], [*(root * c for c in coefficients), Fraction(0)]
        coefficients = [a - b for a, b in zip(shifted, scaled, strict=True)]
    return coefficients


def matrices(points: tuple[Fraction, ...] = POINTS) -> tuple[Array, Array, Array]:
    """A^T, G and B^T of F(m, 2), computed exactly and rounded to float64 at the end.

    Parameters
    ----------
    points : tuple of Fraction
        m different finite points; infinity is added as the last one.

    Returns
    -------
    AT : (m, m + 1) array
    G : (m + 1, 2) array
    BT : (m + 1, m + 1) array
        y = AT @ ((BT @ d) * (G @ g)) are the m sums y[i] = g[0] d[i] + g[1] d[i + 1].
    """
    m = len(points)
    A = [[p**power for power in range(m)] for p in points] + [[Fraction(0)] * (m - 1) + [Fraction(1)]]
    BT = [[*_expand([q for q in points if q != p]), Fraction(0)] for p in points] + [_expand(list(points))]
    G = []
    for p in points:
        scale = prod(p - q for q in points if q != p)  # the denominators of L_p
        G.append([1 / scale, p / scale])
    G.append([Fraction(0), Fraction(1)])
    AT, G_, BT_ = (np.array(rows, dtype=np.float64) for rows in (A, G, BT))
    return AT.T.copy(), G_, BT_


# "contract" in all that follows lets a product and a sum be one instruction, which rounds once instead of twice.

# The four passes along one axis, in place: t is (8, E), its first axis is the one transformed. Row by row they are the
# matrices above; every pair of points p, -p shares an even part and an odd part. `f` keeps constants in t's dtype.


@njit(cache=True, nogil=True, fastmath={"contract"})
def _BT(t: Array) -> None:
    """t <- B^T t."""
    f = t.dtype.type
    for e in range(t.shape[1]):
        d0, d1, d2, d3, d4, d5, d6, d7 = t[0, e], t[1, e], t[2, e], t[3, e], t[4, e], t[5, e], t[6, e], t[7, e]
        even1, odd1 = d2 - f(4.25) * d4 + d6, d1 - f(4.25) * d3 + d5
        even2, odd2 = f(0.25) * d2 - f(1.25) * d4 + d6, f(0.5) * d1 - f(2.5) * d3 + f(2) * d5
        even3, odd3 = f(4) * d2 - f(5) * d4 + d6, f(2) * d1 - f(2.5) * d3 + f(0.5) * d5
        t[0, e] = d6 - d0 + f(5.25) * (d2 - d4)
        t[1, e], t[2, e] = even1 + odd1, even1 - odd1
        t[3, e], t[4, e] = even2 + odd2, even2 - odd2
        t[5, e], t[6, e] = even3 + odd3, even3 - odd3
        t[7, e] = d7 - d1 + f(5.25) * (d3 - d5)


@njit(cache=True, nogil=True, fastmath={"contract"})
def _B(t: Array) -> None:
    """t <- B t."""
    f = t.dtype.type
    for e in range(t.shape[1]):
        v0, v7 = t[0, e], t[7, e]
        even1, odd1 = t[1, e] + t[2, e], t[1, e] - t[2, e]
        even2, odd2 = t[3, e] + t[4, e], t[3, e] - t[4, e]
        even3, odd3 = t[5, e] + t[6, e], t[5, e] - t[6, e]
        t[0, e] = -v0
        t[1, e] = odd1 + f(0.5) * odd2 + f(2) * odd3 - v7
        t[2, e] = even1 + f(0.25) * even2 + f(4) * even3 + f(5.25) * v0
        t[3, e] = f(5.25) * v7 - f(4.25) * odd1 - f(2.5) * (odd2 + odd3)
        t[4, e] = f(-5.25) * v0 - f(4.25) * even1 - f(1.25) * even2 - f(5) * even3
        t[5, e] = odd1 + f(2) * odd2 + f(0.5) * odd3 - f(5.25) * v7
        t[6, e] = even1 + even2 + even3 + v0
        t[7, e] = v7


@njit(cache=True, nogil=True, fastmath={"contract"})
def _AT(t: Array) -> None:
    """t[:7] <- A^T t."""
    f = t.dtype.type
    for e in range(t.shape[1]):
        m0, m7 = t[0, e], t[7, e]
        even1, odd1 = t[1, e] + t[2, e], t[1, e] - t[2, e]
        even2, odd2 = t[3, e] + t[4, e], t[3, e] - t[4, e]
        even3, odd3 = t[5, e] + t[6, e], t[5, e] - t[6, e]
        t[0, e] = even1 + even2 + even3 + m0
        t[1, e] = odd1 + f(2) * odd2 + f(0.5) * odd3
        t[2, e] = even1 + f(4) * even2 + f(0.25) * even3
        t[3, e] = odd1 + f(8) * odd2 + f(0.125) * odd3
        t[4, e] = even1 + f(16) * even2 + f(0.0625) * even3
        t[5, e] = odd1 + f(32) * odd2 + f(0.03125) * odd3
        t[6, e] = even1 + f(64) * even2 + f(0.015625) * even3 + m7


@njit(cache=True, nogil=True, fastmath={"contract"})
def _A(t: Array) -> None:
    """t <- A t[:7]."""
    f = t.dtype.type
    for e in range(t.shape[1]):
        y0, y1, y2, y3, y4, y5, y6 = t[0, e], t[1, e], t[2, e], t[3, e], t[4, e], t[5, e], t[6, e]
        even1, odd1 = y0 + y2 + y4 + y6, y1 + y3 + y5
        even2, odd2 = y0 + f(4) * y2 + f(16) * y4 + f(64) * y6, f(2) * y1 + f(8) * y3 + f(32) * y5
        even3 = y0 + f(0.25) * y2 + f(0.0625) * y4 + f(0.015625) * y6
        odd3 = f(0.5) * y1 + f(0.125) * y3 + f(0.03125) * y5
        t[1, e], t[2, e] = even1 + odd1, even1 - odd1
        t[3, e], t[4, e] = even2 + odd2, even2 - odd2
        t[5, e], t[6, e] = even3 + odd3, even3 - odd3
        t[7, e] = y6


# The tile passes: one sample at a time goes through a scratch tile t of (8, 8, channels), which stays in the cache.


@njit(cache=True, nogil=True, fastmath={"contract"})
def input_tiles(x: Array, V: Array) -> None:
    """V[(i, j), n, (r, s, c)] = B^T x' B, with x'[i, j, r, s, c] = x[n, 2i + r, 2j + s, c], x padded."""
    N, _, _, C = x.shape
    blocks = np.empty((8, 8, 2, 2, C), x.dtype)
    t = blocks.reshape(8, 8, 4 * C)
    for n in range(N):
        for h in range(16):
            for w in range(16):
                if 1 <= h < 15 and 1 <= w < 15:
                    for c in range(C):
                        blocks[h // 2, w // 2, h % 2, w % 2, c] = x[n, h - 1, w - 1, c]
                else:
                    for c in range(C):
                        blocks[h // 2, w // 2, h % 2, w % 2, c] = 0
        _BT(t.reshape(8, 8 * 4 * C))
        for i in range(8):
            _BT(t[i])
            for j in range(8):
                for e in range(4 * C):
                    V[8 * i + j, n, e] = t[i, j, e]


@njit(cache=True, nogil=True, fastmath={"contract"})
def input_tiles_back(dV: Array, dx: Array) -> None:
    """The transpose of `input_tiles`: dx' = B dV B^T, padding dropped."""
    N, _, _, C = dx.shape
    blocks = np.empty((8, 8, 2, 2, C), dx.dtype)
    t = blocks.reshape(8, 8, 4 * C)
    for n in range(N):
        for i in range(8):
            for j in range(8):
                for e in range(4 * C):
                    t[i, j, e] = dV[8 * i + j, n, e]
            _B(t[i])
        _B(t.reshape(8, 8 * 4 * C))
        for h in range(1, 15):
            for w in range(1, 15):
                for c in range(C):
                    dx[n, h - 1, w - 1, c] = blocks[h // 2, w // 2, h % 2, w % 2, c]


@njit(cache=True, nogil=True, fastmath={"contract"})
def output_tiles(M: Array, y: Array) -> None:
    """y[n] = A^T M[:, n] A."""
    N, _, _, K = y.shape
    t = np.empty((8, 8, K), y.dtype)
    for n in range(N):
        for i in range(8):
            for j in range(8):
                for k in range(K):
                    t[i, j, k] = M[8 * i + j, n, k]
        _AT(t.reshape(8, 8 * K))
        for i in range(7):
            _AT(t[i])
            for j in range(7):
                for k in range(K):
                    y[n, i, j, k] = t[i, j, k]


@njit(cache=True, nogil=True, fastmath={"contract"})
def output_tiles_back(dy: Array, dM: Array) -> None:
    """The transpose of `output_tiles`: dM[:, n] = A dy[n] A^T."""
    N, _, _, K = dy.shape
    t = np.empty((8, 8, K), dy.dtype)
    for n in range(N):
        for i in range(7):
            for j in range(7):
                for k in range(K):
                    t[i, j, k] = dy[n, i, j, k]
            _A(t[i])
        _A(t.reshape(8, 8 * K))
        for i in range(8):
            for j in range(8):
                for k in range(K):
                    dM[8 * i + j, n, k] = t[i, j, k]


@njit(cache=True, nogil=True, fastmath={"contract"})
def weight_points(G: Array, w: Array, U: Array, start: int, stop: int) -> None:
    """U = G w G^T for the rows start .. stop of the tile: G (8, 2), w (2, 2, E), U (8, 8, E).

    a and b are made once and serve all eight columns. Written out, they let LLVM turn the loop over e into vectors.
    """
    g0, g1, g2, g3, g4, g5, g6, g7 = G[:, 0]
    h0, h1, h2, h3, h4, h5, h6, h7 = G[:, 1]
    for i in range(start, stop):
        g, h = G[i]
        u0, u1, u2, u3, u4, u5, u6, u7 = U[i, 0], U[i, 1], U[i, 2], U[i, 3], U[i, 4], U[i, 5], U[i, 6], U[i, 7]
        for e in range(U.shape[2]):
            a, b = g * w[0, 0, e] + h * w[1, 0, e], g * w[0, 1, e] + h * w[1, 1, e]
            u0[e], u1[e], u2[e], u3[e] = g0 * a + h0 * b, g1 * a + h1 * b, g2 * a + h2 * b, g3 * a + h3 * b
            u4[e], u5[e], u6[e], u7[e] = g4 * a + h4 * b, g5 * a + h5 * b, g6 * a + h6 * b, g7 * a + h7 * b


@njit(cache=True, nogil=True, fastmath={"contract"})
def weight_points_back(G: Array, dU: Array, dw: Array, i: int) -> None:
    """The transpose of `weight_points` for row i of the tile, added up: dw (2, 2, E) <- dw + G^T dU G, dU (8, E)."""
    for b in range(2):
        h0, h1, h2, h3, h4, h5, h6, h7 = G[:, b]
        for e in range(dU.shape[1]):
            dUG = h0 * dU[0, e] + h1 * dU[1, e] + h2 * dU[2, e] + h3 * dU[3, e]
            dUG += h4 * dU[4, e] + h5 * dU[5, e] + h6 * dU[6, e] + h7 * dU[7, e]
            dw[0, b, e] += G[i, 0] * dUG
            dw[1, b, e] += G[i, 1] * dUG
