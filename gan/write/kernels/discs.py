"""What the discs of a round pen cover, where it is enough to know yes or no: row by row, without a distance."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@njit(cache=True, nogil=True)
def cover(mask: NDArray[np.bool_], discs: NDArray[np.float64]) -> None:
    """mask[row, column] <- True in every disc, (n, 3) x, y and radius in samples; they may lie off the grid."""
    rows = len(mask)
    for x, y, r in discs:
        for row in range(max(0, int(np.ceil(y - r))), min(rows - 1, int(np.floor(y + r))) + 1):
            half = np.sqrt(r * r - (row - y) ** 2)
            mask[row, max(0, int(np.ceil(x - half))) : max(0, int(np.floor(x + half)) + 1)] = True


@njit(cache=True, nogil=True)
def outermost(left: Numbers, right: Numbers, discs: Numbers, owner: NDArray[np.int64], top: float, step: float) -> None:
    """left, right <- how far each character's discs reach to either side on each of some lines.

    Parameters
    ----------
    left, right : (n, R) float64
        Of each character on each line. Widened, never narrowed.
    discs : (m, 3) float64
        x, y and radius, in units.
    owner : (m,) int64
        Whose disc it is.
    top, step : float
        Where the first line lies, and how far apart they are.
    """
    lines = left.shape[1]
    for i in range(len(discs)):
        x, y, r = discs[i]
        first, last = int(np.ceil((y - r - top) / step)), int(np.floor((y + r - top) / step))
        for line in range(max(0, first), min(lines - 1, last) + 1):
            square = r * r - (top + line * step - y) ** 2
            if square > 0:
                half = np.sqrt(square)
                left[owner[i], line] = min(left[owner[i], line], x - half)
                right[owner[i], line] = max(right[owner[i], line], x + half)
