"""The dense layer, and the base class of every layer of the form y = f(A x + b).

`Affine` holds what Dense, Conv2D and ConvTranspose2D share: the bias, the activation
and the backward pass. A subclass defines its linear map A by three methods: A x, A^T dz
and the gradient of W.
"""

from typing import Any

import numpy as np

from nnet.activations import Activation, LeakyReLU
from nnet.initializers import he_normal
from nnet.layer import Array, Layer, Saved

IDENTITY = LeakyReLU(slope=1)  # f(z) = z, for layers without an activation


class Affine(Layer):
    """A layer y = f(A x + b), whose weight W defines the linear map A.

    Subclasses choose the shape of W. b, of length `outputs`, starts at zero and is
    added along the last axis of A x. Without an activation, f is the identity.
    """

    def __init__(
        self, W: Array, outputs: int, activation: Activation | None = None
    ) -> None:
        super().__init__()
        self.params = {"W": W, "b": np.zeros(outputs, W.dtype)}
        self.grads = {key: np.zeros_like(w) for key, w in self.params.items()}
        self.activation = activation or IDENTITY

    def linear(self, x: Array) -> Array:
        """Return A x."""
        raise NotImplementedError

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        """Return A^T dz in the shape of x."""
        raise NotImplementedError

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        """Return dW, which is linear both in x and in dz = d loss / d (A x + b)."""
        raise NotImplementedError

    def forward(self, x: Array) -> tuple[Array, Saved]:
        y = self.activation.apply(self.linear(x) + self.params["b"])
        return y, Saved(x, y)

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Any:
        """Return dx = A^T dz, where dz = f' * dy.

        Unless the layer is frozen, also add weight_gradient(dz, x) to dW and the sum of
        dz to db.
        """
        dz = self.activation.mask(dy, saved.y)
        if self.trainable:
            rows = dz.reshape(-1, dz.shape[-1])  # (N, K), or (N*I*J, K) for images
            self.grads["W"] += self.weight_gradient(dz, saved.x)
            self.grads["b"] += rows.sum(0)
        return self.transposed(dz, saved.x.shape) if need_dx else None


class Dense(Affine):
    """A fully connected layer, y = f(x W + b).

    Each row of x is a sample, so the product that `Affine` calls A x is x W here. x is
    (N, C); `forward` raises ValueError for any other shape. W is (C, K), b is (K,).
    `rng` draws W (He initialization, see `initializers.he_normal`).
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rng: np.random.Generator,
        activation: Activation | None = None,
    ) -> None:
        W = he_normal((inputs, outputs), inputs, rng, activation)
        super().__init__(W, outputs, activation)

    def linear(self, x: Array) -> Array:
        W = self.params["W"]
        if x.ndim != 2 or x.shape[1] != len(W):
            raise ValueError(
                f"Dense: expected (N, {len(W)}), received {x.shape}; "
                "put a Reshape before it"
            )
        return x @ W  # (N, C) @ (C, K)

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        return dz @ self.params["W"].T  # (N, K) @ (K, C)

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        return x.T @ dz  # (C, N) @ (N, K)
