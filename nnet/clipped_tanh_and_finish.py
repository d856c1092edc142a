"""Define the last layers of networks that draw digits.

`ClippedTanh` is an activation that reaches -1 (paper) and 1 (ink) exactly. `Finish`
gives drawings the grey levels of real digits, and removes stray ink. Pixels range from
-1 to 1.
"""

import numpy as np
from numpy.typing import NDArray

from nnet.activations import Activation
from nnet.layer import Array, Layer, Saved

# ClippedTanh is clipped where |tanh z| > 1 / 1.05, that is where |z| > 1.86. With 1.1,
# drawings have too much paper.
STRETCH = 1.05

# Finish rounds the value of a pixel (see step 1 in its docstring) down to an entry of
# BORDERS. Below 1 there are STEPS entries per unit, 16 for each grey level. Full ink
# has values from 1 to 2, with FULL entries. Half precision stores all entries exactly.
GREYS = 256  # grey levels, 0 (paper) to 255 (ink)
STEPS = 2048
FULL = 1024
INK_BORDERS = np.arange(FULL, 2 * FULL) / FULL
BORDERS = np.append(np.arange(-STEPS, STEPS) / STEPS, INK_BORDERS).astype(np.float32)
NEVER = 2.0  # a threshold that no value reaches
BOX = 20  # the side of the square that MNIST's digits fit into, in pixels
# Ink outside the box is removed if it is at most this share of the drawing's ink.
MOST_OUTSIDE = 0.03


class ClippedTanh(Activation):
    """f(z) = clip(s tanh z, -1, 1) with s = STRETCH.

    f'(z) = s - y^2 / s, or 0 where y is clipped.

    Tanh alone never reaches -1 or 1. The gradient must not pass where y is clipped: the
    loss does not depend on z there, so z would drift without limit.
    """

    def apply(self, z: Array) -> Array:
        return np.clip(z.dtype.type(STRETCH) * np.tanh(z), -1, 1)

    def mask(self, dy: Array, y: Array) -> Array:
        s = y.dtype.type(STRETCH)
        # Multiplying by the condition takes half the time of np.where.
        return dy * (s - y * y / s) * (np.abs(y) < 1)


class Finish(Layer):
    """Map pixels to fitted grey levels, and remove stray ink.

    The input x and the output are drawings (N, H, W, 1) with pixels from -1 to 1.

    1. The value of a pixel is x. To full ink, which is x = 1, the share of paper in the
       drawing is added, the mean of (1 - x) / 2. So all full ink of a drawing gets one
       grey level, which is lower in a drawing with more ink, as in real digits.
    2. The value is rounded down to an entry of BORDERS. Its grey level, 0 to 255, is
       the number of thresholds that do not exceed it. `params["thresholds"]`, (255,)
       float32, ascend. By default no value reaches them, so every pixel becomes paper.
    3. The box is the square of BOX x BOX pixels with the most ink. Ink outside the box
       becomes paper if it is at most MOST_OUTSIDE of the drawing's ink.

    The output is level / 127.5 - 1. These steps have jumps, so there is no derivative:
    `backward` raises NotImplementedError.
    """

    def __init__(self, thresholds: NDArray[np.floating] | None = None) -> None:
        super().__init__()
        if thresholds is None:
            thresholds = np.full(GREYS - 1, NEVER, np.float32)
        self.params = {"thresholds": thresholds}
        self.grads = {"thresholds": np.zeros_like(thresholds)}

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Return the finished drawings. NaN becomes paper."""
        level_of_cell = np.searchsorted(self.params["thresholds"], BORDERS, "right")
        levels = level_of_cell[cells(x)]  # (N, H, W, 1)
        rows = fullest_window(levels.sum((2, 3)))  # (N, H)
        columns = fullest_window(levels.sum((1, 3)))  # (N, W)
        box = rows[:, :, None, None] & columns[:, None, :, None]  # (N, H, W, 1)
        boxed = levels * box
        ink = levels.sum((1, 2, 3), keepdims=True)  # (N, 1, 1, 1)
        outside = ink - boxed.sum((1, 2, 3), keepdims=True)
        levels = np.where(outside <= MOST_OUTSIDE * ink, boxed, levels)
        y = (levels / 127.5 - 1).astype(x.dtype)
        return y, Saved(x, y)


def cells(x: Array) -> NDArray[np.intp]:
    """Return the index in BORDERS of each pixel's value, rounded down; 0 for NaN.

    x and the result are (N, H, W, 1). `Finish` defines the value.
    """
    low, high = x.dtype.type(-1), x.dtype.type(1)
    within = np.minimum(np.fmax(x, low), high)  # fmax returns -1 for NaN
    found = np.floor(within * STEPS).astype(np.intp) + STEPS
    paper = 1 - found.mean((1, 2, 3), keepdims=True) / (2 * STEPS)  # (N, 1, 1, 1)
    is_full = found == 2 * STEPS
    return found + is_full * (FULL * paper).astype(np.intp)


def fullest_window(ink: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Mark the BOX adjacent columns with the most ink, in each row of `ink`, (N, n).

    Of several such windows, mark the first. Mark all columns if n is below BOX.
    """
    size = min(BOX, ink.shape[1])
    before = np.cumsum(np.pad(ink, ((0, 0), (1, 0))), axis=1)  # (N, n + 1)
    sums = before[:, size:] - before[:, :-size]  # (N, n + 1 - size)
    first = sums.argmax(1)  # (N,)
    offsets = np.arange(ink.shape[1]) - first[:, None]  # (N, n)
    return (offsets >= 0) & (offsets < size)
