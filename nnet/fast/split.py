"""Define a network that divides its batch over threads.

Samples are independent inside a network, so each thread runs its share of a batch through all layers, forward or
backward. The threads synchronize only at the end, to join the outputs and to add up the weight gradients, which are
sums over samples. This happens five to seven times per training update, for any number of layers. A small batch is not
divided. This decision depends only on the number of threads and the sizes of network and batch, so a resumed run gives
the same results.

The threads share one set of weights. Each thread has its own gradients, in a shallow copy of the network (a twin).
Twins are made for every call, so they always reflect the network's current state.
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
from nnet.fast.kernels.thread_pool import Result, get_threads, shares, together, useful_threads
from nnet.fast.layers import FastConvolution
from nnet.jvp import for_each_share
from nnet.layer import Array, Layer, Saved
from nnet.sequential import Container, Sequential

Gradients = list[dict[str, Array]]  # the gradients of each leaf of a network, in order


def with_gradients(network: Layer, gradients: Iterator[dict[str, Array]]) -> Layer:
    """Return a copy of the network that shares its weights but has the given gradients."""
    twin = copy.copy(network)
    if isinstance(twin, Sequential):
        twin.layers = tuple(with_gradients(layer, gradients) for layer in twin.layers)
    else:
        twin.grads = next(gradients)
    return twin


def products(network: Layer, saved: Saved) -> int:
    """Return the number of multiplications for one sample, given the Saved of a forward pass over any batch.

    A dense layer uses each weight once per sample. A convolution uses each weight once for every pixel of the smaller
    of its input and output.
    """
    if isinstance(network, Sequential):
        return sum(products(layer, part) for layer, part in zip(network.layers, saved.parts, strict=True))
    places = min(math.prod(map_.shape[1:-1]) for map_ in (saved.x, saved.y))
    return places * network.params["W"].size if "W" in network.params else 0


class Split(Container):
    """A network of layers and Sequentials that runs on at most `kernels.thread_pool.get_threads()` threads.

    It has the weights and gradients of the given network, under the same names.

    The last bits of a result may differ from those of the undivided network, because sums over samples are added share
    by share and matrix products have different shapes. For the same number of threads, results are equal bit for bit.
    If a share fails, the gradients may contain contributions from other shares.
    """

    def __init__(self, network: Layer) -> None:
        super().__init__()
        self.network = network
        self._products: dict[tuple[int, ...], int] = {}  # multiplications for one sample, by its shape
        self._buffers: list[Gradients] = []  # gradients of all threads but the first; zero between calls

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        return self.network.leaves()

    def for_each_share(self, task: Callable[..., Result], *batches: Any) -> list[Result]:
        """Run task(twin, *shares) on a thread for every share of the batches, and return the results in order.

        The twin is a copy of the network. Gradients added to it are also added to the network. Batches are arrays,
        divided along their first axis, or a Saved returned by this object's `forward`, which fixes the division.
        """
        try:
            results = self._run(task, *batches)
            totals = self._own_gradients() if len(results) > 1 else []
            for buffers in self._buffers[: len(results) - 1]:  # in a fixed order, for the same bits every time
                pairs = zip(totals, buffers, strict=True)
                move([(total[key], dw) for total, part in pairs for key, dw in part.items()])
        except BaseException:
            self._buffers = []  # discard partial sums
            raise
        return results

    def _run(self, task: Callable[..., Result], *batches: Any, parts: int | None = None) -> list[Result]:
        """Run the task for every share, without adding the twins' gradients to the network's own.

        If the batches contain a Saved, use its number of shares. Otherwise use `parts` or, by default, one per thread.
        """
        saved = next((batch for batch in batches if isinstance(batch, Saved)), None)
        if saved is None:
            cuts = shares(len(batches[0]), parts or get_threads()) or [(0, 0)]
        else:
            cuts = list(pairwise(accumulate((len(part.x) for part in saved.parts), initial=0)))
        if len(cuts) == 1:
            return [task(self.network, *(batch.parts[0] if isinstance(batch, Saved) else batch for batch in batches))]
        calls = []
        for index, (twin, (start, stop)) in enumerate(zip(self._twins(len(cuts)), cuts, strict=True)):
            share = [batch.parts[index] if isinstance(batch, Saved) else batch[start:stop] for batch in batches]
            calls.append(partial(task, twin, *share))
        with ExitStack() as stack:
            for _, layer in self.leaves():
                if isinstance(layer, FastConvolution):
                    stack.enter_context(layer.method.steady(layer.params["W"]))
            return together(calls)

    def _parts(self, x: Array) -> int:
        """Return how many shares to divide a batch into."""
        if get_threads() == 1:
            return 1
        if x.shape[1:] not in self._products:
            _, saved = self.network.forward(x[:0])  # a pass without samples is cheap and shows the sizes
            self._products[x.shape[1:]] = products(self.network, saved)
        return useful_threads(len(x) * self._products[x.shape[1:]])

    def _own_gradients(self) -> Gradients:
        return [leaf.grads for _, leaf in self.leaves()]

    def _twins(self, count: int) -> list[Layer]:
        """Return one network for each share, each with its own gradients. The first is the network itself."""
        own = self._own_gradients()
        if self._buffers and _kinds(self._buffers[0]) != _kinds(own):  # the arrays were replaced, e.g. by float64
            self._buffers = []
        while len(self._buffers) < count - 1:
            self._buffers.append([{key: np.zeros_like(dw) for key, dw in grads.items()} for grads in own])
        return [self.network, *(with_gradients(self.network, iter(part)) for part in self._buffers[: count - 1])]

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Run x through the network. `saved.parts` holds the Saved of each share."""
        results = self._run(lambda twin, x: twin.forward(x), x, parts=self._parts(x))
        y = results[0][0] if len(results) == 1 else np.concatenate([y for y, _ in results])
        return y, Saved(x, y, tuple(saved for _, saved in results))

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Any:
        """Add dW to the network's gradients unless it is frozen, and return dx."""
        run = self.for_each_share if self.trainable else self._run
        parts = run(lambda twin, dy, part: twin.backward(dy, part, need_dx=need_dx), dy, saved)
        if not need_dx or len(parts) == 1:
            return parts[0]
        return np.concatenate([dx for dx in parts if dx is not None])


def _kinds(gradients: Gradients) -> list[tuple[str, tuple[int, ...], np.dtype]]:
    return [(key, dw.shape, dw.dtype) for grads in gradients for key, dw in grads.items()]


for_each_share.register(Split, Split.for_each_share)
