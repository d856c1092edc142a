"""Compute the classic GAN loss and its gradient with respect to the logits.

A logit r is D's score of an image, sigmoid(r) the probability that it is real. A loss
of logits cannot overflow, and its gradient is sigmoid(r) minus the target. For several
classes: nnet/softmax_loss.py.
"""

from collections.abc import Callable

import numpy as np

from nnet.layer import Array

# (logits, targets) -> (loss, dlogits)
Loss = Callable[[Array, Array | float], tuple[float, Array]]


def softplus(x: Array) -> Array:
    """Return log(1 + e^x) without overflow: max(x, 0) + log(1 + e^-|x|)."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + e^-x) without overflow: (1 + tanh(x / 2)) / 2."""
    return (1 + np.tanh(x / 2)) / 2


def bce_with_logits(logits: Array, targets: Array | float) -> tuple[float, Array]:
    """Return the binary cross-entropy of the logits, and its gradient dlogits.

        loss = mean of softplus(logit) - target * logit
        dlogits = (sigmoid(logit) - target) / count

    The logits have any shape. The targets, from 0 to 1, are an array of the same shape
    or one number; another shape raises ValueError. dlogits has the shape and dtype of
    the logits.

    Source: Goodfellow et al. 2014, "Generative adversarial nets", section 3. With
    target 1 for fakes, this is the non-saturating loss of G, -log D(G(z)).
    """
    if np.shape(targets) not in ((), logits.shape):
        raise ValueError(
            f"bce_with_logits: expected targets of shape {logits.shape}, "
            f"received {np.shape(targets)}"
        )
    losses = softplus(logits) - targets * logits
    dlogits = (sigmoid(logits) - targets) / logits.size
    return float(np.mean(losses)), dlogits.astype(logits.dtype)
