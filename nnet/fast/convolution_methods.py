"""Define the two methods by which fast layers compute convolutions.

`Im2col` is the method of nnet/conv.py, applied to chunks of the batch that fit in the
processor's cache. It supports every shape. `Winograd` has two kernels for particular
shapes and falls back on im2col for all others. Each layer has its own method object,
because `Winograd` keeps transforms of the layer's weight.
"""

from typing import NamedTuple

import numpy as np

from nnet.fast.kernels import im2col, one_channel, winograd
from nnet.layer import Array


class Im2col:
    """The im2col method: convolutions as matrix products, computed in chunks.

    `nnet.fast.kernels.im2col` documents its three functions.
    """

    forward = staticmethod(im2col.forward)
    input_gradient = staticmethod(im2col.input_gradient)
    weight_gradient = staticmethod(im2col.weight_gradient)


class Transformed(NamedTuple):
    """A weight W, copied, with the two results of `winograd.transform_weights`."""

    W: Array
    U: Array
    UT: Array


class Winograd(Im2col):
    """Winograd's method for one layer, with a cache of the transformed weight.

    The cache is valid while W equals the cached copy. Comparing all of W takes only a
    fraction of the time of the transform. So code that changes W (an optimizer, a
    loaded file, a test) does not have to invalidate the cache.
    """

    def __init__(self) -> None:
        self._cache: Transformed | None = None

    def transformed(self, W: Array) -> Transformed:
        """Return the transforms of W, from the cache unless W has changed."""
        out = None
        cached = self._cache
        if cached and cached.W.dtype == W.dtype and cached.W.shape == W.shape:
            if np.array_equal(cached.W, W):
                return cached
            out = (cached.U, cached.UT)
        U, UT = winograd.transform_weights(W, out)
        self._cache = Transformed(W.copy(), U, UT)
        return self._cache

    def forward(self, x: Array, W: Array, stride: int, padding: int) -> Array:
        geometry = W.shape, stride, padding, x.shape[1:3]
        if winograd.applies(*geometry):
            return winograd.forward(x, self.transformed(W).U)
        if one_channel.applies(*geometry):
            return one_channel.forward(x, W)
        return super().forward(x, W, stride, padding)

    def input_gradient(
        self, dy: Array, W: Array, stride: int, padding: int, size: tuple[int, ...]
    ) -> Array:
        if winograd.applies(W.shape, stride, padding, size):
            return winograd.input_gradient(dy, self.transformed(W).UT)
        if one_channel.applies(W.shape, stride, padding, size):
            return one_channel.input_gradient(dy, W)
        return super().input_gradient(dy, W, stride, padding, size)

    def weight_gradient(
        self, x: Array, dy: Array, kernel: int, stride: int, padding: int
    ) -> Array:
        weight = (kernel, kernel, x.shape[3], dy.shape[3])
        geometry = weight, stride, padding, x.shape[1:3]
        if winograd.applies(*geometry):
            return winograd.weight_gradient(x, dy)
        if one_channel.applies(*geometry):
            return one_channel.weight_gradient(x, dy)
        return super().weight_gradient(x, dy, kernel, stride, padding)
