"""A solution to exercise 8.

After 1,000 iterations, few or most drawings are good, depending on the seed and the
CPU. So the mistake may go unnoticed.
"""

from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits
from nnet.optimizers import Adam

PREDICTED_AFTER_100 = 0
PREDICTED_AFTER_1000 = 50


def update_generator(
    G: Layer, D: Layer, adam: Adam, latents: Array, learning_rate: float
) -> float:
    """Do the same as in exercise 7, without the line that freezes D."""
    G.zero_grads()
    D.zero_grads()
    fake, saved_fake = G.forward(latents)
    logits, saved = D.forward(fake)
    loss, dlogits = bce_with_logits(logits, 1.0)
    dfake = D.backward(dlogits, saved)
    assert dfake is not None
    G.backward(dfake, saved_fake)
    adam.step(learning_rate)
    return loss
