"""The base class of all layers.

A layer computes y from its input x and its weights W. Training minimizes one number,
the loss. In the backward pass a layer receives dy, short for d loss / d y, returns dx =
d loss / d x, and adds dW = d loss / d W to its gradients. If J is the Jacobian, the
matrix of all derivatives of y with respect to x, then dx = J^T dy, and likewise for W.

`forward` RETURNS what the backward pass needs (`saved`) instead of storing it in the
layer. So two forward passes never overwrite each other's values, and a network can draw
while it trains.

A frozen layer returns dx but adds no dW, and optimizers do not move it. So a gradient
can pass THROUGH a network that must not change, as in gan/plain/training.py.

In shapes, N is the number of images in a batch, H the height, W the width, C the number
of channels in and K the number of channels out. Images are (N, H, W, C). Outside of
shapes, W is the weight. A weight and its gradient share a key: params["W"] is W and
grads["W"] is dW.

Weights are float32. Float32 input makes float32 output; float64 input makes float64
output, on which nnet/gradcheck.py checks derivatives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class Saved(NamedTuple):
    """The values that `forward` saves for `backward`: the layer's input and output.

    In a chain, `parts` has the Saved of each layer; otherwise it is empty.
    """

    x: Array
    y: Array
    parts: tuple[Saved, ...] = ()


class Layer:
    """The interface of a layer.

    A subclass implements `forward` and `backward`. A subclass with weights puts them
    into `params`, puts zeros with the same keys and shapes into `grads`, and adds to
    `grads` only `if self.trainable`. `nnet.dense.Affine` does this for layers of the
    form y = f(A x + b). `nnet.sequential.Sequential` yields its layers from `leaves`.

    Attributes
    ----------
    params, grads : dict of str to array
        Empty if the layer has no weights. Gradients accumulate until `zero_grads` is
        called.
    trainable : bool
        False while the layer is frozen.
    """

    trainable: bool = True

    def __init__(self) -> None:
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Return y and the values that the backward pass needs."""
        raise NotImplementedError

    @overload
    def backward(
        self, dy: Array, saved: Saved, *, need_dx: Literal[True] = True
    ) -> Array: ...
    @overload
    def backward(self, dy: Array, saved: Saved, *, need_dx: bool) -> Array | None: ...
    def backward(
        self, dy: Array, saved: Saved, *, need_dx: bool = True
    ) -> Array | None:
        """Add dW to `grads` unless the layer is frozen, and return dx.

        Without `need_dx`, skip dx and return None.
        """
        raise NotImplementedError

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        """Yield (prefix, layer) for every layer of a chain, or for this single layer.

        The names of a layer's weights begin with its prefix, such as "3." in a chain.
        """
        yield "", self

    def distinct_leaves(self) -> Iterable[tuple[str, Layer]]:
        """Return `leaves`, without repetitions of a layer that a chain has twice."""
        first: dict[int, tuple[str, Layer]] = {}
        for prefix, layer in self.leaves():
            # A layer is identified by `params`, which its fast version shares.
            first.setdefault(id(layer.params), (prefix, layer))
        return first.values()

    def parameters(self) -> dict[str, Array]:
        """Return the weight arrays themselves, not copies, by names such as "3.W"."""
        return {
            prefix + key: w
            for prefix, layer in self.distinct_leaves()
            for key, w in layer.params.items()
        }

    def gradients(self) -> dict[str, Array]:
        """Return all gradients, named as in `parameters`."""
        return {
            prefix + key: dw
            for prefix, layer in self.distinct_leaves()
            for key, dw in layer.grads.items()
        }

    def zero_grads(self) -> None:
        for dw in self.gradients().values():
            dw[...] = 0

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze the layer, or every layer of a chain, within the block."""
        before = [(layer, layer.trainable) for _, layer in self.leaves()]
        for layer, _ in before:
            layer.trainable = False
        try:
            yield
        finally:
            for layer, trainable in before:
                layer.trainable = trainable
