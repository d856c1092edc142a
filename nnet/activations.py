"""Define the elementwise activations LeakyReLU and Tanh, and the Reshape layer.

The derivatives of both activations can be computed from the OUTPUT y, because LeakyReLU
keeps the sign of its input and tanh' = 1 - y^2. So a layer need not save its
activation's input.
"""

from typing import Any

import numpy as np

from nnet.layer import Array, Layer, Saved


class Activation(Layer):
    """The base class of elementwise functions, y = f(z).

    An activation is a layer of its own, or the last step of a layer with weights, y =
    f(A x + b).
    """

    def apply(self, z: Array) -> Array:
        """Return f(z)."""
        raise NotImplementedError

    def mask(self, dy: Array, y: Array) -> Array:
        """Return dz = dy * f'(z), with f'(z) computed from y = f(z)."""
        raise NotImplementedError

    def forward(self, x: Array) -> tuple[Array, Saved]:
        y = self.apply(x)
        return y, Saved(x, y)

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Any:
        return self.mask(dy, saved.y) if need_dx else None


class LeakyReLU(Activation):
    """The leaky rectifier: f(z) = z above zero, slope * z below; f'(z) = 1 or slope.

    The slope is above 0 and at most 1; any other slope raises ValueError. With slope 0,
    y would not reveal the sign of z. Slope 1 is the identity.

    Source: Maas et al. 2013, "Rectifier nonlinearities improve neural network acoustic
    models", section 2.
    """

    def __init__(self, slope: float = 0.2) -> None:
        super().__init__()
        if not 0 < slope <= 1:
            raise ValueError(
                f"LeakyReLU slope: expected above 0 and at most 1, received {slope}"
            )
        self.slope = slope

    def apply(self, z: Array) -> Array:
        return np.where(z > 0, z, self.slope * z)

    def mask(self, dy: Array, y: Array) -> Array:
        return np.where(y > 0, dy, self.slope * dy)


class Tanh(Activation):
    """The hyperbolic tangent: f(z) = tanh z, between -1 and 1; f'(z) = 1 - y^2."""

    def apply(self, z: Array) -> Array:
        return np.tanh(z)

    def mask(self, dy: Array, y: Array) -> Array:
        return dy * (1 - y * y)


class Reshape(Layer):
    """Reshape every sample: (N, ...) to (N, *shape).

    The Jacobian is the identity, so the backward pass only reshapes dy.
    """

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Array) -> tuple[Array, Saved]:
        y = x.reshape(len(x), *self.shape)
        return y, Saved(x, y)

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Any:
        return dy.reshape(saved.x.shape) if need_dx else None
