"""Functions applied to every number by itself: LeakyReLU and Tanh. And Reshape, which changes no number at all.

Both derivatives can be read off the OUTPUT: LeakyReLU keeps the sign, and tanh' = 1 - tanh^2. So a layer that applies
an activation to its own result need not keep what it was applied to.
"""

import numpy as np

from nnet.fast.kernels import elementwise
from nnet.layer import Array, Layer, Saved


class Activation(Layer):
    """y = f(z), number by number. A layer of its own, or fused into a layer with a bias: y = f(A x + b)."""

    def apply(self, z: Array, b: Array) -> Array:
        """f(z + b) for a fresh z (..., K), which may be overwritten, and b (K,)."""
        raise NotImplementedError

    def mask(self, dy: Array, y: Array, out: Array | None = None) -> Array:
        """dz = dy * f'(z), with f'(z) read off y = f(z). Into `out` if given, which may be dy itself."""
        raise NotImplementedError

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """y = f(x)."""
        y = self.apply(np.array(x, order="C"), np.zeros(x.shape[-1], x.dtype))
        return y, Saved(x, y)

    def pull(self, dy: Array, saved: Saved) -> Array:
        """dx = dy * f'(x)."""
        return self.mask(dy, saved.y)

    def push(self, u: Array, saved: Saved) -> Array:
        """f'(x) * u: the Jacobian is diagonal, so it is its own transpose."""
        return self.mask(u, saved.y)


class LeakyReLU(Activation):
    """f(z) = z above zero, slope * z below; f'(z) = 1 or slope.

    Parameters
    ----------
    slope : float, above 0 and at most 1
        1 makes it the identity. 0 is refused: the sign of z could not be read off y.

    Source: Maas et al. 2013, "Rectifier nonlinearities improve neural network acoustic models", section 2.
    """

    def __init__(self, slope: float = 0.2) -> None:
        super().__init__()
        if not 0 < slope <= 1:
            raise ValueError(f"LeakyReLU slope: expected above 0 and at most 1, received {slope}")
        self.slope = slope

    def apply(self, z: Array, b: Array) -> Array:
        """leaky(z + b), in place."""
        elementwise.bias_leaky(z, b, self.slope)
        return z

    def mask(self, dy: Array, y: Array, out: Array | None = None) -> Array:
        """dy where y > 0, slope * dy elsewhere; with slope 1 it is dy itself."""
        return dy if self.slope == 1 else elementwise.mask_leaky(dy, y, self.slope, out)


class Tanh(Activation):
    """f(z) = tanh z, between -1 and 1; f'(z) = 1 - y^2."""

    piecewise_linear = False

    def apply(self, z: Array, b: Array) -> Array:
        """tanh(z + b)."""
        return np.tanh(z + b)

    def mask(self, dy: Array, y: Array, out: Array | None = None) -> Array:
        """dy * (1 - y^2)."""
        return np.multiply(dy, 1 - y * y, out=out)


class Reshape(Layer):
    """(N, ...) -> (N, *shape). Its Jacobian is the identity, so pull and push only reshape, too."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """The same numbers in the new shape."""
        y = x.reshape(len(x), *self.shape)
        return y, Saved(x, y)

    def pull(self, dy: Array, saved: Saved) -> Array:
        """dy in the shape of x."""
        return dy.reshape(saved.x.shape)

    def push(self, u: Array, saved: Saved) -> Array:
        """u in the shape of y."""
        return u.reshape(saved.y.shape)
