"""What the gradient penalty asks of a layer besides `nnet.layer`'s contract, and which layers can answer.

Write J = dy/dx for a layer's Jacobian near one input, and dz = f' dy for a gradient dy behind the layer's mask. The
penalty (gan/penalty.py) needs

    pull          dz, J^T dy             what `backward` makes of dy, without the gradients, and dz to keep
    push          J u                    how y changes when x moves along u: the weights and masks of `forward`, no bias
    accumulate    dW += wgrad(dz, x)     the weight gradient for dz, with another x in the place of the layer's own

and that the layer is linear around almost every x, so that J does not change with x: its second derivative is zero.
A layer with curvature, such as tanh, is not listed, and asking it is a TypeError. They are functions here, not methods,
one for every kind of layer (`singledispatch`): a layer of the form y = f(A x + b) has its answers without doing
anything, from `linear`, `mask` and `weight_gradient`, and `nnet.fast` gives its layers faster ones.
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
    """Whether the layer can be asked: it, or all layers of a chain, have no curvature."""
    leaves = [leaf for _, leaf in layer.leaves()]
    if leaves != [layer]:
        return all(map(is_piecewise_linear, leaves))
    return isinstance(layer, Reshape | LeakyReLU) or (
        isinstance(layer, Affine) and isinstance(layer.activation, LeakyReLU)
    )


def check_piecewise_linear(layer: Layer) -> None:
    """TypeError for a layer with curvature."""
    if not is_piecewise_linear(layer):
        raise TypeError(f"push: expected a piecewise linear layer (LeakyReLU), received {type(layer).__name__}")


@singledispatch
def pull(layer: Layer, dy: Array, saved: Saved) -> tuple[Array, Array]:
    """dz = f' * dy, for `accumulate`, and dx = J^T dy. It adds nothing to the gradients, and may overwrite dy."""
    raise TypeError(f"pull: expected a layer listed in nnet.jvp, received {type(layer).__name__}")


@pull.register(LeakyReLU)
@pull.register(Reshape)
def _(layer: Layer, dy: Array, saved: Saved) -> tuple[Array, Array]:
    """Without weights there is nothing behind the mask."""
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
    """J u, in the shape of saved.y, for u in the shape of saved.x. It does not change u."""
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
        As `pull` gives it, same shape as saved.y.
    u : array in the shape of x, which is the layer's own input, saved.x
        May be overwritten.
    c : float
    s : (N,) array
        One number a sample. The bias has the constant 1 for its input, and no part in u.
    """
    raise TypeError(f"accumulate: expected a layer listed in nnet.jvp, received {type(layer).__name__}")


@accumulate.register(LeakyReLU)
@accumulate.register(Reshape)
def _(layer: Layer, dz: Array, saved: Saved, u: Array, c: float, s: Array) -> None:
    """Without weights there is nothing to add."""


@accumulate.register
def _(layer: Affine, dz: Array, saved: Saved, u: Array, c: float, s: Array) -> None:
    check_piecewise_linear(layer)
    a_sample = s.reshape(-1, *[1] * (u.ndim - 1))  # (N, 1, ...)
    layer.grads["W"] += layer.weight_gradient(dz, a_sample * saved.x + c * u)
    layer.grads["b"] += (s.reshape(-1, *[1] * (dz.ndim - 1)) * dz).reshape(-1, dz.shape[-1]).sum(0)


@singledispatch
def each(network: Layer, task: Callable[..., Result], *batches: Any) -> list[Result]:
    """[task(network, *batches)]; a network that is split over threads runs it for every share of the batches."""
    return [task(network, *batches)]
