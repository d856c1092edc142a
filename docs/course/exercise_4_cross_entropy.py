"""Exercise 4. The cross-entropy from logits.

D returns a logit r for each image. D = sigmoid(r) is the probability that the image is
real, and the target t is 1 for real images and 0 for drawings. The loss is the mean of
-t log D - (1 - t) log(1 - D). It must be exact for any logit: sigmoid(1000) is 1, and
log(1 - 1) is minus infinity, but the loss of a logit of 1000 is 1000 if t is 0.

Check your answer by `make exercise N=4`. For a hint: `make exercise N=4 HINT=1`, then
2, then 3.
"""

from nnet.layer import Array


def bce_with_logits(logits: Array, targets: Array) -> tuple[float, Array]:
    """Return the loss and dlogits.

    Parameters
    ----------
    logits, targets : (N, 1)

    Returns
    -------
    loss : float
    dlogits : (N, 1)
    """
    raise NotImplementedError
