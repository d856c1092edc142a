"""Exercise 9. The gradient penalty R1, by hand.

R1 makes D flat around the real images. Its penalty is gamma / 2 times the mean over the
images of |g|^2, with g = dr/dx, where r is the logit. Here D has one hidden layer:

    z = x W1 + b1,   h = z where z > 0 and SLOPE * z elsewhere,   r = h w2

g is itself a derivative, and the penalty must be differentiated once more, by W1 and
w2. A small change of a weight flips no sign of z, so treat the slope of each hidden
unit (1 or SLOPE) as a constant.

Check your answer by `make exercise N=9`. For a hint: `make exercise N=9 HINT=1`, then
2, then 3.
"""

from nnet.layer import Array

SLOPE = 0.2


def r1(
    x: Array, W1: Array, b1: Array, w2: Array, gamma: float
) -> tuple[float, Array, Array]:
    """Return the penalty, and its derivatives dW1 and dw2.

    Parameters
    ----------
    x : (N, C)
    W1 : (C, K)
    b1 : (K,)
    w2 : (K,)

    Returns
    -------
    penalty : float
    dW1 : (C, K)
    dw2 : (K,)
    """
    raise NotImplementedError
