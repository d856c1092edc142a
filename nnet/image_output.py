"""Define the last layers of networks that draw: an activation that reaches blank paper, and a curve of grey levels.

Pixels range from -1 (paper) to 1 (ink).
"""

import numpy as np
from numpy.typing import NDArray

from nnet.activations import Activation
from nnet.layer import Array, Layer, Saved

# ClippedTanh is clipped where |tanh z| > 1 / 1.05, that is where |z| > 1.85. With 1.1, drawings have too much paper.
STRETCH = 1.05
GREYS = 256  # grey levels, 0 (paper) to 255 (ink)
NEVER = 2.0  # a threshold above every pixel


class ClippedTanh(Activation):
    """f(z) = clip(s tanh z, -1, 1) with s = STRETCH; f'(z) = s - y^2 / s, or 0 where y is clipped.

    Tanh alone never reaches -1 or 1. The gradient must not pass where y is clipped: the loss does not depend on z
    there, so z would drift without limit.
    """

    def apply(self, z: Array) -> Array:
        """Return clip(s tanh z, -1, 1)."""
        return np.clip(z.dtype.type(STRETCH) * np.tanh(z), -1, 1)

    def mask(self, dy: Array, y: Array) -> Array:
        """Return dy * f'(z)."""
        s = y.dtype.type(STRETCH)
        return np.where(np.abs(y) < 1, dy * (s - y * y / s), 0)


class ToneCurve(Layer):
    """y = level / 127.5 - 1, where the grey level, 0 to 255, is the number of thresholds that are at most x.

    `params["thresholds"]` is (255,) float32, ascending. By default x never reaches them, so that y is all paper. The
    curve has steps, so it has no derivative: `backward` raises NotImplementedError.
    """

    def __init__(self, thresholds: NDArray[np.floating] | None = None) -> None:
        super().__init__()
        self.params = {"thresholds": np.full(GREYS - 1, NEVER, np.float32) if thresholds is None else thresholds}
        self.grads = {"thresholds": np.zeros(GREYS - 1, np.float32)}

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Return the pixels with their grey levels. NaN becomes paper."""
        levels = np.searchsorted(self.params["thresholds"], np.nan_to_num(x, nan=-1), side="right")
        y = (levels / 127.5 - 1).astype(x.dtype)
        return y, Saved(x, y)
