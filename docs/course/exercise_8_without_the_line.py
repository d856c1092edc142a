"""Exercise 8. Predict, then delete the line.

Copy your answer to exercise 7, begin with `D.zero_grads()`, too, and delete the line
`with D.frozen():`. Before you run it, write down what will happen if G and D have one
turn each: how many of 100 drawings will be recognized as a 3 after 100 iterations, and
how many after 1,000? `make exercise N=8` then trains with the line and without it.

Check your answer by `make exercise N=8`. For a hint: `make exercise N=8 HINT=1`, then
2, then 3.
"""

from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits  # noqa: F401  (you need it)
from nnet.optimizers import Adam

# The number of recognized drawings that you expect without the line, from 0 to 100.
PREDICTED_AFTER_100: float | None = None
PREDICTED_AFTER_1000: float | None = None


def update_generator(
    G: Layer, D: Layer, adam: Adam, latents: Array, learning_rate: float
) -> float:
    """Do the same as in exercise 7, without the line that freezes D."""
    raise NotImplementedError
