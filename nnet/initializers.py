"""How weights start: random, with a spread that keeps the size of the signal from layer to layer."""

import numpy as np

from nnet.activations import Activation, LeakyReLU
from nnet.layer import Array

# The rng of a network whose weights come from a file: they begin at 0, for to draw others takes longer than to load.
UNDRAWN = np.random.default_rng(0)


def he_normal(
    shape: tuple[int, ...], fan_in: int, rng: np.random.Generator, activation: Activation | None = None
) -> Array:
    """Normal numbers with variance gain^2 / fan_in, so that f(A x) varies about as much as x.

    Parameters
    ----------
    shape : of the weight
    fan_in : how many products are summed for one output
    rng : np.random.Generator; with UNDRAWN all weights are 0
    activation : the f that follows. gain^2 is 2 / (1 + slope^2) for LeakyReLU, which throws part of the signal away,
        and 1 for tanh and for none (then it is LeCun's rule).

    Returns
    -------
    W : float32 array

    Source: He et al. 2015, "Delving deep into rectifiers", section 2.2; LeCun et al. 1998, "Efficient backprop", 4.6.
    """
    if rng is UNDRAWN:
        return np.zeros(shape, np.float32)
    slope = activation.slope if isinstance(activation, LeakyReLU) else 1.0
    std = np.sqrt(2 / (1 + slope**2) / fan_in)
    return (std * rng.standard_normal(shape)).astype(np.float32)
