"""A network whose batch is divided over threads.

Samples do not meet inside a network, so each thread can take its share of a batch through all the layers by itself,
forward and back. The threads meet only at the end, to put the outputs side by side and to add up the weight gradients,
which are sums over samples. That is five to seven meetings an update, whatever the number of layers. A batch that is
little work is not divided: the sizes of network and batch alone decide, so a run that goes on does as it did before.

The threads share one set of weights. Each has gradients of its own to add to, in a copy of the network that is
otherwise the same network: a twin, made anew for every call, so that it is always as the network is now.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from nnet.fast.kernels.elementwise import move
from nnet.fast.kernels.parallel import Result, get_threads, shares, together, worth
from nnet.fast.layers import FastConvolution
from nnet.jvp import each
from nnet.layer import Array, Layer, Saved
from nnet.sequential import Sequential

Gradients = list[dict[str, Array]]  # of every leaf of a network, in order


def with_gradients(network: Layer, gradients: Iterator[dict[str, Array]]) -> Layer:
    """The same network, weights included, but for its gradients."""
    twin = copy.copy(network)
    if isinstance(twin, Sequential):
        twin.layers = tuple(with_gradients(layer, gradients) for layer in twin.layers)
    elif [leaf for _, leaf in twin.leaves()] != [twin]:  # its layers would share their gradients among the threads
        raise TypeError(f"Split: expected a Sequential or a plain layer, received {type(twin).__name__}")
    else:
        twin.grads = next(gradients)
    return twin


def products(network: Layer, saved: Saved) -> int:
    """Multiplications of one sample on its way through a network, by the sizes in the Saved of any batch.

    A weight of a dense layer meets one number of a sample; one of a convolution as many as its small map has places.
    """
    if isinstance(network, Sequential):
        return sum(products(layer, part) for layer, part in zip(network.layers, saved.parts, strict=True))
    places = min(math.prod(map_.shape[1:-1]) for map_ in (saved.x, saved.y))
    return places * network.params["W"].size if "W" in network.params else 0


class Split(Layer):
    """Does what its network does, on at most `kernels.parallel.get_threads()` threads.

    Parameters
    ----------
    network : Layer
        A plain layer or a Sequential. Its weights, gradients and names are those of the whole.

    Sums over samples are taken in shares, and products have other shapes, so results differ in the last bits from the
    network's own. They are the same bit for bit for the same number of threads. If a share fails, the network's own
    gradients may hold what others had added.

    Raises
    ------
    TypeError : the network has a container that is no Sequential.
    """

    def __init__(self, network: Layer) -> None:
        super().__init__()
        self.network = network
        with_gradients(network, iter(self._own_gradients()))  # TypeError if it cannot be divided
        self._products: dict[tuple[int, ...], int] = {}  # by the shape of a sample
        self._memory: list[Gradients] = []  # of every thread but the first, all zero between two calls

    @property
    def trainable(self) -> bool:
        """The network's."""
        return self.network.trainable

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        self.network.trainable = trainable

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        """Those of the network."""
        return self.network.leaves()

    def each(self, task: Callable[..., Result], *batches: Any) -> list[Result]:
        """Run task(twin, *shares) for every share of the batches, each on a thread; results in order.

        Parameters
        ----------
        task : callable
            Its first argument is a network like this one. What it adds to that network's gradients is added to ours.
        *batches : array or Saved
            Arrays are cut along their first axis. A Saved is that of a forward of ours, and says where to cut.
        """
        try:
            results = self._run(task, *batches)
            ours = self._own_gradients() if len(results) > 1 else []
            for theirs in self._memory[: len(results) - 1]:  # in order: the same bits every time
                pairs = zip(ours, theirs, strict=True)
                move([(mine[key], dw) for mine, part in pairs for key, dw in part.items()])
        except BaseException:
            self._memory = []  # what they have added so far must not be found by the next
            raise
        return results

    def _run(self, task: Callable[..., Result], *batches: Any, parts: int | None = None) -> list[Result]:
        """Run the task on every share; a Saved says how many, or `parts`. Its gradients stay in the memory."""
        saved = next((batch for batch in batches if isinstance(batch, Saved)), None)
        if saved is None:
            cuts = shares(len(batches[0]), parts or get_threads()) or [(0, 0)]
        else:
            cuts = list(pairwise(accumulate((len(part.x) for part in saved.parts), initial=0)))
        if len(cuts) == 1:
            return [task(self.network, *(batch.parts[0] if isinstance(batch, Saved) else batch for batch in batches))]
        calls = []
        for index, (twin, (start, stop)) in enumerate(zip(self._twins(len(cuts)), cuts, strict=True)):
            mine = [batch.parts[index] if isinstance(batch, Saved) else batch[start:stop] for batch in batches]
            calls.append(partial(task, twin, *mine))
        with ExitStack() as stack:
            for _, layer in self.leaves():
                if isinstance(layer, FastConvolution):
                    stack.enter_context(layer.method.steady(layer.params["W"]))
            return together(calls)

    def _parts(self, x: Array) -> int:
        """How many shares a batch is worth."""
        if get_threads() == 1:
            return 1
        if x.shape[1:] not in self._products:
            _, saved = self.network.forward(x[:0])  # of no sample: it costs next to nothing and tells the sizes
            self._products[x.shape[1:]] = products(self.network, saved)
        return worth(len(x) * self._products[x.shape[1:]])

    def _own_gradients(self) -> Gradients:
        return [leaf.grads for _, leaf in self.leaves()]

    def _twins(self, count: int) -> list[Layer]:
        """One network a share, each with gradients of its own; the first is the network itself."""
        ours = self._own_gradients()
        if self._memory and _kinds(self._memory[0]) != _kinds(ours):  # it was given other arrays, of another dtype say
            self._memory = []
        while len(self._memory) < count - 1:
            self._memory.append([{key: np.zeros_like(dw) for key, dw in grads.items()} for grads in ours])
        return [self.network, *(with_gradients(self.network, iter(part)) for part in self._memory[: count - 1])]

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Run x through the network; `saved.parts` holds what each share left."""
        results = self._run(lambda twin, x: twin.forward(x), x, parts=self._parts(x))
        y = results[0][0] if len(results) == 1 else np.concatenate([y for y, _ in results])
        return y, Saved(x, y, tuple(saved for _, saved in results))

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        """Add dW to the network's gradients unless it is frozen; dx."""
        run = self.each if self.trainable else self._run
        parts = run(lambda twin, dy, part: twin.backward(dy, part, need_dx=need_dx), dy, saved)
        if not need_dx or len(parts) == 1:
            return parts[0]
        return np.concatenate([dx for dx in parts if dx is not None])


def _kinds(gradients: Gradients) -> list[tuple[str, tuple[int, ...], np.dtype]]:
    return [(key, dw.shape, dw.dtype) for grads in gradients for key, dw in grads.items()]


@each.register
def _(network: Split, task: Callable[..., Result], *batches: Any) -> list[Result]:
    return network.each(task, *batches)
