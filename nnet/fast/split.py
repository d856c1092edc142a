"""A network whose batch is divided over threads.

Samples do not meet inside a network, so each thread can take its share of a batch through all the layers by itself,
forward and back. The threads meet only at the end, to put the outputs side by side and to add up the weight gradients,
which are sums over samples. That is five to seven meetings an update, whatever the number of layers.

The threads share one set of weights. Each has gradients of its own to add to, in a copy of the network that is
otherwise the same network: a twin.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from nnet.fast.kernels.elementwise import move
from nnet.fast.kernels.parallel import Result, get_threads, shares, together
from nnet.layer import Array, Layer, Saved
from nnet.sequential import Sequential


def with_own_gradients(network: Layer) -> Layer:
    """The same network, weights included, but for its gradients, which are its own and zero."""
    if isinstance(network, Split):
        return Split(with_own_gradients(network.network))
    twin = copy.copy(network)
    if isinstance(network, Sequential):
        twin.layers = tuple(with_own_gradients(layer) for layer in network.layers)  # type: ignore[attr-defined]
    elif any(leaf is not network for _, leaf in network.leaves()):
        raise TypeError(f"Split: expected a Sequential or a plain layer, received {type(network).__name__}")
    twin.grads = {key: np.zeros_like(dw) for key, dw in network.grads.items()}
    return twin


class Split(Layer):
    """Does what its network does, on `kernels.parallel.get_threads()` threads.

    Parameters
    ----------
    network : Layer
        Its weights, gradients and names are those of the whole.

    Sums over samples are taken in shares, and products have other shapes, so results differ in the last bits from the
    network's own. They are the same bit for bit for the same number of threads. If a share fails, the network's own
    gradients may hold what others had added.
    """

    def __init__(self, network: Layer) -> None:
        super().__init__()
        self.network = network
        self.piecewise_linear = network.piecewise_linear
        self._twins = [network]  # one a thread; the first is the network itself

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        """Those of the network."""
        return self.network.leaves()

    def prepared(self) -> AbstractContextManager[None]:
        """The network's."""
        return self.network.prepared()

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
            for twin in self._twins[1 : len(results)]:  # in order: the same bits every time
                move([(leaf.grads[key], dw) for own, leaf in self._pairs(twin) for key, dw in own.grads.items()])
        except BaseException:
            self._twins = [self.network]  # what they have added so far must not be found by the next
            raise
        return results

    def _run(self, task: Callable[..., Result], *batches: Any) -> list[Result]:
        """Run the task on every share. What it adds to gradients stays with the twins."""
        saved = next((batch for batch in batches if isinstance(batch, Saved)), None)
        if saved is None:
            cuts = shares(len(batches[0]), get_threads()) or [(0, 0)]
        else:
            cuts = list(pairwise(accumulate((len(part.x) for part in saved.parts), initial=0)))
        self._make_twins(len(cuts))
        calls = []
        for index, (twin, (start, stop)) in enumerate(zip(self._twins, cuts, strict=False)):
            mine = [batch.parts[index] if isinstance(batch, Saved) else batch[start:stop] for batch in batches]
            calls.append(partial(task, twin, *mine))
        with self.prepared():
            return together(calls)

    def _make_twins(self, count: int) -> None:
        """See that there are as many as that, each as the network is now: frozen or not, and with its weights."""
        pairs = [(own, leaf) for twin in self._twins for own, leaf in self._pairs(twin)]
        if any(own.params is not leaf.params for own, leaf in pairs):  # it was given other arrays, of another dtype say
            self._twins = [self.network]
        while len(self._twins) < count:
            self._twins.append(with_own_gradients(self.network))
        for twin in self._twins[1:]:
            for own, leaf in self._pairs(twin):
                vars(own).update({**vars(leaf), "grads": own.grads})  # all that is the layer's but its gradients

    def _pairs(self, twin: Layer) -> Iterator[tuple[Layer, Layer]]:
        """The layers of a twin beside ours."""
        return ((own, leaf) for (_, own), (_, leaf) in zip(twin.leaves(), self.network.leaves(), strict=True))

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Run x through the network; `saved.parts` holds what each share left."""
        results = self._run(lambda twin, x: twin.forward(x), x)
        y = np.concatenate([y for y, _ in results])
        return y, Saved(x, y, tuple(saved for _, saved in results))

    def pull(self, dy: Array, saved: Saved) -> Array:
        """dx = J^T dy."""
        return np.concatenate(self._run(lambda twin, dy, part: twin.pull(dy, part), dy, saved))

    def push(self, u: Array, saved: Saved) -> Array:
        """J u."""
        return np.concatenate(self._run(lambda twin, u, part: twin.push(u, part), u, saved))

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        """Accumulate unless frozen, then pull."""
        run = self.each if any(leaf.trainable for _, leaf in self.leaves()) else self._run
        parts = run(lambda twin, dy, part: twin.backward(dy, part, need_dx=need_dx), dy, saved)
        return np.concatenate([dx for dx in parts if dx is not None]) if need_dx else None

    def accumulate(self, dy: Array, saved: Saved, x: Array | None = None, bias_weight: Array | None = None) -> None:
        """Add the weight gradient for dy, frozen or not; as in a Sequential, x and bias_weight are refused."""
        if x is not None or bias_weight is not None:
            raise ValueError("Split.accumulate: expected no x and no bias_weight; call it layer by layer")
        self.each(lambda twin, dy, part: twin.accumulate(dy, part), dy, saved)
