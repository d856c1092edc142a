"""The running average of a network's weights.

Training a GAN goes round in circles around a good place rather than into it. The average of the weights along the way
lies nearer to the middle, and draws better than any of them. It has no part in training: it is only for drawing.
"""

from __future__ import annotations

import copy

from nnet.fast.kernels.elementwise import approach
from nnet.layer import Layer


class RunningAverage:
    """average <- d * average + (1 - d) * weights, with d = min(memory, (1 + t) / (10 + t)).

    The decay d starts small, so that the random start is soon forgotten.

    Parameters
    ----------
    network : Layer
        The network that trains.
    memory : float, 0 or more and below 1
        0.999: about the last thousand iterations count.

    Attributes
    ----------
    network : Layer
        A copy of the network, with the averaged weights: draw with this one.

    Source: Yazici et al. 2019, "The unusual effectiveness of averaging in GAN training", section 3.2.
    """

    def __init__(self, network: Layer, memory: float = 0.999) -> None:
        self.source, self.memory = network, memory
        self.network = copy.deepcopy(network)

    def update(self, t: int) -> None:
        """Take in the weights after iteration t (1, 2, ...)."""
        decay = min(self.memory, (1 + t) / (10 + t))
        sources = self.source.parameters()
        averages = self.network.parameters().items()
        approach([(average, sources[name]) for name, average in averages], 1 - decay)
