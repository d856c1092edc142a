"""Loops over single numbers: bias and activation in one pass, the mask on the way back, Adam's update.

Each is one line of mathematics. They are compiled because NumPy would go through memory once for every operation in
the line. The functions without an underscore spread the rows over threads.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nnet.kernels.parallel import spread

Array = NDArray[np.floating]


@njit(cache=True, nogil=True)
def _bias_leaky(z: Array, b: Array, slope: np.floating) -> None:
    for r in range(z.shape[0]):
        for k in range(z.shape[1]):
            value = z[r, k] + b[k]
            z[r, k] = value if value > 0 else value * slope


@njit(cache=True, nogil=True)
def _mask_leaky(dy: Array, y: Array, slope: np.floating, out: Array) -> None:
    for i in range(dy.size):
        out[i] = dy[i] if y[i] > 0 else dy[i] * slope


@njit(cache=True, nogil=True)
def _mix(u: Array, c: np.floating, h: Array, s: Array) -> None:
    for n in range(u.shape[0]):
        for i in range(u.shape[1]):
            u[n, i] = s[n] * h[n, i] + c * u[n, i]


@njit(cache=True, nogil=True)
def _adam(w: Array, dw: Array, m: Array, v: Array, numbers: tuple[np.floating, ...]) -> None:
    rate, beta1, rest1, beta2, rest2, eps = numbers
    for i in range(w.size):
        m[i] = beta1 * m[i] + rest1 * dw[i]
        v[i] = beta2 * v[i] + rest2 * dw[i] * dw[i]
        w[i] -= rate * m[i] / (np.sqrt(v[i]) + eps)


def bias_leaky(z: Array, b: Array, slope: float) -> None:
    """z <- leaky(z + b) in place, (..., K) and (K,); leaky(t) is t above zero and slope * t below."""
    rows, below = z.reshape(-1, z.shape[-1]), z.dtype.type(slope)  # a view: z is contiguous
    spread(lambda start, stop: _bias_leaky(rows[start:stop], b, below), len(rows))


def mask_leaky(dy: Array, y: Array, slope: float) -> Array:
    """dz = dy where y > 0, slope * dy elsewhere. Any shape; y has the sign of z, since the slope is positive."""
    out, below = np.empty(dy.shape, dy.dtype), dy.dtype.type(slope)
    flat, dy_flat, y_flat = out.reshape(-1), dy.reshape(-1), y.reshape(-1)
    spread(lambda a, b: _mask_leaky(dy_flat[a:b], y_flat[a:b], below, flat[a:b]), dy.size)
    return out


def mix(u: Array, c: float, h: Array, s: Array) -> None:
    """u <- s h + c u in place: u and h of shape (N, ...), s of shape (N,), c a number."""
    U, H, factor = u.reshape(len(u), -1), h.reshape(len(h), -1), u.dtype.type(c)  # views: both are contiguous
    spread(lambda a, b: _mix(U[a:b], factor, H[a:b], s[a:b]), len(u))


def adam(w: Array, dw: Array, m: Array, v: Array, rate: float, beta1: float, beta2: float, eps: float) -> None:
    """Update w and its moments in place: m and v move towards dw and dw^2, then w by -rate m / (sqrt(v) + eps)."""
    W, dW, M, V = (array.reshape(-1) for array in (w, dw, m, v))  # views: all are contiguous
    numbers = tuple(w.dtype.type(number) for number in (rate, beta1, 1 - beta1, beta2, 1 - beta2, eps))
    spread(lambda a, b: _adam(W[a:b], dW[a:b], M[a:b], V[a:b], numbers), w.size)
