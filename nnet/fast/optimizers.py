"""Compute Adam in one pass over memory, and the running average of a network's weights.

The weights of a GAN circle around a good solution instead of converging to it. Their
average over time is closer to the centre, so it draws better than the weights of a
single iteration. It is used only for drawing, not for training.
"""

import copy

import numpy as np

from nnet.fast.kernels import elementwise
from nnet.fast.kernels.elementwise import approach
from nnet.layer import Layer
from nnet.optimizers import Adam


class FastAdam(Adam):
    """`nnet.optimizers.Adam` with the divisions by 1 - beta^t moved out of the loops.

    With m' = m / (1 - beta1^t), v' = v / (1 - beta2^t) and r = sqrt(1 - beta2^t),

        lr m' / (sqrt(v') + eps) = lr r / (1 - beta1^t) * m / (sqrt(v) + eps r)

    Source: Kingma and Ba 2015, "Adam", section 2, last paragraph.
    """

    def step(self, learning_rate: float) -> None:
        rate, epsilon = self.corrected(learning_rate)
        elementwise.adam(
            list(self.trainable().values()), rate, self.beta1, self.beta2, epsilon
        )

    def corrected(self, learning_rate: float) -> tuple[float, float]:
        """Increment t, and return lr r / (1 - beta1^t) and eps r for the new t."""
        self.t += 1
        r = np.sqrt(1 - self.beta2**self.t)
        rate = learning_rate * r / (1 - self.beta1**self.t)
        return rate, self.epsilon * r


class RunningAverage:
    """The running average of a network's weights.

        average <- d * average + (1 - d) * weights,
        with d = min(memory, (1 + t) / (10 + t))

    The decay d starts small, so that the random initial weights soon lose their
    influence. With a memory of 0.999, the average covers about the last thousand
    iterations. The attribute `network` is a copy with the averaged weights.

    Source: Yazici et al. 2019, "The unusual effectiveness of averaging in GAN
    training", section 3.2.
    """

    def __init__(self, network: Layer, memory: float = 0.999) -> None:
        self.source = network
        self.memory = memory
        self.network = copy.deepcopy(network)

    def update(self, t: int) -> None:
        """Add the weights to the average after iteration t, where t is 1, 2, ..."""
        sources = self.source.parameters()
        approach(
            [
                (average, sources[name])
                for name, average in self.network.parameters().items()
            ],
            self.rate(t),
        )

    def rate(self, t: int) -> float:
        """Return 1 - d for iteration t."""
        return 1 - min(self.memory, (1 + t) / (10 + t))
