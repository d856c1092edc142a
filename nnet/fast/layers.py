"""The fast twins of the layers with weights. Each does what its plain layer does, and holds the same weights.

Two things are quicker. Bias and activation go through memory once (nnet/fast/kernels/elementwise.py), and so does the
mask on the way back. Convolutions have kernels (nnet/fast/convolution.py). The gradient penalty's questions
(nnet/jvp.py) are answered in place.
"""

import math

import numpy as np

from nnet.activations import Activation, LeakyReLU
from nnet.conv import Conv2D, Convolution, ConvTranspose2D
from nnet.dense import Affine, Dense
from nnet.fast.convolution import Im2col
from nnet.fast.kernels import elementwise
from nnet.fast.kernels.products import MULTIPLE, add_product, multiply, pack, product
from nnet.fast.kernels.vectors import aligned, second_cache
from nnet.jvp import accumulate, check_piecewise_linear, pull, push
from nnet.layer import Array, Saved

SMALL = second_cache() * 3 // 4  # bytes of a weight that stays in the second cache while it is read as it lies


def mask(activation: Activation, dy: Array, y: Array, in_place: bool = False) -> Array:
    """dz = dy * f'(z), as `Activation.mask`; dy itself where f is the identity, or where it may be overwritten."""
    if not isinstance(activation, LeakyReLU):
        return activation.mask(dy, y)
    return dy if activation.slope == 1 else elementwise.mask_leaky(dy, y, activation.slope, in_place)


class Fused(Affine):
    """y = f(A x + b), with bias, activation and mask in one pass each."""

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """y = f(A x + b)."""
        y, b = self.linear(x), self.params["b"]
        if isinstance(self.activation, LeakyReLU):
            elementwise.bias_leaky(y, b, self.activation.slope)  # in place: A x is nobody else's
        else:
            y = self.activation.apply(y + b)
        return y, Saved(x, y)

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        """As the plain layer's."""
        dz = mask(self.activation, dy, saved.y)
        if self.trainable:
            self.add_gradients(dz, saved.x, np.ones(len(dz), dz.dtype))
        return self.transposed(dz, saved.x.shape) if need_dx else None

    def add_gradients(self, dz: Array, x: Array, bias_weight: Array) -> None:
        """dW += weight_gradient(dz, x), db += sum_n bias_weight[n] dz[n], summed over places."""
        self.add_weight_gradient(dz, x)
        places = math.prod(dz.shape[1:-1])
        weight = bias_weight if places == 1 else np.repeat(bias_weight, places)
        # (N*places,) @ (N*places, K): BLAS adds up columns faster than NumPy does
        self.grads["b"] += weight @ dz.reshape(-1, dz.shape[-1])

    def add_weight_gradient(self, dz: Array, x: Array) -> None:
        """dW += weight_gradient(dz, x)."""
        self.grads["W"] += self.weight_gradient(dz, x)


@pull.register
def _(layer: Fused, dy: Array, saved: Saved) -> tuple[Array, Array]:
    check_piecewise_linear(layer)
    dz = mask(layer.activation, np.ascontiguousarray(dy), saved.y, in_place=True)
    return dz, layer.transposed(dz, saved.x.shape)


@push.register
def _(layer: Fused, u: Array, saved: Saved) -> Array:
    check_piecewise_linear(layer)
    z = layer.linear(u)
    return mask(layer.activation, z, saved.y, in_place=True)


@accumulate.register
def _(layer: Fused, dz: Array, saved: Saved, u: Array, c: float, s: Array) -> None:
    check_piecewise_linear(layer)
    u = np.ascontiguousarray(u)  # of another, only a copy would change
    elementwise.mix(u, c, saved.x, s)  # u <- s x + c u, in place
    layer.add_gradients(dz, u, s)


def is_ours(W: Array, columns: int) -> bool:
    """Whether `products` is to multiply by W or W^T, with so many columns, rather than BLAS."""
    return W.nbytes <= SMALL and columns % MULTIPLE == 0


class FastDense(Fused, Dense):
    """Dense. A product with few weights is our own: BLAS would copy W first, which takes a third of its time.

    W in the order that `multiply` reads best is not kept: to see whether W has changed would take as long as a copy.
    """

    def linear(self, x: Array) -> Array:
        """x W."""
        W = self.params["W"]
        if x.shape[1:] == W.shape[:1] and is_ours(W, W.shape[1]):
            return product(x, W)
        return super().linear(x)

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        """dx = dz W^T."""
        W = self.params["W"]
        if W.shape[1] == 1:  # (N, 1) * (C,): ten times slower as a matrix product
            return dz * W[:, 0]
        if is_ours(W, W.shape[0]):
            return product(dz, W.T)
        return super().transposed(dz, x_shape)

    def add_weight_gradient(self, dz: Array, x: Array) -> None:
        """dW += x^T dz, without an array for the product: to fill one and add it up takes a third of the time."""
        dW = self.grads["W"]
        if is_ours(dW, dW.shape[1]):
            add_product(x.T, dz, dW)
        else:
            super().add_weight_gradient(dz, x)


class StillDense(FastDense):
    """Dense whose W no longer changes, as in a network that is only drawn with: W is kept in the order of `multiply`.

    That is quicker for a small batch, and a sample's numbers are the same bit for bit in whatever batch it comes: BLAS
    adds up in another order for another number of rows.
    """

    def keep(self) -> None:
        """Keep W as it is now."""
        W = self.params["W"]
        self.panels = np.ascontiguousarray(pack(W[None])) if W.shape[1] % MULTIPLE == 0 else None

    def linear(self, x: Array) -> Array:
        """x W."""
        if self.panels is None or x.shape[1:] != self.params["W"].shape[:1]:
            return super().linear(x)
        y = aligned((len(x), self.params["W"].shape[1]), x.dtype)
        multiply(x[None], self.panels, y[None])
        return y


class FastConvolution(Fused, Convolution):
    """A convolution or its transpose; `method` computes it."""

    method: Im2col


class FastConv2D(FastConvolution, Conv2D):
    """Conv2D by its method."""

    def linear(self, x: Array) -> Array:
        """A x."""
        W = self.params["W"]
        self.check(x, W.shape[2], len(W) - 2 * self.padding)
        return self.method.forward(x, W, self.stride, self.padding)

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        """A^T dz."""
        return self.method.input_gradient(dz, self.params["W"], self.stride, self.padding, x_shape[1:3])

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        """dW."""
        return self.method.weight_gradient(x, dz, len(self.params["W"]), self.stride, self.padding)


class FastConvTranspose2D(FastConvolution, ConvTranspose2D):
    """ConvTranspose2D by its method."""

    def linear(self, x: Array) -> Array:
        """A^T x."""
        W = self.params["W"]
        self.check(x, W.shape[3], 1)
        return self.method.input_gradient(x, W, self.stride, self.padding, self.size(x))

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        """A dz."""
        return self.method.forward(dz, self.params["W"], self.stride, self.padding)

    def weight_gradient(self, dz: Array, x: Array) -> Array:
        """dW."""
        return self.method.weight_gradient(dz, x, len(self.params["W"]), self.stride, self.padding)
