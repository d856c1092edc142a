"""Exercise 6. The judge's turn.

D rates a batch of real images and a batch of drawings. The target of its loss is 1 for
real images and 0 for drawings. The loss is the mean over all 2N logits: `loss, dlogits
= bce_with_logits(logits, targets)`. D learns from fixed drawings: nothing flows back
into G.

`forward` of a network returns its output and what `backward` needs: `logits, saved =
D.forward(images)`, later `D.backward(dlogits, saved)`. `backward` returns the
derivative by the input, and ADDS those of the weights to `grads`. `D.zero_grads()` sets
them to zero.

Check your answer by `make exercise N=6`. For a hint: `make exercise N=6 HINT=1`, then
2, then 3.
"""

from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits  # noqa: F401  (you need it)
from nnet.optimizers import Adam


def update_discriminator(
    D: Layer, adam: Adam, real: Array, fake: Array, learning_rate: float
) -> float:
    """Update D once. Return its loss before the update.

    Parameters
    ----------
    D : network, (N, ...) -> (N, 1), logits
    adam : the optimizer of D; `adam.step(learning_rate)` moves its weights
    real, fake : (N, ...), images of the same shape
    """
    raise NotImplementedError
