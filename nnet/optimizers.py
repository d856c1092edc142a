"""Define the Adam optimizer."""

import numpy as np

from nnet.layer import Array, Layer
from nnet.sequential import Sequential


class Adam:
    """The Adam optimizer, which moves all weights that are not frozen.

    A step moves every weight against its gradient, usually by at most the learning rate
    lr:

        m <- beta1 m + (1 - beta1) dW               mean of the gradient
        v <- beta2 v + (1 - beta2) dW^2             mean of its square
        W <- W - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)

    The divisions by 1 - beta^t correct for m and v starting at zero. All weights share
    t, the number of steps. If weights are unfrozen after t steps, their first steps are
    too large: use a new Adam then (`forget` in gan/runs/trainer.py).

    Source: Kingma and Ba 2015, "Adam", algorithm 1.
    """

    def __init__(
        self,
        *networks: Layer,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        if not networks:
            raise ValueError("Adam: expected networks, as in Adam(G), received none")
        self.networks = Sequential(*networks)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.t = 0
        self.m: dict[str, Array] = {}
        self.v: dict[str, Array] = {}

    def trainable(self) -> dict[str, tuple[Array, Array, Array, Array]]:
        """Return (W, dW, m, v) of every weight that `step` moves, by name.

        Weights that `step` has not moved yet get moments of zero.
        """
        found = {}
        for prefix, layer in self.networks.distinct_leaves():
            if layer.trainable:
                for key, W in layer.params.items():
                    name = prefix + key
                    if name not in self.m:
                        self.m[name] = np.zeros_like(W)
                        self.v[name] = np.zeros_like(W)
                    found[name] = W, layer.grads[key], self.m[name], self.v[name]
        return found

    def step(self, learning_rate: float) -> None:
        self.t += 1
        for W, dW, m, v in self.trainable().values():
            m[...] = self.beta1 * m + (1 - self.beta1) * dW
            v[...] = self.beta2 * v + (1 - self.beta2) * dW**2
            mean = m / (1 - self.beta1**self.t)
            mean_square = v / (1 - self.beta2**self.t)
            W -= learning_rate * mean / (np.sqrt(mean_square) + self.epsilon)

    def moments(self) -> dict[str, Array]:
        """Return m and v of the trainable weights, by names such as "m.0.3.W"."""
        moments = {}
        for name in self.trainable():
            moments[f"m.{name}"] = self.m[name]
            moments[f"v.{name}"] = self.v[name]
        return moments
