"""Define the last layers of networks that draw digits: an activation that reaches blank
paper, and a finish.

Pixels range from -1 (paper) to 1 (ink).
"""

import numpy as np
from numpy.typing import NDArray

from nnet.activations import Activation
from nnet.layer import Array, Layer, Saved

# ClippedTanh is clipped where |tanh z| > 1 / 1.05, that is where |z| > 1.86. With 1.1,
# drawings have too much paper.
STRETCH = 1.05
GREYS = 256  # grey levels, 0 (paper) to 255 (ink)
# cells for each unit of x; 16 for each grey level, and half precision stores their
# borders exactly
STEPS = 2048
# cells of full ink, for values from 1 to 2; half precision stores their borders
# exactly, too
FULL = 1024
NEVER = 2.0  # a threshold above every value
# of cells
BORDERS = np.append(
    np.arange(-STEPS, STEPS) / STEPS, np.arange(FULL, 2 * FULL) / FULL
).astype(np.float32)
BOX = 20  # side of the square that MNIST's digits fit into, in pixels
# of the ink of a drawing; if more is outside of any such square, it is not faint
MOST_OUTSIDE = 0.03


class ClippedTanh(Activation):
    """f(z) = clip(s tanh z, -1, 1) with s = STRETCH; f'(z) = s - y^2 / s, or 0 where y
    is clipped.

    Tanh alone never reaches -1 or 1. The gradient must not pass where y is clipped: the
    loss does not depend on z there, so z would drift without limit.
    """

    def apply(self, z: Array) -> Array:
        return np.clip(z.dtype.type(STRETCH) * np.tanh(z), -1, 1)

    def mask(self, dy: Array, y: Array) -> Array:
        s = y.dtype.type(STRETCH)
        return dy * (s - y * y / s) * (np.abs(y) < 1)  # half as long as np.where


class Finish(Layer):
    """The finish of drawings, (N, H, W, 1): fitted grey levels, and no faint ink
    outside a box. y = level / 127.5 - 1.

    1. A pixel's value is x. If x is 1, the share of paper in its drawing is added, the
       mean of (1 - x) / 2. So all full ink of a drawing has one level, which is lower
       in a drawing with more ink, as in real digits.
    2. A pixel's grey level, 0 to 255, is the number of thresholds that are at most its
       value, rounded down to a border in BORDERS. `params["thresholds"]`, (255,)
       float32, ascend. By default no value reaches them: all is paper.
    3. Outside the BOX x BOX pixels with the most ink, ink becomes paper, if it is at
       most MOST_OUTSIDE of all ink.

    These steps have jumps, so there is no derivative: `backward` raises
    NotImplementedError.
    """

    def __init__(self, thresholds: NDArray[np.floating] | None = None) -> None:
        super().__init__()
        new = (
            np.full(GREYS - 1, NEVER, np.float32) if thresholds is None else thresholds
        )
        self.params = {"thresholds": new}
        self.grads = {"thresholds": np.zeros_like(new)}

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Return the finished drawings. NaN becomes paper."""
        # (5120,) the level of each cell
        table = np.searchsorted(self.params["thresholds"], BORDERS, side="right")
        levels = table[cells(x)]  # (N, H, W, 1)
        # (N, H), (N, W)
        rows, columns = (fullest_window(levels.sum(axes)) for axes in ((2, 3), (1, 3)))
        boxed = levels * (rows[:, :, None] & columns[:, None, :])[..., None]
        # (N,)
        is_faint = (levels - boxed).sum((1, 2, 3)) <= MOST_OUTSIDE * levels.sum(
            (1, 2, 3)
        )
        levels = np.where(is_faint[:, None, None, None], boxed, levels)
        y = (levels / 127.5 - 1).astype(x.dtype)
        return y, Saved(x, y)


def cells(x: Array) -> NDArray[np.intp]:
    """Return the index in BORDERS of the cell of each pixel's value, in the shape of x,
    (N, H, W, 1); 0 for NaN.
    """
    # fmax returns -1 for NaN
    within = np.minimum(np.fmax(x, x.dtype.type(-1)), x.dtype.type(1))
    found = np.floor(within * STEPS).astype(np.intp) + STEPS
    paper = 1 - found.mean((1, 2, 3), keepdims=True) / (2 * STEPS)  # (N, 1, 1, 1)
    return found + (found == 2 * STEPS) * (FULL * paper).astype(np.intp)


def fullest_window(ink: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Mark the first BOX neighbouring entries with the largest sum in each row: (N,
    length) -> (N, length).
    """
    until = np.cumsum(np.pad(ink, ((0, 0), (1, 0))), axis=1)  # (N, length + 1)
    size = min(BOX, ink.shape[1])
    first = (until[:, size:] - until[:, :-size]).argmax(1)  # (N,)
    offsets = np.arange(ink.shape[1]) - first[:, None]
    return (offsets >= 0) & (offsets < size)
