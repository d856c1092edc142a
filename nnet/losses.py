"""Losses: logits in, (loss, dlogits) out.

A logit is a score before it is squashed to a probability: p = sigmoid(logit). Working on logits keeps large scores
finite, and makes the gradients short: probability minus target. Every loss is a mean over the batch.
"""

import numpy as np
from numpy.typing import NDArray

from nnet.layer import Array


def softplus(x: Array) -> Array:
    """log(1 + e^x) without overflow: max(x, 0) + log(1 + e^-|x|)."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x) without overflow: (1 + tanh(x / 2)) / 2."""
    return (1 + np.tanh(x / 2)) / 2


def bce_with_logits(logits: Array, targets: Array | float) -> tuple[float, Array]:
    """Binary cross-entropy: how surprised sigmoid(logit) is by the target.

    Parameters
    ----------
    logits : array of any shape
    targets : array of that shape, or one number; between 0 and 1

    Returns
    -------
    loss : float, mean of softplus(logit) - target * logit
    dlogits : array like logits, (sigmoid(logit) - target) / count

    Source: Goodfellow et al. 2014, "Generative adversarial nets", section 3. With target 1 on fakes this is the
    non-saturating loss of G, minus log D(G(z)).
    """
    loss = float(np.mean(softplus(logits) - targets * logits))
    return loss, ((sigmoid(logits) - targets) / logits.size).astype(logits.dtype)


def softmax_cross_entropy(logits: Array, labels: NDArray[np.integer]) -> tuple[float, Array]:
    """Cross-entropy of the softmax over classes, for a classifier; the GAN does not use it.

    Parameters
    ----------
    logits : (N, K) array
    labels : (N,) integers below K

    Returns
    -------
    loss : float, mean of log(sum_k e^logit_k) - logit_label
    dlogits : (N, K) array, (softmax - onehot) / N
    """
    shifted = logits - logits.max(1, keepdims=True)  # (N, K); softmax does not change, and e^0 is the largest term
    log_sum = np.log(np.exp(shifted).sum(1, keepdims=True))  # (N, 1)
    rows = np.arange(len(logits))
    loss = float(np.mean(log_sum[:, 0] - shifted[rows, labels]))
    dlogits = np.exp(shifted - log_sum)
    dlogits[rows, labels] -= 1
    return loss, dlogits / len(logits)


def relativistic(winner: Array, loser: Array) -> tuple[float, Array, Array]:
    """The relativistic pair: the winner's logit should exceed the loser's, whatever either is.

    D's loss is relativistic(real, fake); G's is relativistic(fake, real).

    Parameters
    ----------
    winner, loser : arrays of the same shape, paired by place

    Returns
    -------
    loss : float, mean of softplus(-(winner - loser))
    dwinner : -sigmoid(loser - winner) / count
    dloser : -dwinner

    Source: Jolicoeur-Martineau 2018, "The relativistic discriminator", section 3; Huang et al. 2024 (R3GAN), 2.1.
    """
    loss = float(np.mean(softplus(loser - winner)))
    dwinner = (-sigmoid(loser - winner) / winner.size).astype(winner.dtype)
    return loss, dwinner, -dwinner
