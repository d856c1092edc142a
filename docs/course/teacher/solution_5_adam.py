"""A solution to exercise 5. The program's own code: nnet/optimizers.py."""

import numpy as np

from nnet.layer import Array


def adam_step(
    W: Array,
    dW: Array,
    m: Array,
    v: Array,
    t: int,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> tuple[Array, Array, Array]:
    """Return the new W, m and v after step t."""
    m = beta1 * m + (1 - beta1) * dW
    v = beta2 * v + (1 - beta2) * dW**2
    mean = m / (1 - beta1**t)
    mean_square = v / (1 - beta2**t)
    return W - learning_rate * mean / (np.sqrt(mean_square) + epsilon), m, v
