"""How weights move: Adam. It steps only what is not frozen."""

from __future__ import annotations

import numpy as np

from nnet.fast.kernels import elementwise
from nnet.layer import Array, Layer


class Adam:
    """Every weight moves against its gradient, in steps of about the learning rate whatever the gradient's size.

        m <- beta1 m + (1 - beta1) dW               mean of the gradient
        v <- beta2 v + (1 - beta2) dW^2             mean of its square
        W <- W - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)

    The divisions by 1 - beta^t undo that m and v started at zero.

    Parameters
    ----------
    *networks : Layer
        Whose weights to move. One Adam may serve several networks.
    beta1, beta2, epsilon : float

    Source: Kingma and Ba 2015, "Adam", algorithm 1, in the form of section 2's last paragraph.
    """

    def __init__(self, *networks: Layer, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> None:
        self.networks = networks
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.t = 0
        self._moments: dict[str, tuple[Array, Array]] = {
            f"{index}.{name}": (np.zeros_like(w), np.zeros_like(w))
            for index, network in enumerate(networks)
            for name, w in network.parameters().items()
        }

    def step(self, learning_rate: float) -> None:
        """Move every weight whose layer is trainable, by the gradients that have been accumulated."""
        self.t += 1
        correction = np.sqrt(1 - self.beta2**self.t)  # both divisions, drawn out of the loop over weights
        rate = learning_rate * correction / (1 - self.beta1**self.t)
        elementwise.adam(
            [
                (w, layer.grads[key], *self._moments[f"{index}.{prefix}{key}"])
                for index, network in enumerate(self.networks)
                for prefix, layer in network.leaves()
                if layer.trainable
                for key, w in layer.params.items()
            ],
            rate,
            self.beta1,
            self.beta2,
            self.epsilon * correction,
        )

    def moments(self) -> dict[str, Array]:
        """All moments by name; with `t`, what resuming needs. The arrays themselves, not copies."""
        return {f"{kind}.{name}": pair[i] for name, pair in self._moments.items() for i, kind in enumerate("mv")}
