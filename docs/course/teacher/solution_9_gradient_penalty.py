"""A solution to exercise 9.

The program's own code, for any number of layers: gan/rules/gradient_penalty.py.
"""

import numpy as np

from nnet.layer import Array

SLOPE = 0.2


def r1(
    x: Array, W1: Array, b1: Array, w2: Array, gamma: float
) -> tuple[float, Array, Array]:
    """Return the penalty, and its derivatives dW1 and dw2."""
    slopes = np.where(x @ W1 + b1 > 0, 1, SLOPE)  # (N, K)
    delta = slopes * w2  # (N, K), dr/dz
    g = delta @ W1.T  # (N, C), dr/dx
    dg = gamma / len(x) * g  # (N, C), d penalty / d g
    penalty = gamma / 2 * (g * g).sum(1).mean()
    # g is bilinear in W1 and delta
    return float(penalty), dg.T @ delta, (slopes * (dg @ W1)).sum(0)
