"""The tile F(7x7, 2x2): its matrices, exactly, and the passes over weights; `tiles` has those over images.

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
def weight_points_back(G: Array, dU: Array, dw: Array, start: int) -> None:
    """The transpose of `weight_points`: dw (2, 2, E) <- dw + G^T dU G, of the rows from `start` on, (n, 8, E)."""
    for i in range(len(dU)):
        for b in range(2):
            h0, h1, h2, h3, h4, h5, h6, h7 = G[:, b]
            for e in range(dU.shape[2]):
                dUG = h0 * dU[i, 0, e] + h1 * dU[i, 1, e] + h2 * dU[i, 2, e] + h3 * dU[i, 3, e]
                dUG += h4 * dU[i, 4, e] + h5 * dU[i, 5, e] + h6 * dU[i, 6, e] + h7 * dU[i, 7, e]
                dw[0, b, e] += G[start + i, 0] * dUG
                dw[1, b, e] += G[start + i, 1] * dUG
