"""Train a network in a team of processes: shared weights, the gradients of each process, and Adam on all of them.

Each process computes the gradients of its share of the batch. The gradient of the batch is their weighted sum. Process
r then updates the r-th slice of all weights, so no process waits for another one's Adam.

Sources: Rajbhandari et al. 2020, "ZeRO: memory optimizations toward training trillion parameter models", section 5.1,
for the slices.
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

NUMBERS = LINE // 4  # numbers in a cache line, or in two
BLOCK = 1024  # gradients that are added up at once; they stay in the first-level cache


def move_weights(network: Layer, places: dict[str, Array]) -> None:
    """Copy a network's weights into arrays of these names, which become its weights."""
    for prefix, layer in network.distinct_leaves():
        for key, w in layer.params.items():
            place = places[prefix + key]
            place[...], layer.params[key] = w, place


class SharedNetwork:
    """The weights of a network in the memory of a team, and an area of gradients for each process.

    Attributes
    ----------
    weights : (size,) array
        All arrays one after another; each begins at a cache line.
    gradients : (cores, size) array
    """

    def __init__(self, team: Team, network: Layer) -> None:
        self.team, self.places, self.size = team, dict[str, tuple[int, tuple[int, ...]]](), 0
        for name, w in network.parameters().items():
            self.places[name] = self.size, w.shape
            self.size += -(-w.size // NUMBERS) * NUMBERS
        self.dtype = w.dtype
        self.weights, self.gradients = self.zeros(), shared((team.cores, self.size), self.dtype)

    def zeros(self) -> Array:
        """Return shared zeros in the size of the weights."""
        return shared((self.size,), self.dtype)

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the parts of an array of this size as arrays in the shapes of the weights, by name."""
        return {name: flat[at : at + math.prod(shape)].reshape(shape) for name, (at, shape) in self.places.items()}

    def adopt(self, network: Layer) -> None:
        """Move the weights of a network of the same shapes, and its gradients, into the shared memory.

        A plain network and its fast one share their dictionaries of arrays, so both follow.
        """
        move_weights(network, self.views(self.weights))
        self.adopt_gradients(network)

    def adopt_gradients(self, network: Layer) -> None:
        """Let this process add its gradients in its own area."""
        views = self.views(self.gradients[self.team.rank])
        for prefix, layer in network.distinct_leaves():
            layer.grads |= {key: views[prefix + key] for key in layer.params}

    def slice(self) -> tuple[int, int]:
        """Return where the weights that this process updates begin and end. A slice begins at a cache line."""
        lines, cores = self.size // NUMBERS, self.team.cores
        start, stop = (lines * part // cores * NUMBERS for part in (self.team.rank, self.team.rank + 1))
        return start, stop


class TeamAdam(FastAdam):
    """`FastAdam` for networks in shared memory. All processes of the team call `step` at the same time.

    `parts`, (cores,) float32, are the fractions of the batch that the processes have. A gradient is a mean over the
    batch, so it is the sum of the gradients of the processes, which are means over their shares, times these fractions.
    """

    def __init__(self, networks: Sequence[SharedNetwork], parts: Array, adam: Adam) -> None:
        super().__init__(beta1=adam.beta1, beta2=adam.beta2, epsilon=adam.epsilon)
        self.shared, self.parts, self.team = networks, parts, networks[0].team
        self.moments_of = [(there.zeros(), there.zeros()) for there in networks]
        for index, (there, (m, v)) in enumerate(zip(networks, self.moments_of, strict=True)):
            self.m |= {f"{index}.{name}": view for name, view in there.views(m).items()}
            self.v |= {f"{index}.{name}": view for name, view in there.views(v).items()}
        self.block = np.empty(BLOCK, parts.dtype)

    def adopt(self, adam: Adam) -> None:
        """Continue with the state of an optimizer of the same networks. Moments that it does not have are zero."""
        self.networks, self.t = adam.networks, adam.t
        for ours, theirs in ((self.m, adam.m), (self.v, adam.v)):
            for name, view in ours.items():
                view[...] = theirs.get(name, 0)

    def step(self, learning_rate: float) -> None:
        rate, epsilon = self.corrected(learning_rate)
        self.team.wait()  # all gradients are computed
        for layer, there, (m, v) in zip(self.networks.layers, self.shared, self.moments_of, strict=True):
            if layer.trainable:
                arrays = there.weights, there.gradients, self.parts, m, v, self.block
                elementwise.adam_of_sum(*arrays, *there.slice(), rate, self.beta1, self.beta2, epsilon)
        self.team.wait()  # all weights are new
