"""A solution to exercise 4. The program's own code: nnet/losses.py."""

import numpy as np

from nnet.layer import Array


def bce_with_logits(logits: Array, targets: Array) -> tuple[float, Array]:
    """Return the loss and dlogits."""
    # log(1 + e^r), which is -log(1 - D)
    softplus = np.maximum(logits, 0) + np.log1p(np.exp(-np.abs(logits)))
    D = (1 + np.tanh(logits / 2)) / 2
    return float((softplus - targets * logits).mean()), (D - targets) / logits.size
