"""The strided convolution and its transpose.

A convolution applies the same small filter to every patch of an image. Write each patch
as a row of kernel*kernel*C numbers ("image to columns", im2col: docs/im2col.svg) and
each filter as a column of a matrix. The convolution is then a matrix product:

    cols[(n, i, j), (p, q, c)] = x[n, i*stride + p - padding, j*stride + q - padding, c]
    y = cols @ W          (N*I*J, kernel*kernel*C) @ (kernel*kernel*C, K)

i < I and j < J count the patches of an image down and across; p and q count the pixels
of a patch. Outside the image, x is 0. The map is linear in x and in W. Write it as
y = M x, where M is a large, mostly zero matrix made from W. Both gradients are then
products with a transposed matrix. For dx, the gradient of every patch is added where
the patch was copied from. Patches take much memory, so the backward pass computes them
again.

    dW = cols^T @ dy
    dcols = dy @ W^T,     dx[place of the patch] += dcols

The transposed convolution multiplies by M^T, so it maps the small image to the large
one, and its forward pass is the convolution's backward pass. In the notation of
`Affine`, A is M for Conv2D and M^T for ConvTranspose2D:

                     A x                   A^T dz                 dW
    Conv2D           M x, convolve         M^T dz, convolve_back  filter_gradient(x, dz)
    ConvTranspose2D  M^T x, convolve_back  M dz, convolve         filter_gradient(dz, x)

Both layers store W as (kernel, kernel, channels of the large image, channels of the
small image). The filter is not flipped, so this is a cross-correlation.
Source: Chellapilla, Puri and Simard 2006, "High performance convolutional neural
networks", section 2.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nnet.activations import Activation
from nnet.dense import Affine
from nnet.initializers import he_normal
from nnet.layer import Array


def patches(x: Array, kernel: int, stride: int, padding: int) -> Array:
    """Return all patches of x (N, H, W, C), as (N, I, J, kernel, kernel, C).

    I is floor((H + 2 padding - kernel) / stride) + 1, and likewise J for W.
    """
    border = (padding, padding)
    padded = np.pad(x, ((0, 0), border, border, (0, 0)))
    windows = sliding_window_view(padded, (kernel, kernel), (1, 2))
    windows = windows[:, ::stride, ::stride]  # (N, I, J, C, kernel, kernel)
    return np.moveaxis(windows, 3, 5)


def convolve(x: Array, W: Array, stride: int, padding: int) -> Array:
    """Return y = M x (N, I, J, K), for x (N, H, W, C) and W (kernel, kernel, C, K)."""
    cols = patches(x, len(W), stride, padding)  # (N, I, J, kernel, kernel, C)
    return np.tensordot(cols, W, 3)  # summed over p, q and c


def convolve_back(
    dy: Array, W: Array, stride: int, padding: int, size: tuple[int, ...]
) -> Array:
    """Return dx = M^T dy (N, H, W, C), for dy (N, I, J, K), W (kernel, kernel, C, K).

    `size` is (H, W). It must be given because several sizes lead to the same (I, J).
    """
    N, I, J, _ = dy.shape
    height, width = size
    kernel, _, C, _ = W.shape
    dcols = np.tensordot(dy, W, (3, 3))  # summed over k: (N, I, J, kernel, kernel, C)
    dx = np.zeros((N, height + 2 * padding, width + 2 * padding, C), dy.dtype)
    for p, q in np.ndindex(kernel, kernel):
        # Add pixel (p, q) of all patches at once: they go to different pixels of dx.
        rows = slice(p, p + stride * I, stride)
        columns = slice(q, q + stride * J, stride)
        dx[:, rows, columns] += dcols[:, :, :, p, q]
    return dx[:, padding : padding + height, padding : padding + width]


def filter_gradient(
    x: Array, dy: Array, kernel: int, stride: int, padding: int
) -> Array:
    """Return dW (kernel, kernel, C, K), for x (N, H, W, C) and dy (N, I, J, K).

    It is the sum of patch times dy over all patches of all images.
    """
    cols = patches(x, kernel, stride, padding)  # (N, I, J, kernel, kernel, C)
    return np.tensordot(cols, dy, ((0, 1, 2), (0, 1, 2)))  # summed over n, i and j


class Convolution(Affine):
    """The base class of Conv2D and ConvTranspose2D, with the stride and the padding.

    Fast layers replace the three functions by compiled ones (nnet/fast/accelerate.py).
    """

    convolve: Callable[..., Array] = staticmethod(convolve)
    convolve_back: Callable[..., Array] = staticmethod(convolve_back)
    filter_gradient: Callable[..., Array] = staticmethod(filter_gradient)

    def __init__(
        self,
        W: Array,
        outputs: int,
        activation: Activation | None,
        stride: int,
        padding: int,
    ) -> None:
        super().__init__(W, outputs, activation)
        self.kernel = len(W)
        self.stride = stride
        self.padding = padding

    def check(self, x: Array, channels: int, smallest: int) -> None:
        """Raise ValueError unless x is (N, H, W, channels) with H, W >= smallest."""
        if x.ndim != 4 or x.shape[3] != channels or min(x.shape[1:3]) < smallest:
            raise ValueError(
                f"{type(self).__name__}: expected images (N, H, W, {channels}) "
                f"of at least {smallest} pixels a side, received {x.shape}"
            )


class Conv2D(Convolution):
    """A convolution, y = f(M x + b), with one filter for each output channel.

    x is (N, H, W, C) and y is (N, I, J, K), with I and J as in `patches`; kernel 4,
    stride 2 and padding 1 halve an even size. W is (kernel, kernel, C, K), b is (K,).
    `rng` draws W (He initialization with fan_in = kernel^2 C). `forward` raises
    ValueError for another number of channels, or if the padded image is smaller than
    the filter.

    `nnet.fast.accelerate.accelerate` makes this layer faster.
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
        fan_in = kernel * kernel * inputs
        W = he_normal((kernel, kernel, inputs, outputs), fan_in, rng, activation)
        super().__init__(W, outputs, activation, stride, padding)

    def linear(self, x: Array) -> Array:
        W = self.params["W"]
        self.check(x, W.shape[2], self.kernel - 2 * self.padding)
        return self.convolve(x, W, self.stride, self.padding)

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        W = self.params["W"]
        return self.convolve_back(dz, W, self.stride, self.padding, x_shape[1:3])

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        return self.filter_gradient(x, dz, self.kernel, self.stride, self.padding)


class ConvTranspose2D(Convolution):
    """A transposed convolution, y = f(M^T x + b), which enlarges the image.

    Every pixel of x adds weighted filters to y. x is (N, H, W, C), and y has (H - 1)
    stride + kernel - 2 padding rows and K channels; kernel 4, stride 2 and padding 1
    double the size. W is (kernel, kernel, K, C), the weight of the convolution that
    this layer transposes; b is (K,). `rng` draws W (He initialization with fan_in =
    kernel^2 C / stride^2, the number of products in an output pixel). `forward` raises
    ValueError for another number of channels.

    Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep
    learning", section 4.
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

    def output_side(self, side: int) -> int:
        return (side - 1) * self.stride + self.kernel - 2 * self.padding

    def linear(self, x: Array) -> Array:
        W = self.params["W"]
        self.check(x, W.shape[3], 1)
        size = (self.output_side(x.shape[1]), self.output_side(x.shape[2]))
        return self.convolve_back(x, W, self.stride, self.padding, size)

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        return self.convolve(dz, self.params["W"], self.stride, self.padding)

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        return self.filter_gradient(dz, x, self.kernel, self.stride, self.padding)
