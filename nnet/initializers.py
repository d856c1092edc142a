"""Draw random initial weights.

Their scale keeps the mean square of a signal about the same from layer to layer.
"""

import numpy as np

from nnet.activations import Activation, LeakyReLU
from nnet.layer import Array

# Pass this as `rng` if the weights will be loaded from a file. They start at 0, because
# drawing random numbers takes longer than loading a file.
UNDRAWN = np.random.default_rng(0)


def he_normal(
    shape: tuple[int, ...],
    fan_in: int,
    rng: np.random.Generator,
    activation: Activation | None = None,
) -> Array:
    """Draw float32 weights, normally distributed with variance gain^2 / fan_in.

    fan_in is the number of products that are summed for one output. gain^2 is 2 / (1 +
    slope^2) for LeakyReLU, which discards part of the signal, and 1 for tanh or without
    an activation (LeCun's rule). If rng is UNDRAWN, all weights are 0.

    For LeakyReLU the mean square of f(A x) is about that of x. Its variance is lower,
    because its mean is not zero. For tanh, and without an activation, the mean square
    of A x is about that of x; tanh then lowers it.

    Source: He et al. 2015, "Delving deep into rectifiers", section 2.2; LeCun et al.
    1998, "Efficient backprop", 4.6.
    """
    if rng is UNDRAWN:
        return np.zeros(shape, np.float32)
    slope = activation.slope if isinstance(activation, LeakyReLU) else 1.0
    std = np.sqrt(2 / (1 + slope**2) / fan_in)
    return (std * rng.standard_normal(shape)).astype(np.float32)
