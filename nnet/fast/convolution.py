"""The two ways in which a fast layer computes its convolution, one object a layer.

`Im2col` is the ground floor's (nnet/conv.py), in chunks that stay in the cache; it takes every shape. `Winograd` has
two kernels, each for the shapes that it is made for, and leaves the others to im2col.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple

import numpy as np

from nnet.fast.kernels import im2col, one_channel, winograd
from nnet.layer import Array


class Im2col:
    """The convolution of one layer, chunk by chunk: see `nnet.fast.kernels.im2col` for the three functions."""

    def steady(self, W: Array) -> AbstractContextManager[None]:
        """Within this block, W stays as it is: that is a promise of the caller."""
        return nullcontext()

    def forward(self, x: Array, W: Array, stride: int, padding: int) -> Array:
        """y = A x."""
        return im2col.forward(x, W, stride, padding)

    def input_gradient(self, dy: Array, W: Array, stride: int, padding: int, size: tuple[int, ...]) -> Array:
        """dx = A^T dy, of the size (H, W)."""
        return im2col.input_gradient(dy, W, stride, padding, size)

    def weight_gradient(self, x: Array, dy: Array, kernel: int, stride: int, padding: int) -> Array:
        """dW."""
        return im2col.weight_gradient(x, dy, kernel, stride, padding)


class Transformed(NamedTuple):
    """A weight W, copied, with what `winograd.transform_weights` made of it."""

    W: Array
    U: Array
    UT: Array


class Winograd(Im2col):
    """The fast convolution of one layer. Transformed weights are kept and used again while W is the same.

    "The same" is found by comparing all of W, in a fraction of the time of transforming it. So nobody who changes W, an
    optimizer, a file that is loaded, a test, has to tell.
    """

    def __init__(self) -> None:
        self._kept: Transformed | None = None
        self._steady: Array | None = None  # a W that somebody has promised not to change for now

    @contextmanager
    def steady(self, W: Array) -> Iterator[None]:
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
        """y = A x."""
        geometry = W.shape, stride, padding, x.shape[1:3]
        if winograd.applies(*geometry):
            return winograd.forward(x, self.transformed(W).U)
        if one_channel.applies(*geometry):
            return one_channel.forward(x, W)
        return super().forward(x, W, stride, padding)

    def input_gradient(self, dy: Array, W: Array, stride: int, padding: int, size: tuple[int, ...]) -> Array:
        """dx = A^T dy, of the size (H, W)."""
        if winograd.applies(W.shape, stride, padding, size):
            return winograd.input_gradient(dy, self.transformed(W).UT)
        if one_channel.applies(W.shape, stride, padding, size):
            return one_channel.input_gradient(dy, W)
        return super().input_gradient(dy, W, stride, padding, size)

    def weight_gradient(self, x: Array, dy: Array, kernel: int, stride: int, padding: int) -> Array:
        """dW."""
        geometry = (kernel, kernel, x.shape[3], dy.shape[3]), stride, padding, x.shape[1:3]
        if winograd.applies(*geometry):
            return winograd.weight_gradient(x, dy)
        if one_channel.applies(*geometry):
            return one_channel.weight_gradient(x, dy)
        return super().weight_gradient(x, dy, kernel, stride, padding)
