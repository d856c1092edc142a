"""Compute activations, their backward pass, Adam and the running average.

Each loop evaluates a formula in one pass over memory, while NumPy needs one pass per
operation.

With `error_model="numpy"`, a division by zero gives infinity. In Python it raises an
error, and LLVM could not vectorize a loop that may raise.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numba import njit

from nnet.fast.kernels.simd_loops import Array

# Numbers that the vectorized loops below process at once. The remainder of a row is
# slow.
WIDE = 32


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
    for i in range(dy.size):
        # A separate function, because `_mask_leaky` is not vectorized if `out` is dy.
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
    beta2: float,
    eps: float,
) -> None:
    f = w.dtype.type
    lr, b1, r1, b2, r2, e = (
        f(rate),
        f(beta1),
        f(1 - beta1),
        f(beta2),
        f(1 - beta2),
        f(eps),
    )
    for i in range(w.size):
        m[i] = b1 * m[i] + r1 * dw[i]
        v[i] = b2 * v[i] + r2 * dw[i] * dw[i]
        w[i] -= lr * m[i] / (np.sqrt(v[i]) + e)


@njit(cache=True, nogil=True, error_model="numpy")
def adam_of_sum(
    w: Array,
    gradients: Array,
    fractions: Array,
    m: Array,
    v: Array,
    block: Array,
    start: int,
    stop: int,
    rate: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> None:
    """Update w[start:stop] by Adam, with a weighted sum of gradients as the gradient.

    dw = fractions[0] gradients[0] + fractions[1] gradients[1] + ...

    w, m and v are (size,), the gradients (cores, size), and fractions (cores,). `block`
    is scratch space of any length. `_adam` has the formula.
    """
    for first in range(start, stop, block.size):
        size = block.size if first + block.size < stop else stop - first
        for i in range(size):
            block[i] = fractions[0] * gradients[0, first + i]
        for r in range(1, gradients.shape[0]):
            for i in range(size):
                block[i] += fractions[r] * gradients[r, first + i]
        here = slice(first, first + size)
        _adam(w[here], block[:size], m[here], v[here], rate, beta1, beta2, eps)


@njit(cache=True, nogil=True)
def _approach(average: Array, w: Array, rate: float) -> None:
    part = w.dtype.type(rate)
    for i in range(w.size):
        average[i] += part * (w[i] - average[i])


def bias_leaky(z: Array, b: Array, slope: float) -> None:
    """Compute z <- leaky(z + b) in place, for z (..., K) and b (K,).

    leaky(t) is t above zero and slope * t below.
    """
    if 2 * len(b) == WIDE and z.size % WIDE == 0:
        # Treat two pixels as one row, which halves the time for 16 channels.
        b = np.concatenate([b, b])
    # reshape returns a view, so z itself changes
    _bias_leaky(z.reshape(-1, len(b)), b, z.dtype.type(slope))


def mask_leaky(dy: Array, y: Array, slope: float, in_place: bool = False) -> Array:
    """Return dz, which is dy where y > 0 and slope * dy elsewhere, in any shape.

    y has the sign of z because the slope is positive. The result is a new array, or
    with `in_place` dy itself, which must then be contiguous. Raise ValueError if the
    shapes differ.
    """
    if dy.shape != y.shape:
        raise ValueError(
            f"mask: expected dy in the shape of y, {y.shape}, received {dy.shape}"
        )
    if in_place:
        _mask_leaky_in_place(dy.reshape(-1), y.reshape(-1), dy.dtype.type(slope))
        return dy
    dz = np.empty(dy.shape, dy.dtype)
    _mask_leaky(dy.reshape(-1), y.reshape(-1), dy.dtype.type(slope), dz.reshape(-1))
    return dz


def mix(u: Array, c: float, h: Array, s: Array) -> None:
    """Compute u <- s h + c u in place, for u and h (N, ...), s (N,) and a number c."""
    # views, so u itself changes
    _mix(u.reshape(len(u), -1), u.dtype.type(c), h.reshape(len(h), -1), s)


def _for_each(
    kernel: Callable[..., None], arrays: Sequence[tuple[Array, ...]], *numbers: float
) -> None:
    """Call the kernel for every tuple of arrays, flattened.

    Raise ValueError if an array is not contiguous.
    """
    if not all(array.flags.c_contiguous for group in arrays for array in group):
        raise ValueError(
            "expected contiguous arrays: otherwise only a copy would change"
        )
    for group in arrays:
        kernel(*[array.reshape(-1) for array in group], *numbers)


# adam(groups, rate, beta1, beta2, eps): for every (w, dw, m, v), move m towards dw and
# v towards dw^2, and then add -rate m / (sqrt(v) + eps) to w, all in place.
adam = partial(_for_each, _adam)
# approach(pairs, rate): compute average <- average + rate (w - average) in place for
# every (average, w).
approach = partial(_for_each, _approach)
