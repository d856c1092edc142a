"""Elementwise loops: bias with activation, the mask of the backward pass, Adam's update, the running average.

Each is one line of mathematics. NumPy would go through memory once for each operation of that line. The loops over
weights, at the end, are spread over the threads.

`error_model="numpy"`: a division by zero gives infinity. With Python's error instead, LLVM could not vectorize a loop
that divides.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nnet.fast.kernels.parallel import spread, useful_threads

Array = NDArray[np.floating]

WIDE = 32  # numbers that the vectorized loops below take at a time; the rest of a row is slow
PARTS = 1024  # every array of weights is cut into this many parts; a thread takes the same range of parts of each


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
def _mask_leaky_in_place(dy: Array, y: Array, slope: np.floating) -> None:
    for i in range(dy.size):  # with dy as `out`, the loop above would see them overlap and not be vectorized
        dy[i] = dy[i] if y[i] > 0 else dy[i] * slope


@njit(cache=True, nogil=True)
def _mix(u: Array, c: np.floating, h: Array, s: Array) -> None:
    for n in range(u.shape[0]):
        for i in range(u.shape[1]):
            u[n, i] = s[n] * h[n, i] + c * u[n, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _adam(
    w: Array,
    dw: Array,
    m: Array,
    v: Array,
    rate: float,
    beta1: float,
    rest1: float,
    beta2: float,
    rest2: float,
    eps: float,
) -> None:
    f = w.dtype.type
    lr, b1, r1, b2, r2, e = f(rate), f(beta1), f(rest1), f(beta2), f(rest2), f(eps)
    for i in range(w.size):
        m[i] = b1 * m[i] + r1 * dw[i]
        v[i] = b2 * v[i] + r2 * dw[i] * dw[i]
        w[i] -= lr * m[i] / (np.sqrt(v[i]) + e)


@njit(cache=True, nogil=True)
def _approach(average: Array, w: Array, rate: float) -> None:
    part = w.dtype.type(rate)
    for i in range(w.size):
        average[i] += part * (w[i] - average[i])


@njit(cache=True, nogil=True)
def _move(total: Array, part: Array) -> None:
    for i in range(part.size):
        total[i] += part[i]
        part[i] = 0


def bias_leaky(z: Array, b: Array, slope: float) -> None:
    """Compute z <- leaky(z + b) in place, (..., K) and (K,); leaky(t) is t above zero and slope * t below."""
    if 2 * len(b) == WIDE and z.size % WIDE == 0:
        b = np.concatenate([b, b])  # two places form a row: 16 channels take half the time
    _bias_leaky(z.reshape(-1, len(b)), b, z.dtype.type(slope))  # a view: z is contiguous


def mask_leaky(dy: Array, y: Array, slope: float, in_place: bool = False) -> Array:
    """Return dz = dy where y > 0, slope * dy elsewhere. Any shape; y has the sign of z, since the slope is positive.

    The result is a new array, or with `in_place` dy itself, which must be contiguous.
    """
    if dy.shape != y.shape:
        raise ValueError(f"mask: expected dy in the shape of y, {y.shape}, received {dy.shape}")
    if in_place:
        _mask_leaky_in_place(dy.reshape(-1), y.reshape(-1), dy.dtype.type(slope))
        return dy
    dz = np.empty(dy.shape, dy.dtype)
    _mask_leaky(dy.reshape(-1), y.reshape(-1), dy.dtype.type(slope), dz.reshape(-1))
    return dz


def mix(u: Array, c: float, h: Array, s: Array) -> None:
    """Compute u <- s h + c u in place: u and h of shape (N, ...), s of shape (N,), c a number."""
    _mix(u.reshape(len(u), -1), u.dtype.type(c), h.reshape(len(h), -1), s)  # views: both are contiguous


def _spread_flat(kernel: Callable[..., None], arrays: Sequence[tuple[Array, ...]], *numbers: float) -> None:
    """Call the kernel for every tuple of arrays, flattened; each thread takes its part of all of them."""
    if not all(array.flags.c_contiguous for group in arrays for array in group):
        raise ValueError("expected contiguous arrays: otherwise only a copy would change")
    flat = [[array.reshape(-1) for array in group] for group in arrays]

    def task(start: int, stop: int) -> None:
        for group in flat:
            size = len(group[0])
            part = slice(size * start // PARTS, size * stop // PARTS)
            kernel(*[array[part] for array in group], *numbers)

    spread(task, PARTS, useful_threads(numbers=sum(len(group[0]) for group in flat)))


def adam(
    weights: Sequence[tuple[Array, Array, Array, Array]], rate: float, beta1: float, beta2: float, eps: float
) -> None:
    """Update every (w, dw, m, v) in place: m and v move towards dw and dw^2, then w by -rate m / (sqrt(v) + eps)."""
    _spread_flat(_adam, weights, rate, beta1, 1 - beta1, beta2, 1 - beta2, eps)


def approach(pairs: Sequence[tuple[Array, Array]], rate: float) -> None:
    """Compute average <- average + rate (w - average) in place for every (average, w)."""
    _spread_flat(_approach, pairs, rate)


def move(pairs: Sequence[tuple[Array, Array]]) -> None:
    """Compute total <- total + part, part <- 0, in place for every (total, part)."""
    _spread_flat(_move, pairs)
