"""The dense layer, and what every layer of the form y = f(A x + b) shares.

`Affine` does what Dense, Conv2D and ConvTranspose2D have in common: bias, activation, and the mask of that activation
on the way back. A subclass only says what its linear map A is: A x, A^T dz, and the gradient of W.
"""

import math

import numpy as np

from nnet.activations import Activation, LeakyReLU
from nnet.initializers import he_normal
from nnet.layer import Array, Layer, Saved

IDENTITY = LeakyReLU(slope=1)  # no activation: f(z) = z


class Affine(Layer):
    """y = f(A x + b), with A given by the weight W.

    Parameters
    ----------
    W : array
        The weight, in the subclass's layout.
    outputs : int
        K: the length of b, which starts at zero and is added along the last axis.
    activation : Activation, optional
        f; None is the identity.
    """

    def __init__(self, W: Array, outputs: int, activation: Activation | None = None) -> None:
        super().__init__()
        self.params = {"W": W, "b": np.zeros(outputs, W.dtype)}
        self.grads = {key: np.zeros_like(w) for key, w in self.params.items()}
        self.activation = activation or IDENTITY
        self.piecewise_linear = self.activation.piecewise_linear

    def linear(self, x: Array) -> Array:
        """A x."""
        raise NotImplementedError

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        """A^T dz, in the shape of x."""
        raise NotImplementedError

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        """dW for dz, the gradient by A x + b; bilinear in dz and x."""
        raise NotImplementedError

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """y = f(A x + b)."""
        y = self.activation.apply(self.linear(x), self.params["b"])
        return y, Saved(x, y)

    def pull(self, dy: Array, saved: Saved) -> Array:
        """dx = A^T (f' * dy)."""
        return self.transposed(self.activation.mask(dy, saved.y), saved.x.shape)

    def push(self, u: Array, saved: Saved) -> Array:
        """J u = f' * (A u)."""
        z = self.linear(u)
        return self.activation.mask(z, saved.y, out=z)

    def accumulate(self, dy: Array, saved: Saved, x: Array | None = None, bias_weight: Array | None = None) -> None:
        """dW += weight_gradient(dz, x), db += sum_n bias_weight[n] dz[n], summed over places; here dz = f' * dy."""
        self._accumulate(self.activation.mask(dy, saved.y), saved.x if x is None else x, bias_weight)

    def _accumulate(self, dz: Array, x: Array, bias_weight: Array | None = None) -> None:
        self.grads["W"] += self.weight_gradient(dz, x)
        places = math.prod(dz.shape[1:-1])
        weight = np.ones(len(dz), dz.dtype) if bias_weight is None else bias_weight
        self.grads["b"] += np.repeat(weight, places) @ dz.reshape(-1, dz.shape[-1])  # (N*places,) @ (N*places, K)

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        """Accumulate unless frozen, then pull; the mask is applied once for both."""
        dz = self.activation.mask(dy, saved.y)
        if self.trainable:
            self._accumulate(dz, saved.x)
        return self.transposed(dz, saved.x.shape) if need_dx else None


class Dense(Affine):
    """y = f(x W + b): every output sees every input. In the terms of `Affine` A is W^T, for a sample is a row of x.

    Parameters
    ----------
    inputs, outputs : int
        C and K. W is (C, K), b is (K,).
    rng : np.random.Generator
        Draws W (He initialization, see `initializers.he_normal`).
    activation : Activation, optional

    The input is (N, C); anything else is a ValueError.
    """

    def __init__(
        self, inputs: int, outputs: int, rng: np.random.Generator, activation: Activation | None = None
    ) -> None:
        super().__init__(he_normal((inputs, outputs), inputs, rng, activation), outputs, activation)

    def linear(self, x: Array) -> Array:
        """x W."""
        W = self.params["W"]
        if x.ndim != 2 or x.shape[1] != len(W):
            raise ValueError(f"Dense: expected (N, {len(W)}), received {x.shape}; put a Reshape before it")
        return x @ W  # (N, C) @ (C, K)

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        """dx = dz W^T."""
        W = self.params["W"]
        if W.shape[1] == 1:  # (N, 1) * (C,): a product of one column is ten times slower as a matrix product
            return dz * W[:, 0]
        return dz @ W.T  # (N, K) @ (K, C)

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        """dW = x^T dz."""
        return x.T @ dz  # (C, N) @ (N, K)
