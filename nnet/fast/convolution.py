"""Put the fast convolution in the place of the readable one.

The layers stay what they are: only the `method` of every convolution changes. There are two fast kernels, each for the
shapes that it is made for, and the others are left to im2col. So `use_method` may be given any network.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from nnet.conv import IM2COL, Convolution, Method
from nnet.fast.kernels import im2col, one_channel, winograd
from nnet.layer import Array, Layer


class Transformed(NamedTuple):
    """A weight W, copied, with what `winograd.transform_weights` made of it."""

    W: Array
    U: Array
    UT: Array


class Fast:
    """The fast convolution of one layer. Transformed weights are kept and used again while W is the same.

    "The same" is found by comparing all of W, in a fraction of the time of transforming it. So nobody who changes W, an
    optimizer, a file that is loaded, a test, has to tell.
    """

    def __init__(self) -> None:
        self._kept: Transformed | None = None
        self._steady: Array | None = None  # a W that somebody has promised not to change for now

    @contextmanager
    def prepared(self, W: Array) -> Iterator[None]:
        """Look at W once for all of the block.

        A weight that was transformed before belongs to a layer that needs it. It is transformed here if it has changed,
        by all threads together: once the threads have their shares, each would do it alone.
        """
        if self._kept is not None:
            self.transformed(W)
        self._steady = W
        try:
            yield
        finally:
            self._steady = None

    def transformed(self, W: Array) -> Transformed:
        """The transformed W, made now if there is none or W has changed."""
        kept = self._kept
        if kept is not None and (kept.W.dtype, kept.W.shape) != (W.dtype, W.shape):
            kept = None
        if kept is not None and (self._steady is W or np.array_equal(kept.W, W)):
            return kept
        self._kept = None  # what it holds is overwritten, and an error may come half way
        room = None if kept is None else (kept.U, kept.UT)
        self._kept = kept = Transformed(W.copy(), *winograd.transform_weights(W, room))
        return kept

    def forward(self, x: Array, W: Array, stride: int, padding: int) -> Array:
        """As `im2col.forward`."""
        geometry = W.shape, stride, padding, x.shape[1:3]
        if winograd.applies(*geometry):
            return winograd.forward(x, self.transformed(W).U)
        if one_channel.applies(*geometry):
            return one_channel.forward(x, W)
        return im2col.forward(x, W, stride, padding)

    def input_gradient(self, dy: Array, W: Array, stride: int, padding: int, size: tuple[int, int]) -> Array:
        """As `im2col.input_gradient`."""
        if winograd.applies(W.shape, stride, padding, size):
            return winograd.input_gradient(dy, self.transformed(W).UT)
        return im2col.input_gradient(dy, W, stride, padding, size)

    def weight_gradient(self, x: Array, dy: Array, kernel: int, stride: int, padding: int) -> Array:
        """As `im2col.weight_gradient`."""
        geometry = (kernel, kernel, x.shape[3], dy.shape[3]), stride, padding, x.shape[1:3]
        if winograd.applies(*geometry):
            return winograd.weight_gradient(x, dy)
        if one_channel.applies(*geometry):
            return one_channel.weight_gradient(x, dy)
        return im2col.weight_gradient(x, dy, kernel, stride, padding)


def fast_method() -> Method:
    """A fast convolution for one layer."""
    fast = Fast()
    return Method(fast.forward, fast.input_gradient, fast.weight_gradient, fast.prepared)


def use_method(network: Layer, name: str) -> None:
    """Compute every convolution of the network with the method of that name, "winograd" or "im2col"."""
    make = {"winograd": fast_method, "im2col": lambda: IM2COL}[name]
    for _, layer in network.leaves():
        if isinstance(layer, Convolution):
            layer.method = make()
