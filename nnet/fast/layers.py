"""Define the fast versions of the layers with weights.

Each computes the same function as its plain layer.

Bias and activation together take one pass over memory
(nnet/fast/kernels/elementwise.py), and so does the mask in the backward pass.
Convolutions use compiled kernels (nnet/fast/convolution_methods.py). The operations of
the gradient penalty (nnet/jvp.py) work in place.
"""

import math
from typing import Any

import numpy as np

from nnet.activations import Activation, LeakyReLU
from nnet.conv import Conv2D, Convolution, ConvTranspose2D
from nnet.dense import Affine, Dense
from nnet.fast.convolution_methods import Im2col
from nnet.fast.kernels import elementwise
from nnet.fast.kernels.products import (
    MULTIPLE,
    add_product,
    multiply,
    pack,
    product,
    width,
)
from nnet.fast.kernels.simd_loops import REGISTER, aligned, second_cache
from nnet.jvp import accumulate, pull, push
from nnet.layer import Array, Saved

# Size limits in bytes up to which our own products (kernels/products.py) are faster
# than BLAS. With AVX-512, one panel must stay in the second-level cache, beside rows of
# A and C. With narrower registers, the whole weight must.
LARGEST_PANEL = second_cache() * 3 // 8
LARGEST_WEIGHT = second_cache() * 3 // 4


def mask(activation: Activation, dy: Array, y: Array, in_place: bool = False) -> Array:
    """Return dz = dy * f'(z), like `Activation.mask`.

    If f is the identity, return dy itself. If `in_place` is set and f is a LeakyReLU,
    overwrite dy and return it.
    """
    if not isinstance(activation, LeakyReLU):
        return activation.mask(dy, y)
    if activation.slope == 1:
        return dy
    return elementwise.mask_leaky(dy, y, activation.slope, in_place)


class Fused(Affine):
    """A layer y = f(A x + b) that adds b and applies f in one pass over memory."""

    def forward(self, x: Array) -> tuple[Array, Saved]:
        y, b = self.linear(x), self.params["b"]
        if isinstance(self.activation, LeakyReLU):
            # in place, because nothing else refers to A x
            elementwise.bias_leaky(y, b, self.activation.slope)
        else:
            y = self.activation.apply(y + b)
        return y, Saved(x, y)

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Any:
        dz = mask(self.activation, dy, saved.y)
        if self.trainable:
            self.add_gradients(dz, saved.x, np.ones(len(dz), dz.dtype))
        return self.transposed(dz, saved.x.shape) if need_dx else None

    def add_gradients(self, dz: Array, x: Array, bias_weight: Array) -> None:
        """Add weight_gradient(dz, x) to dW, and a weighted sum of dz to db.

        The weighted sum is that of bias_weight[n] dz[n] over all samples n and all
        pixels.
        """
        self.add_weight_gradient(dz, x)
        places = math.prod(dz.shape[1:-1])
        weight = bias_weight if places == 1 else np.repeat(bias_weight, places)
        # (N*places,) @ (N*places, K), because BLAS sums columns faster than NumPy does
        self.grads["b"] += weight @ dz.reshape(-1, dz.shape[-1])

    def add_weight_gradient(self, dz: Array, x: Array) -> None:
        self.grads["W"] += self.weight_gradient(dz, x)


@pull.register
def _(layer: Fused, dy: Array, saved: Saved) -> tuple[Array, Array]:
    dz = mask(layer.activation, np.ascontiguousarray(dy), saved.y, in_place=True)
    return dz, layer.transposed(dz, saved.x.shape)


@push.register
def _(layer: Fused, u: Array, saved: Saved) -> Array:
    return mask(layer.activation, layer.linear(u), saved.y, in_place=True)


@accumulate.register
def _(layer: Fused, dz: Array, saved: Saved, u: Array, c: float, s: Array) -> None:
    # `mix` would change only a copy of an array that is not contiguous
    u = np.ascontiguousarray(u)
    elementwise.mix(u, c, saved.x, s)  # u <- s x + c u, in place
    layer.add_gradients(dz, u, s)


def uses_own_product(W: Array, terms: int, columns: int) -> bool:
    """Return whether `products` multiplies by W faster than BLAS does.

    `terms` is the number of products that are summed for each result, and `columns` the
    number of columns of the result. W is only needed for its size and dtype.
    """
    if columns % MULTIPLE:
        return False
    if REGISTER < 64:
        return W.nbytes <= LARGEST_WEIGHT
    return terms * width(columns, W.dtype) * W.itemsize <= LARGEST_PANEL


class FastDense(Fused, Dense):
    """A dense layer with our own matrix products where they are faster than BLAS.

    BLAS would spend a third of its time on copying W. Our `multiply` reads a reordered
    copy of W fastest, but such a copy is not cached: checking whether W has changed
    takes as long as making the copy.
    """

    def linear(self, x: Array) -> Array:
        W = self.params["W"]
        if x.shape[1:] == W.shape[:1] and uses_own_product(W, *W.shape):
            return product(x, W)
        return super().linear(x)

    def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
        W = self.params["W"]
        if W.shape[1] == 1:
            # (N, 1) * (C,), because a matrix product is ten times slower
            return dz * W[:, 0]
        if uses_own_product(W, *W.shape[::-1]):
            return product(dz, W.T)
        return super().transposed(dz, x_shape)

    def add_weight_gradient(self, dz: Array, x: Array) -> None:
        """Add x^T dz to dW in place.

        For a small product, a temporary array would take a third of the time.
        """
        dW = self.grads["W"]
        if uses_own_product(dW, len(x), dW.shape[1]):
            add_product(x.T, dz, dW)
        else:
            super().add_weight_gradient(dz, x)


class PackedDense(FastDense):
    """A dense layer whose W does not change, for a network that only draws.

    W is packed in the order that `multiply` reads fastest. This is faster for small
    batches. It also gives a sample the same result, bit for bit, in any batch. With
    BLAS, the order of the additions depends on the number of rows.
    """

    def pack_weight(self) -> None:
        W = self.params["W"]
        self.panels = (
            np.ascontiguousarray(pack(W[None])) if W.shape[1] % MULTIPLE == 0 else None
        )

    def linear(self, x: Array) -> Array:
        if self.panels is None or x.shape[1:] != self.params["W"].shape[:1]:
            return super().linear(x)
        y = aligned((len(x), self.params["W"].shape[1]), x.dtype)
        multiply(x[None], self.panels, y[None])
        return y


class FastConvolution(Fused, Convolution):
    """A convolution or its transpose, computed by `method`."""

    method: Im2col

    def use(self, method: Im2col) -> None:
        self.method = method
        self.convolve = method.forward
        self.convolve_back = method.input_gradient
        self.filter_gradient = method.weight_gradient


class FastConv2D(FastConvolution, Conv2D): ...


class FastConvTranspose2D(FastConvolution, ConvTranspose2D): ...
