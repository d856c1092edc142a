"""Exercise 5. Adam.

Adam keeps two averages for each weight: m of the gradient and v of its square. Both
start at 0 and forget slowly: m becomes beta1 m + (1 - beta1) dW, and v becomes
beta2 v + (1 - beta2) dW^2. Because of the start at 0, both are too small at first. So
the step uses m divided by 1 - beta1^t, and v divided by 1 - beta2^t, where t counts the
steps from 1. The weight moves against the gradient, by learning_rate times the
corrected m over the root of the corrected v. `epsilon` is added to the root.

Check your answer by `make exercise N=5`. For a hint: `make exercise N=5 HINT=1`, then
2, then 3.
"""

from nnet.layer import Array


def adam_step(
    W: Array,
    dW: Array,
    m: Array,
    v: Array,
    t: int,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> tuple[Array, Array, Array]:
    """Return the new W, m and v after step t.

    All arrays have the shape of W; do not change the old ones.
    """
    raise NotImplementedError
