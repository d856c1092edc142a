"""Exercise 2. The derivative of tanh from its output.

G's last layer computes y = tanh(z), so that every pixel is between -1 and 1. The layer
keeps y and forgets z. So its backward pass must compute dz from y and dy alone.

Check your answer by `make exercise N=2`. For a hint: `make exercise N=2 HINT=1`, then
2, then 3.
"""

from nnet.layer import Array


def tanh_backward(y: Array, dy: Array) -> Array:
    """Return dz, which is d loss / d z.

    Parameters
    ----------
    y : (N, K), tanh(z)
    dy : (N, K)

    Returns
    -------
    dz : (N, K)
    """
    raise NotImplementedError
