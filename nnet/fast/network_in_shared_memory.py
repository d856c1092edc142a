"""Train networks in a team of processes that share weights and gradients.

Each process computes the gradients of its share of the batch. The gradient of the batch
is their weighted sum. Process r then sums the r-th part of all processes' gradients and
updates the r-th part of the weights, so Adam is divided among the processes, too.

Source: Rajbhandari et al. 2020, "ZeRO: memory optimizations toward training trillion
parameter models", section 5.1.
"""

import math
from collections.abc import Sequence

import numpy as np

from nnet.fast.kernels import elementwise
from nnet.fast.kernels.simd_loops import LINE
from nnet.fast.optimizers import FastAdam
from nnet.fast.team import Team, shared
from nnet.layer import Array, Layer
from nnet.optimizers import Adam

NUMBERS = LINE // 4  # float32 numbers in a cache line
BLOCK = 1024  # numbers summed at a time; they stay in the first-level cache


def move_weights(network: Layer, arrays: dict[str, Array]) -> None:
    """Copy a network's weights into arrays of the same names, and use these instead."""
    for prefix, layer in network.distinct_leaves():
        for key, w in layer.params.items():
            array = arrays[prefix + key]
            array[...] = w
            layer.params[key] = array


class SharedNetwork:
    """Shared memory for a network's weights and for the gradients of each process.

    Attributes
    ----------
    weights : (size,) array
        All weights one after another. Each array of the network begins at a cache line.
    gradients : (cores, size) array
        Row r has the gradients that process r computed.
    """

    def __init__(self, team: Team, network: Layer) -> None:
        self.team = team
        self.size = 0
        # by name: where a weight array begins in `weights`, and its shape
        self.offsets: dict[str, tuple[int, tuple[int, ...]]] = {}
        for name, w in network.parameters().items():
            self.offsets[name] = (self.size, w.shape)
            self.dtype = w.dtype
            self.size += -(-w.size // NUMBERS) * NUMBERS
        self.weights = self.zeros()
        self.gradients = shared((team.cores, self.size), self.dtype)

    def zeros(self) -> Array:
        """Return a new shared array of zeros, (size,), one for each weight."""
        return shared((self.size,), self.dtype)

    def views(self, flat: Array) -> dict[str, Array]:
        """Return views of `flat`, (size,), shaped like the weight arrays, by name."""
        return {
            name: flat[at : at + math.prod(shape)].reshape(shape)
            for name, (at, shape) in self.offsets.items()
        }

    def take(self, network: Layer) -> None:
        """Move a network's weights and gradients into this memory.

        The network must have the shapes of the one that this memory was made for. A
        plain network and its fast version share their dictionaries of arrays, so both
        move.
        """
        move_weights(network, self.views(self.weights))
        self.take_gradients(network)

    def take_gradients(self, network: Layer) -> None:
        """Make a network add its gradients to this process's row of `gradients`."""
        views = self.views(self.gradients[self.team.rank])
        for prefix, layer in network.distinct_leaves():
            layer.grads |= {key: views[prefix + key] for key in layer.params}

    def own_range(self) -> tuple[int, int]:
        """Return (start, stop), the range of weights that this process updates.

        It consists of whole cache lines, so no two processes write to the same line.
        """
        lines = self.size // NUMBERS
        rank, cores = self.team.rank, self.team.cores
        start = lines * rank // cores
        stop = lines * (rank + 1) // cores
        return start * NUMBERS, stop * NUMBERS


class TeamAdam(FastAdam):
    """`FastAdam` for networks whose weights a team of processes shares.

    Every process must call `step`, which waits for the others.

    `fractions`, (cores,), has the fraction of the batch that each process computes. A
    process's gradient is that of the mean loss over its share. The gradient of the mean
    loss over the batch is the sum of the processes' gradients, each times its fraction.
    """

    def __init__(
        self, memories: Sequence[SharedNetwork], fractions: Array, adam: Adam
    ) -> None:
        super().__init__(
            adam.networks, beta1=adam.beta1, beta2=adam.beta2, epsilon=adam.epsilon
        )
        self.memories = memories
        self.fractions = fractions
        self.team = memories[0].team
        self.flat_moments = [(memory.zeros(), memory.zeros()) for memory in memories]
        for index, memory in enumerate(memories):
            m, v = map(memory.views, self.flat_moments[index])
            for name in memory.offsets:
                self.m[f"{index}.{name}"] = m[name]
                self.v[f"{index}.{name}"] = v[name]
        self.block = np.empty(BLOCK, fractions.dtype)

    def take(self, adam: Adam) -> None:
        """Continue from the state of `adam`, whose networks use this memory.

        Moments that `adam` does not have start at 0.
        """
        self.networks = adam.networks
        self.t = adam.t
        for ours, theirs in ((self.m, adam.m), (self.v, adam.v)):
            for name, view in ours.items():
                view[...] = theirs.get(name, 0)

    def step(self, learning_rate: float) -> None:
        rate, epsilon = self.corrected(learning_rate)
        self.team.wait()  # until all gradients are complete
        for network, memory, (m, v) in zip(
            self.networks.layers, self.memories, self.flat_moments, strict=True
        ):
            if network.trainable:
                arrays = (
                    memory.weights,
                    memory.gradients,
                    self.fractions,
                    m,
                    v,
                    self.block,
                )
                elementwise.adam_of_sum(
                    *arrays, *memory.own_range(), rate, self.beta1, self.beta2, epsilon
                )
        self.team.wait()  # until all weights are new
