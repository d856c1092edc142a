"""The strided convolution and its transpose.

A convolution applies the same small filter to every patch of an image. Write each patch
as a row of kernel*kernel*C numbers ("image to columns", im2col: docs/im2col.svg) and
each filter as a column of a matrix. The convolution is then a matrix product:

    cols[(n, i, j), (p, q, c)] = x[n, i*stride + p - padding, j*stride + q - padding, c]     (0 outside the image)
    y = cols @ W                       (N*I*J, kernel*kernel*C) @ (kernel*kernel*C, K)

i < I and j < J count the patches of an image down and across; p and q count the pixels
of a patch. The map is linear in x and in W. Write it as y = M x, where M is a large,
mostly zero matrix made from W. Both gradients are then products with a transposed
matrix. For dx, the gradient of every patch is added where the patch was copied from.
Patches take much memory, so the backward pass computes them again.

    dcols = dy @ W^T,  dx[place of the patch] += dcols           dW = cols^T @ dy

The transposed convolution multiplies by M^T, so it maps the small image to the large
one, and its forward pass is the convolution's backward pass. In the notation of
`Affine`, A is M for Conv2D and M^T for ConvTranspose2D:

                        linear, A x              transposed, A^T dz       weight gradient
    Conv2D              M x     convolve         M^T dz  convolve_back    filter_gradient(x, dz)
    ConvTranspose2D     M^T x   convolve_back    M dz    convolve         filter_gradient(dz, x)

Both layers store W as (kernel, kernel, channels of the large image, channels of the
small image). The filter is not flipped, so strictly speaking this is a
cross-correlation.
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
    """Return all patches of x, (N, I, J, kernel, kernel, C), I = floor((H + 2 padding -
    kernel) / stride) + 1.
    """
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    # (N, I, J, C, kernel, kernel)
    windows = sliding_window_view(x, (kernel, kernel), (1, 2))[:, ::stride, ::stride]
    return np.moveaxis(windows, 3, 5)


def convolve(x: Array, W: Array, stride: int, padding: int) -> Array:
    """Return y = M x, of shape (N, I, J, K), for x (N, H, W, C) and filters W (kernel,
    kernel, C, K).
    """
    # summed over p, q and c
    return np.tensordot(patches(x, len(W), stride, padding), W, 3)


def convolve_back(
    dy: Array, W: Array, stride: int, padding: int, size: tuple[int, ...]
) -> Array:
    """Return dx = M^T dy, of shape (N, H, W, C), for dy (N, I, J, K) and filters W
    (kernel, kernel, C, K).

    `size` is (H, W), because several sizes lead to the same (I, J).
    """
    (N, I, J, _), (height, width), kernel = dy.shape, size, len(W)
    dcols = np.tensordot(dy, W, (3, 3))  # summed over k: (N, I, J, kernel, kernel, C)
    dx = np.zeros((N, height + 2 * padding, width + 2 * padding, W.shape[2]), dy.dtype)
    for p in range(kernel):
        for q in range(kernel):
            # add pixel (p, q) of all patches at once: they go to different pixels of dx
            dx[:, p : p + stride * I : stride, q : q + stride * J : stride] += dcols[
                :, :, :, p, q
            ]
    return dx[:, padding : padding + height, padding : padding + width]


def filter_gradient(
    x: Array, dy: Array, kernel: int, stride: int, padding: int
) -> Array:
    """Return dW (kernel, kernel, C, K), the sum of patch times dy over all patches of
    all images.
    """
    # summed over n, i and j
    return np.tensordot(patches(x, kernel, stride, padding), dy, ((0, 1, 2), (0, 1, 2)))


class Convolution(Affine):
    """Base class of Conv2D and ConvTranspose2D. It holds the stride and the padding,
    and checks the input.

    The fast layers replace the three maps (nnet/fast/accelerate.py).
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
        self.stride = stride
        self.padding = padding

    def check(self, x: Array, channels: int, smallest: int) -> None:
        """Raise ValueError unless x holds images with `channels` channels and sides of
        at least `smallest` pixels.
        """
        if x.ndim != 4 or x.shape[3] != channels or min(x.shape[1:3]) < smallest:
            expected = (
                f"images (N, H, W, {channels}) of at least {smallest} pixels a side"
            )
            raise ValueError(
                f"{type(self).__name__}: expected {expected}, received {x.shape}"
            )


class Conv2D(Convolution):
    """y = f(M x + b): apply one filter for each output channel to every patch of the
    image.

    x is (N, H, W, C) and y is (N, I, J, K), with I and J as in `patches`; kernel 4,
    stride 2 and padding 1 halve an even size. W is (kernel, kernel, C, K), b is (K,).
    `rng` draws W (He initialization with fan_in = kernel^2 C). A different number of
    channels or an image smaller than the filter raises ValueError.
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
        W = he_normal(
            (kernel, kernel, inputs, outputs), kernel * kernel * inputs, rng, activation
        )
        super().__init__(W, outputs, activation, stride, padding)

    def linear(self, x: Array) -> Array:
        W = self.params["W"]
        self.check(x, W.shape[2], len(W) - 2 * self.padding)
        return self.convolve(x, W, self.stride, self.padding)

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        return self.convolve_back(
            dz, self.params["W"], self.stride, self.padding, x_shape[1:3]
        )

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        return self.filter_gradient(
            x, dz, len(self.params["W"]), self.stride, self.padding
        )


class ConvTranspose2D(Convolution):
    """y = f(M^T x + b): every pixel of x adds weighted copies of the filters to a
    larger image.

    x is (N, H, W, C), and y has (H - 1) stride + kernel - 2 padding rows and K
    channels; kernel 4, stride 2 and padding 1 double the size. W is (kernel, kernel, K,
    C), the weight of the convolution that this layer transposes; b is (K,). `rng` draws
    W (He initialization with fan_in = kernel^2 C / stride^2, the number of products in
    an output pixel). A different number of channels raises ValueError.

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

    def size(self, x: Array) -> tuple[int, int]:
        height, width = (
            (side - 1) * self.stride + len(self.params["W"]) - 2 * self.padding
            for side in x.shape[1:3]
        )
        return height, width

    def linear(self, x: Array) -> Array:
        W = self.params["W"]
        self.check(x, W.shape[3], 1)
        return self.convolve_back(x, W, self.stride, self.padding, self.size(x))

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        return self.convolve(dz, self.params["W"], self.stride, self.padding)

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        return self.filter_gradient(
            dz, x, len(self.params["W"]), self.stride, self.padding
        )
