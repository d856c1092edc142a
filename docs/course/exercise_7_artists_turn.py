"""Exercise 7. Teach G through a frozen D.

G draws a batch, D rates it, and the loss is low if D takes the drawings for real:
binary cross-entropy with target 1. The error flows back through D, as dfake, into G.
`adam` holds G and D, so D must be frozen while G learns, until the step is done: `with
D.frozen():` (nnet/layer.py). docs/freeze.md compares this with
`Adam(G)`.

Check your answer by `make exercise N=7`. For a hint: `make exercise N=7 HINT=1`, then
2, then 3.
"""

from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits  # noqa: F401  (you need it)
from nnet.optimizers import Adam


def update_generator(
    G: Layer, D: Layer, adam: Adam, latents: Array, learning_rate: float
) -> float:
    """Update G once. Return its loss before the update.

    Parameters
    ----------
    G : network, (N, latent) -> (N, pixels)
    D : network, (N, pixels) -> (N, 1), logits
    adam : the optimizer of G and D
        `adam.step(learning_rate)` moves all weights that are not frozen.
    latents : (N, latent)
    """
    raise NotImplementedError
