"""Define the Adam optimizer. It skips frozen layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnet.layer import Array, Layer
from nnet.sequential import Sequential


class Adam:
    """Move every weight against its gradient. Steps are about as large as the learning rate for any gradient.

        m <- beta1 m + (1 - beta1) dW               mean of the gradient
        v <- beta2 v + (1 - beta2) dW^2             mean of its square
        W <- W - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)

    The divisions by 1 - beta^t correct for m and v starting at zero.

    Parameters
    ----------
    *networks : Layer
        The networks whose weights are moved.
    beta1, beta2, epsilon : float

    Source: Kingma and Ba 2015, "Adam", algorithm 1.
    """

    def __init__(self, *networks: Layer, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> None:
        self.networks = Sequential(*networks)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.t = 0
        self.m, self.v = ({name: np.zeros_like(w) for name, w in self.networks.parameters().items()} for _ in "mv")

    def trainable_weights(self) -> Iterator[tuple[Array, Array, Array, Array]]:
        """Yield (W, dW, m, v) for every trainable weight."""
        for prefix, layer in self.networks.distinct_leaves():
            for key, W in layer.params.items() if layer.trainable else ():
                yield W, layer.grads[key], self.m[prefix + key], self.v[prefix + key]

    def step(self, learning_rate: float) -> None:
        """Move every trainable weight against its accumulated gradient."""
        self.t += 1
        for W, dW, m, v in self.trainable_weights():
            m[...] = self.beta1 * m + (1 - self.beta1) * dW
            v[...] = self.beta2 * v + (1 - self.beta2) * dW**2
            mean, mean_square = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            W -= learning_rate * mean / (np.sqrt(mean_square) + self.epsilon)

    def moments(self) -> dict[str, Array]:
        """Return all moments by name, without copying them. To resume training, save them and `t`."""
        return {f"m.{name}": m for name, m in self.m.items()} | {f"v.{name}": v for name, v in self.v.items()}
