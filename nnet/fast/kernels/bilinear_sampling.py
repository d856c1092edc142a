"""Interpolate bilinearly: the weighted mean of the four pixels around a point.

At the point (top + f, left + g), with f and g from 0 to 1, the value is

    (1 - f) ((1 - g) ink[top, left] + g ink[top, left + 1])
    + f ((1 - g) ink[top + 1, left] + g ink[top + 1, left + 1])
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def bilinear(
    images: NDArray[np.uint8], places: NDArray[np.float32], drawn: NDArray[np.float32]
) -> None:
    """Set drawn[i, p] to the value of images[i] at places[i, p] = (y, x), in pixels.

    images is (n, H, W), places (n, P, 2) and drawn (n, P). Pixels outside an image are
    0.
    """
    n, H, W = images.shape
    for i in range(n):
        for p in range(places.shape[1]):
            y, x = np.floor(places[i, p, 0]), np.floor(places[i, p, 1])
            f, g = places[i, p, 0] - y, places[i, p, 1] - x
            total = np.float32(0)
            if -1 <= y < H and -1 <= x < W:
                top = int(y)
                left = int(x)
                for a in range(2):
                    for b in range(2):
                        r, c = top + a, left + b
                        if 0 <= r < H and 0 <= c < W:
                            total += (
                                (f if a else 1 - f)
                                * (g if b else 1 - g)
                                * images[i, r, c]
                            )
            drawn[i, p] = total
