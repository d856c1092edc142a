"""A solution to exercise 7. The program's own code: gan/plain/training.py."""

from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits
from nnet.optimizers import Adam


def update_generator(
    G: Layer, D: Layer, adam: Adam, latents: Array, learning_rate: float
) -> float:
    """Update G once. Return its loss before the update."""
    G.zero_grads()
    fake, saved_fake = G.forward(latents)
    logits, saved = D.forward(fake)
    loss, dlogits = bce_with_logits(logits, 1.0)
    with D.frozen():
        dfake = D.backward(dlogits, saved)
        G.backward(dfake, saved_fake)
        adam.step(learning_rate)
    return loss
