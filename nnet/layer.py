"""What a layer is.

A layer computes y from its input x and its weights W. The loss is one number that training makes small. Going back, a
layer is told dy, short for d loss / d y, and gives dx, d loss / d x; on the way it adds dW, d loss / d W, to its
gradients. With J the table of all derivatives of y by x, the Jacobian, dx = J^T dy, and likewise for W.

`forward` RETURNS what going back needs (`saved`) instead of keeping it in the layer. So two forwards through one
network never overwrite each other, and a network can be used for drawing while it trains.

A GAN needs one thing more. When the generator learns, the gradient passes THROUGH the discriminator, whose weights
must stay: it is frozen. A frozen layer still gives dx; it adds up no dW, and no optimizer moves it:

    with discriminator.frozen():
        dfake = discriminator.backward(dlogits, saved)

Letters for shapes: N images in a batch, H height, W width, C channels in, K channels out; images are (N, H, W, C).
Outside of a shape W is the weight. A weight and its gradient share a key: params["W"] is W, grads["W"] is dW.

Is a derivative right? Ask for the numbers of one layer, in ten lines of `python`:

    import nnet  # before NumPy: see nnet/threads.py
    import numpy as np
    from nnet.activations import LeakyReLU
    from nnet.dense import Dense
    from nnet.gradcheck import check_layer, in_float64

    rng = np.random.default_rng(0)
    layer = in_float64(Dense(5, 3, rng, LeakyReLU()))
    for check in check_layer(layer, rng.standard_normal((4, 5)), rng):
        print(check.name, check.analytic, check.numeric)  # by the derivative, and measured: equal to nine digits
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class Saved(NamedTuple):
    """What a forward leaves for the way back: the layer's input and output; of a chain those of its parts, too."""

    x: Array
    y: Array
    parts: tuple[Saved, ...] = ()


class Layer:
    """The contract.

    A layer must provide `forward` and `backward`. One with weights also puts them into `params` and zeros of the same
    keys and shapes into `grads`, and adds to `grads` only `if self.trainable`. One that is made of layers gives its
    `leaves`, and its `trainable` is theirs. The rest is here. `nnet.dense.Affine` does all this for every layer of the
    form y = f(A x + b).

    Attributes
    ----------
    params, grads : dict of str to array
        Same keys, same shapes. Empty if the layer has no weights. Gradients add up until `zero_grads`.
    trainable : bool
        False while frozen.
    """

    trainable: bool = True

    def __init__(self) -> None:
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Return y and what going back needs."""
        raise NotImplementedError

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        """Add dW to `grads` unless frozen, and return dx; None where nobody needs it, which saves its cost."""
        raise NotImplementedError

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
        """Within this block gradients pass and weights stay: `backward` adds up no dW, no optimizer moves a weight."""
        before = [(layer, layer.trainable) for _, layer in self.leaves()]
        for layer, _ in before:
            layer.trainable = False
        try:
            yield
        finally:
            for layer, trainable in before:
                layer.trainable = trainable
