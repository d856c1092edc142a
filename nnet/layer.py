"""What a layer is.

A layer computes y from its input x and its weights W. Near one x and W the change of y is linear in theirs: write
J = dy/dx and J_W = dy/dW for the two Jacobians. Everything a network needs is one of three linear maps:

    pull        dx = J^T dy          how the loss changes with the layer's input
    accumulate  dW += J_W^T dy       how it changes with the weights; for y = x W, with samples as rows, x^T dy
    push        J u                  how y changes when x moves along u; only the gradient penalty needs it

`forward` RETURNS what going back needs (`saved`) instead of keeping it in the layer. So two forwards through one
network never overwrite each other, and a network can be used for drawing while it trains.

A GAN needs one thing more. When the generator learns, the gradient passes THROUGH the discriminator, whose weights
must stay: it is frozen. A frozen layer's `backward` still pulls; it does not accumulate, and no optimizer moves it:

    with discriminator.frozen():
        dfake = discriminator.backward(dlogits, saved)

Letters for shapes: N images in a batch, H height, W width, C channels in, K channels out; images are (N, H, W, C).
A weight and its gradient share a key: params["W"] is W, grads["W"] is dW.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Result = TypeVar("Result")


class Saved(NamedTuple):
    """What a forward leaves for the way back: the layer's input and output; of a chain those of its parts, too."""

    x: Array
    y: Array
    parts: tuple[Saved, ...] = ()


class Layer:
    """The contract. A layer without weights overrides `forward`, `pull` and `push`.

    Attributes
    ----------
    params, grads : dict of str to array
        Same keys, same shapes. Empty if the layer has no weights. Gradients add up until `zero_grads`.
    trainable : bool
        False while frozen. Of a leaf: a chain has no weights, and its own switch is not used, see `leaves`.
    piecewise_linear : bool
        Whether the layer is linear around almost every x, so that its second derivative is zero. The gradient
        penalty is only right for such layers.
    """

    piecewise_linear = True

    def __init__(self) -> None:
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}
        self.trainable = True

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Return y and what going back needs."""
        raise NotImplementedError

    def pull(self, dy: Array, saved: Saved) -> Array:
        """dx = J^T dy. Weights and their gradients are left alone."""
        raise NotImplementedError

    def push(self, u: Array, saved: Saved) -> Array:
        """J u: the same weights and masks as in `forward`, no bias."""
        raise NotImplementedError

    def accumulate(self, dy: Array, saved: Saved, x: Array | None = None, bias_weight: Array | None = None) -> None:
        """Add the weight gradient for dy to `grads`, frozen or not: it is `backward` that asks.

        The two options are for the gradient penalty.

        Parameters
        ----------
        dy : array
            Gradient by the layer's output, same shape as saved.y.
        x : array, optional
            Use this in place of the saved input. The weight gradient is linear in it.
        bias_weight : (N,) array, optional
            The bias has the constant 1 for its input; this replaces it, one number a sample.
        """

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        """Accumulate unless frozen, then pull. `need_dx=False` saves the pull and returns None."""
        if self.trainable:
            self.accumulate(dy, saved)
        return self.pull(dy, saved) if need_dx else None

    def prepared(self) -> AbstractContextManager[None]:
        """The caller promises that the weights stay as they are within this block.

        What depends on them alone can then be computed once. Leaving the block out changes no result.
        """
        return nullcontext()

    def each(self, task: Callable[..., Result], *batches: Any) -> list[Result]:
        """[task(self, *batches)]; a network that is split over threads runs it for every share of the batches."""
        return [task(self, *batches)]

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        """The layers inside, each with the start of its weights' names; a plain layer is its own only leaf."""
        yield "", self

    def parameters(self) -> dict[str, Array]:
        """All weights by name, such as "3.W". The arrays themselves, not copies."""
        return {prefix + key: w for prefix, layer in self.leaves() for key, w in layer.params.items()}

    def gradients(self) -> dict[str, Array]:
        """All gradients, by the names of `parameters`."""
        return {prefix + key: dw for prefix, layer in self.leaves() for key, dw in layer.grads.items()}

    def zero_grads(self) -> None:
        """Set every gradient to zero."""
        for _, layer in self.leaves():
            for dw in layer.grads.values():
                dw[...] = 0

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Within this block gradients pass: `backward` accumulates none, no optimizer moves the weights."""
        before = [(layer, layer.trainable) for _, layer in self.leaves()]
        for layer, _ in before:
            layer.trainable = False
        try:
            yield
        finally:
            for layer, trainable in before:
                layer.trainable = trainable
