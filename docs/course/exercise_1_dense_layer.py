"""Exercise 1. The backward pass of a dense layer.

The layer computes y = x W + b. Its backward pass receives dy, short for d loss / d y,
and returns dx, dW and db. The loss depends on all images of a batch, and all of them
use the same W and b.

Check your answer by `make exercise N=1`. For a hint: `make exercise N=1 HINT=1`, then
2, then 3.
"""

from nnet.layer import Array


def dense_backward(x: Array, W: Array, dy: Array) -> tuple[Array, Array, Array]:
    """Return dx, dW and db.

    Parameters
    ----------
    x : (N, C)
    W : (C, K)
    dy : (N, K)

    Returns
    -------
    dx : (N, C)
    dW : (C, K)
    db : (K,)
    """
    raise NotImplementedError
