"""A solution to exercise 6. The program's own code: gan/plain/training.py."""

import numpy as np

from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits
from nnet.optimizers import Adam


def update_discriminator(
    D: Layer, adam: Adam, real: Array, fake: Array, learning_rate: float
) -> float:
    """Update D once. Return its loss before the update."""
    targets = np.repeat([1.0, 0.0], [len(real), len(fake)])[:, None]
    D.zero_grads()
    logits, saved = D.forward(np.concatenate([real, fake]))
    loss, dlogits = bce_with_logits(logits, targets)
    D.backward(dlogits, saved)
    adam.step(learning_rate)
    return loss
