"""Define the layer operations that only the gradient penalty needs.

J = dy/dx is a layer's Jacobian at one input, and dz = f' dy is the gradient before the
activation. The penalty (gan/rules/gradient_penalty.py) needs three operations:

    pull          dz and J^T dy
        Like `backward`, but without weight gradients. It also returns dz.
    push          J u
        The change in y when x moves along u. It uses weights and masks, but no bias.
    accumulate    dW += weight_gradient(dz, x)
        The weight gradient for dz, with any x in place of the layer's own input.

A layer must be linear around almost every x, so that its second derivative is zero
there. For a layer with curvature, such as tanh, the operations would miss terms, so
callers check `is_piecewise_linear` first.

The operations are functions, not methods, with one implementation per kind of layer
(`singledispatch`). Layers of the form y = f(A x + b) share an implementation that calls
their `linear`, `mask`, `transposed` and `weight_gradient`. `nnet.fast` adds faster
implementations for its layers.
"""

from functools import singledispatch

from nnet.activations import LeakyReLU, Reshape
from nnet.dense import Affine
from nnet.layer import Array, Layer, Saved


def is_piecewise_linear(layer: Layer) -> bool:
    """Return whether the layer's second derivative is zero almost everywhere.

    The layer must not be a Sequential.
    """
    f = layer.activation if isinstance(layer, Affine) else layer
    return isinstance(f, Reshape | LeakyReLU)


@singledispatch
def pull(layer: Layer, dy: Array, saved: Saved) -> tuple[Array, Array]:
    """Return dz = f' * dy, which `accumulate` needs, and dx = J^T dy.

    The gradients of the weights do not change. dy may be overwritten.
    """
    raise TypeError(
        f"pull: expected a layer listed in nnet.jvp, received {type(layer).__name__}"
    )


@pull.register(LeakyReLU)
@pull.register(Reshape)
def _(layer: Layer, dy: Array, saved: Saved) -> tuple[Array, Array]:
    """Return dx twice, because in a layer without weights dx equals dz."""
    dx = layer.backward(dy, saved)
    return dx, dx


@pull.register
def _(layer: Affine, dy: Array, saved: Saved) -> tuple[Array, Array]:
    dz = layer.activation.mask(dy, saved.y)
    return dz, layer.transposed(dz, saved.x.shape)


@singledispatch
def push(layer: Layer, u: Array, saved: Saved) -> Array:
    """Return J u, in the shape of saved.y, for u in the shape of saved.x.

    u is not modified.
    """
    raise TypeError(
        f"push: expected a layer listed in nnet.jvp, received {type(layer).__name__}"
    )


@push.register
def _(layer: LeakyReLU, u: Array, saved: Saved) -> Array:
    return layer.mask(u, saved.y)


@push.register
def _(layer: Reshape, u: Array, saved: Saved) -> Array:
    return u.reshape(saved.y.shape)


@push.register
def _(layer: Affine, u: Array, saved: Saved) -> Array:
    return layer.activation.mask(layer.linear(u), saved.y)  # f' * (A u)


@singledispatch
def accumulate(
    layer: Layer, dz: Array, saved: Saved, u: Array, c: float, s: Array
) -> None:
    """Add weight_gradient(dz, s x + c u) to dW and the sum of s dz to db.

    The gradients change even if the layer is frozen. dz is what `pull` returned. x is
    saved.x, the layer's own input. u has its shape, and may be overwritten. c is a
    number, and s (N,) has one number for each sample. u does not contribute to db,
    because the input of the bias is the constant 1.
    """
    raise TypeError(
        "accumulate: expected a layer listed in nnet.jvp, "
        f"received {type(layer).__name__}"
    )


@accumulate.register(LeakyReLU)
@accumulate.register(Reshape)
def _(layer: Layer, dz: Array, saved: Saved, u: Array, c: float, s: Array) -> None:
    """Do nothing, because the layer has no weights."""


@accumulate.register
def _(layer: Affine, dz: Array, saved: Saved, u: Array, c: float, s: Array) -> None:
    def times_s(array: Array) -> Array:
        """Return an array (N, ...) with sample n multiplied by s[n]."""
        return s.reshape(-1, *[1] * (array.ndim - 1)) * array

    rows = times_s(dz).reshape(-1, dz.shape[-1])  # (N, K), or (N*I*J, K) for images
    layer.grads["W"] += layer.weight_gradient(dz, times_s(saved.x) + c * u)
    layer.grads["b"] += rows.sum(0)
