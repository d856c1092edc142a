"""Compute the loss of a classifier of K classes, and its gradient.

The K logits r of an image are its scores of the classes. Their softmax is the
probability of each class:

    p_k = e^r_k / S,    S = sum_j e^r_j

The loss of an image with label c is the cross-entropy,

    -log p_c = log S - r_c

Since d log S / d r_k = e^r_k / S = p_k, and d r_c / d r_k is 1 for k = c and otherwise
0, the derivative is

    d loss / d r_k = p_k - [k = c]

This is the probability minus the target, as in nnet/losses.py, whose sigmoid is the
softmax of two logits r and 0.

Source: Bishop 2006, "Pattern recognition and machine learning", section 4.3.4.
"""

import numpy as np
from numpy.typing import NDArray

from nnet.layer import Array


def softmax_cross_entropy(
    logits: Array, labels: NDArray[np.integer]
) -> tuple[float, Array]:
    """Return the cross-entropy of the softmax over classes, and its gradient, (N, K).

    The logits are (N, K), of any floating dtype, which dlogits keeps. The labels, (N,),
    are integers from 0 to K - 1. Labels of another shape raise ValueError.
    """
    N = len(logits)
    if labels.shape != (N,):
        raise ValueError(
            f"softmax_cross_entropy: expected labels of shape {(N,)}, "
            f"received {labels.shape}"
        )
    # A constant subtracted from all logits of an image leaves the softmax unchanged.
    # With the largest logit at 0, no exponential overflows.
    shifted = logits - logits.max(1, keepdims=True)  # (N, K)
    log_sum = np.log(np.exp(shifted).sum(1, keepdims=True))  # (N, 1)
    rows = np.arange(N)
    losses = log_sum[:, 0] - shifted[rows, labels]  # (N,)
    dlogits = np.exp(shifted - log_sum)  # (N, K), the softmax
    dlogits[rows, labels] -= 1
    return float(np.mean(losses)), dlogits / N
