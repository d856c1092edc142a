"""The operations of a layer that the gradient penalty needs besides `forward` and `backward`.

J = dy/dx is a layer's Jacobian at one input, and dz = f' dy the gradient before the activation. The penalty
(gan/penalty.py) needs

    pull          dz, J^T dy             `backward` without weight gradients; it also returns dz
    push          J u                    the change of y when x moves along u: `forward`'s weights and masks, no bias
    accumulate    dW += wgrad(dz, x)     the weight gradient for dz, with any x in place of the layer's own input

A layer must be linear around almost every x, so that J does not change with x and its second derivative is zero.
A layer with curvature, such as tanh, raises TypeError. These are functions, not methods, with one implementation for
each kind of layer (`singledispatch`). Every layer of the form y = f(A x + b) has them by its `linear`, `mask` and
`weight_gradient`; `nnet.fast` adds faster ones for its layers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any, TypeVar

from nnet.activations import LeakyReLU, Reshape
from nnet.dense import Affine
from nnet.layer import Array, Layer, Saved

Result = TypeVar("Result")


def is_piecewise_linear(layer: Layer) -> bool:
    """Return whether the layer, or every layer of a chain, has no curvature."""
    leaves = [leaf for _, leaf in layer.leaves()]
    if leaves != [layer]:
        return all(map(is_piecewise_linear, leaves))
    return isinstance(layer, Reshape | LeakyReLU) or (
        isinstance(layer, Affine) and isinstance(layer.activation, LeakyReLU)
    )


def check_piecewise_linear(layer: Layer) -> None:
    """Raise TypeError for a layer with curvature."""
    if not is_piecewise_linear(layer):
        raise TypeError(f"push: expected a piecewise linear layer (LeakyReLU), received {type(layer).__name__}")


@singledispatch
def pull(layer: Layer, dy: Array, saved: Saved) -> tuple[Array, Array]:
    """Return dz = f' * dy, for `accumulate`, and dx = J^T dy. Adds nothing to the gradients; may overwrite dy."""
    raise TypeError(f"pull: expected a layer listed in nnet.jvp, received {type(layer).__name__}")


@pull.register(LeakyReLU)
@pull.register(Reshape)
def _(layer: Layer, dy: Array, saved: Saved) -> tuple[Array, Array]:
    """Return dx twice: a layer without weights has only its mask."""
    dx = layer.backward(dy, saved)
    assert dx is not None
    return dx, dx


@pull.register
def _(layer: Affine, dy: Array, saved: Saved) -> tuple[Array, Array]:
    check_piecewise_linear(layer)
    dz = layer.activation.mask(dy, saved.y)
    return dz, layer.transposed(dz, saved.x.shape)


@singledispatch
def push(layer: Layer, u: Array, saved: Saved) -> Array:
    """Return J u in the shape of saved.y, for u in the shape of saved.x. Does not change u."""
    raise TypeError(f"push: expected a layer listed in nnet.jvp, received {type(layer).__name__}")


@push.register
def _(layer: LeakyReLU, u: Array, saved: Saved) -> Array:
    return layer.mask(u, saved.y)


@push.register
def _(layer: Reshape, u: Array, saved: Saved) -> Array:
    return u.reshape(saved.y.shape)


@push.register
def _(layer: Affine, u: Array, saved: Saved) -> Array:
    check_piecewise_linear(layer)
    return layer.activation.mask(layer.linear(u), saved.y)  # f' * (A u)


@singledispatch
def accumulate(layer: Layer, dz: Array, saved: Saved, u: Array, c: float, s: Array) -> None:
    """Add to the gradients, frozen or not: dW += wgrad(dz, s x + c u), db += sum of s dz.

    Parameters
    ----------
    dz : array
        As `pull` returns it, in the shape of saved.y.
    u : array in the shape of x, the layer's own input saved.x
        May be overwritten.
    c : float
    s : (N,) array
        One number for each sample. The bias has the constant input 1 and no part in u.
    """
    raise TypeError(f"accumulate: expected a layer listed in nnet.jvp, received {type(layer).__name__}")


@accumulate.register(LeakyReLU)
@accumulate.register(Reshape)
def _(layer: Layer, dz: Array, saved: Saved, u: Array, c: float, s: Array) -> None:
    """Do nothing: there are no weights."""


@accumulate.register
def _(layer: Affine, dz: Array, saved: Saved, u: Array, c: float, s: Array) -> None:
    check_piecewise_linear(layer)
    per_sample = s.reshape(-1, *[1] * (u.ndim - 1))  # (N, 1, ...)
    layer.grads["W"] += layer.weight_gradient(dz, per_sample * saved.x + c * u)
    layer.grads["b"] += (s.reshape(-1, *[1] * (dz.ndim - 1)) * dz).reshape(-1, dz.shape[-1]).sum(0)


@singledispatch
def for_each_share(network: Layer, task: Callable[..., Result], *batches: Any) -> list[Result]:
    """Return [task(network, *batches)]. A network split over threads runs the task for each share of the batches."""
    return [task(network, *batches)]
