"""The strided convolution and its transpose.

A convolution lays the same small filter over every patch of an image. Write each patch as a row of kernel*kernel*C
numbers ("image to columns", im2col), the filters as the columns of a matrix, and the convolution is their product:

    cols[(n, i, j), (p, q, c)] = x[n, i*stride + p - padding, j*stride + q - padding, c]     (0 outside the image)
    y = cols @ W                       (N*I*J, kernel*kernel*C) @ (kernel*kernel*C, K)

i and j, below I and J, count the patches of an image down and across; p and q the pixels of a patch. This is linear in
x and in W. Write y = M x, with M a large matrix made of W, mostly zeros. Then the two gradients are the transposed
products; going back to x, every patch is added to where it came from. No patches are kept: they are made again.

    dcols = dy @ W^T,  dx[where the patch was] += dcols          dW = cols^T @ dy

The transposed convolution IS M^T, from the small map to the large one: its forward is the other's way back. In
`Affine`'s words A is M for the one layer and M^T for the other:

                        linear, A x              transposed, A^T dz       weight gradient
    Conv2D              M x     convolve         M^T dz  convolve_back    filter_gradient(x, dz)
    ConvTranspose2D     M^T x   convolve_back    M dz    convolve         filter_gradient(dz, x)

W has M's layout, (kernel, kernel, channels of the large map, channels of the small one). A ConvTranspose2D goes from
the small map to the large one, so in its own letters, C in and K out, W is (kernel, kernel, K, C). The filter is not
flipped: strictly it is a cross-correlation, as everywhere in neural nets.
Source: Chellapilla, Puri and Simard 2006, "High performance convolutional neural networks", section 2.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nnet.activations import Activation
from nnet.dense import Affine
from nnet.initializers import he_normal
from nnet.layer import Array


def patches(x: Array, kernel: int, stride: int, padding: int) -> Array:
    """All patches of x (N, H, W, C): (N, I, J, kernel, kernel, C), I = floor((H + 2 padding - kernel) / stride) + 1."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = sliding_window_view(x, (kernel, kernel), (1, 2))[:, ::stride, ::stride]  # (N, I, J, C, kernel, kernel)
    return np.moveaxis(windows, 3, 5)


def convolve(x: Array, W: Array, stride: int, padding: int) -> Array:
    """y = M x: (N, H, W, C) and filters W (kernel, kernel, C, K) to (N, I, J, K)."""
    return np.tensordot(patches(x, len(W), stride, padding), W, 3)  # summed over p, q and c


def convolve_back(dy: Array, W: Array, stride: int, padding: int, size: tuple[int, ...]) -> Array:
    """dx = M^T dy: (N, I, J, K) to (N, H, W, C), filters W as above. `size` is (H, W), which (I, J) leaves open."""
    (N, I, J, _), (height, width), kernel = dy.shape, size, len(W)
    dcols = np.tensordot(dy, W, (3, 3))  # summed over k: (N, I, J, kernel, kernel, C)
    dx = np.zeros((N, height + 2 * padding, width + 2 * padding, W.shape[2]), dy.dtype)
    for p in range(kernel):
        for q in range(kernel):  # pixel (p, q) of every patch: for one (p, q) these are all different pixels of dx
            dx[:, p : p + stride * I : stride, q : q + stride * J : stride] += dcols[:, :, :, p, q]
    return dx[:, padding : padding + height, padding : padding + width]


def filter_gradient(x: Array, dy: Array, kernel: int, stride: int, padding: int) -> Array:
    """dW (kernel, kernel, C, K): the sum over all patches, of all images, of patch times dy."""
    return np.tensordot(patches(x, kernel, stride, padding), dy, ((0, 1, 2), (0, 1, 2)))  # summed over n, i and j


class Convolution(Affine):
    """What both have besides a weight: stride and padding."""

    def __init__(self, W: Array, outputs: int, activation: Activation | None, stride: int, padding: int) -> None:
        super().__init__(W, outputs, activation)
        self.stride, self.padding = stride, padding

    def check(self, x: Array, channels: int, smallest: int) -> None:
        """ValueError unless x is images of so many channels, each side of at least `smallest` pixels."""
        if x.ndim != 4 or x.shape[3] != channels or min(x.shape[1:3]) < smallest:
            wanted = f"images (N, H, W, {channels}) of at least {smallest} pixels a side"
            raise ValueError(f"{type(self).__name__}: expected {wanted}, received {x.shape}")


class Conv2D(Convolution):
    """y = f(M x + b): one filter for every output channel, laid over every patch of the image.

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
        self, inputs: int, outputs: int, rng: np.random.Generator, activation: Activation | None = None,
        *, kernel: int = 4, stride: int = 2, padding: int = 1,
    ) -> None:  # fmt: skip
        W = he_normal((kernel, kernel, inputs, outputs), kernel * kernel * inputs, rng, activation)
        super().__init__(W, outputs, activation, stride, padding)

    def linear(self, x: Array) -> Array:
        """M x."""
        W = self.params["W"]
        self.check(x, W.shape[2], len(W) - 2 * self.padding)
        return convolve(x, W, self.stride, self.padding)

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        """M^T dz, in the size of x."""
        return convolve_back(dz, self.params["W"], self.stride, self.padding, x_shape[1:3])

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        """dW[p, q, c, k]: the sum of x[n, i*stride + p - padding, j*stride + q - padding, c] dz[n, i, j, k]."""
        return filter_gradient(x, dz, len(self.params["W"]), self.stride, self.padding)


class ConvTranspose2D(Convolution):
    """y = f(M^T x + b): every pixel of x lays a weighted copy of a filter down on a larger image, and copies add up.

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
        self, inputs: int, outputs: int, rng: np.random.Generator, activation: Activation | None = None,
        *, kernel: int = 4, stride: int = 2, padding: int = 1,
    ) -> None:  # fmt: skip
        fan_in = max(1, kernel * kernel * inputs // stride**2)
        W = he_normal((kernel, kernel, outputs, inputs), fan_in, rng, activation)
        super().__init__(W, outputs, activation, stride, padding)

    def size(self, x: Array) -> tuple[int, int]:
        """(H, W) of what is made of x."""
        height, width = ((side - 1) * self.stride + len(self.params["W"]) - 2 * self.padding for side in x.shape[1:3])
        return height, width

    def linear(self, x: Array) -> Array:
        """M^T x."""
        W = self.params["W"]
        self.check(x, W.shape[3], 1)
        return convolve_back(x, W, self.stride, self.padding, self.size(x))

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        """M dz: the convolution itself."""
        return convolve(dz, self.params["W"], self.stride, self.padding)

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        """The convolution's weight gradient with the roles of input and output exchanged."""
        return filter_gradient(dz, x, len(self.params["W"]), self.stride, self.padding)
