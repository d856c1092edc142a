"""The strided convolution and its transpose.

They are one operator and its mirror image. A convolution A takes (N, H, W, C) to (N, I, J, K); the transposed
convolution IS A^T, from the small map to the large one, so its forward is the other's pull:

                        linear              transposed           weight gradient
    Conv2D              A x                 A^T dz               weight_gradient(x, dz)
    ConvTranspose2D     A^T x               A dz                 weight_gradient(dz, x)

The filter is not flipped: strictly it is a cross-correlation, as everywhere in neural nets.

How A is computed is a kernel's business. A new layer has the one to read, `nnet.fast.kernels.im2col`, for its `method`;
`nnet.fast` puts a faster one in its place, and nothing else in the layer changes.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import numpy as np

from nnet.activations import Activation
from nnet.dense import Affine
from nnet.fast.kernels import im2col
from nnet.initializers import he_normal
from nnet.layer import Array


class Method(NamedTuple):
    """Three functions that compute the convolution (see `nnet.fast.kernels.im2col`), and a block in which W stays."""

    forward: Callable[..., Array]
    input_gradient: Callable[..., Array]
    weight_gradient: Callable[..., Array]
    prepared: Callable[[Array], AbstractContextManager[None]] = lambda W: nullcontext()  # within it, W stays


IM2COL = Method(im2col.forward, im2col.input_gradient, im2col.weight_gradient)


class Convolution(Affine):
    """What both have besides a weight: stride, padding, and the method."""

    def __init__(self, W: Array, outputs: int, activation: Activation | None, stride: int, padding: int) -> None:
        super().__init__(W, outputs, activation)
        self.stride, self.padding, self.method = stride, padding, IM2COL

    def prepared(self) -> AbstractContextManager[None]:
        """The method's."""
        return self.method.prepared(self.params["W"])


class Conv2D(Convolution):
    """y = f(A x + b): one filter for every output channel, laid over every patch of the image.

    Parameters
    ----------
    inputs, outputs : int
        C and K. W is (kernel, kernel, C, K), b is (K,).
    rng : np.random.Generator
        Draws W (He initialization with fan_in = kernel^2 C).
    activation : Activation, optional
    kernel, stride, padding : int
        The output is I = floor((H + 2 padding - kernel) / stride) + 1 high; 4, 2, 1 halve an even image.

    The input is (N, H, W, C); another number of channels, or an image smaller than the filter, is a ValueError.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rng: np.random.Generator,
        activation: Activation | None = None,
        *,
        kernel: int = 4,
        stride: int = 2,
        padding: int = 1,
    ) -> None:
        W = he_normal((kernel, kernel, inputs, outputs), kernel * kernel * inputs, rng, activation)
        super().__init__(W, outputs, activation, stride, padding)

    def linear(self, x: Array) -> Array:
        """A x."""
        W = self.params["W"]
        smallest = len(W) - 2 * self.padding
        if x.ndim != 4 or x.shape[3] != W.shape[2] or min(x.shape[1:3]) < smallest:
            wanted = f"images (N, H, W, {W.shape[2]}) of at least {smallest} pixels a side"
            raise ValueError(f"Conv2D: expected {wanted}, received {x.shape}")
        return self.method.forward(x, W, self.stride, self.padding)

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        """A^T dz, in the size of x."""
        return self.method.input_gradient(dz, self.params["W"], self.stride, self.padding, (x_shape[1], x_shape[2]))

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        """dW[p, q, c, k]: the sum of x[n, i*stride + p - padding, j*stride + q - padding, c] dz[n, i, j, k]."""
        return self.method.weight_gradient(x, dz, len(self.params["W"]), self.stride, self.padding)


class ConvTranspose2D(Convolution):
    """y = f(A^T x + b): every pixel of x lays a weighted copy of a filter down on a larger image, and copies add up.

    Parameters
    ----------
    inputs, outputs : int
        C and K. W is (kernel, kernel, K, C), the weight of the convolution that this is the transpose of; b is (K,).
    rng : np.random.Generator
        Draws W (He initialization with fan_in = kernel^2 C / stride^2: so many products make an output pixel).
    activation : Activation, optional
    kernel, stride, padding : int
        The output is (H - 1) stride + kernel - 2 padding high; 4, 2, 1 double an image.

    The input is (N, H, W, C); another number of channels is a ValueError.
    Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", section 4.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rng: np.random.Generator,
        activation: Activation | None = None,
        *,
        kernel: int = 4,
        stride: int = 2,
        padding: int = 1,
    ) -> None:
        fan_in = max(1, kernel * kernel * inputs // stride**2)
        W = he_normal((kernel, kernel, outputs, inputs), fan_in, rng, activation)
        super().__init__(W, outputs, activation, stride, padding)

    def linear(self, x: Array) -> Array:
        """A^T x."""
        W = self.params["W"]
        if x.ndim != 4 or x.shape[3] != W.shape[3]:
            raise ValueError(f"ConvTranspose2D: expected images (N, H, W, {W.shape[3]}), received {x.shape}")
        height, width = ((size - 1) * self.stride + len(W) - 2 * self.padding for size in x.shape[1:3])
        return self.method.input_gradient(x, W, self.stride, self.padding, (height, width))

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        """A dz: the convolution itself."""
        return self.method.forward(dz, self.params["W"], self.stride, self.padding)

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        """The convolution's weight gradient with the roles of input and output exchanged."""
        return self.method.weight_gradient(dz, x, len(self.params["W"]), self.stride, self.padding)
