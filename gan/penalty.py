"""The zero-centred gradient penalty (R1 on real images, R2 on fakes), by hand.

It asks D to be flat where the images are: gamma / 2 times (mean over reals + mean over fakes) of |g|^2, g = dD/dx. So
we need the gradient, by the weights, of a gradient by the images. Automatic differentiation runs backward twice for it.
Here it takes one more forward pass, and the gradient by the images, which D's update otherwise skips. This works
because D is piecewise linear and treats every sample independently:

    g = J_1^T ... J_n^T 1. Write delta_l for the signal pulled back to layer l's output from dD = 1, and u_0 = g,
    u_l = J_l u_(l-1) for g pushed forward again. Change W_l by a small E. No LeakyReLU mask flips (almost everywhere),
    so only J_l changes, by dJ_l: the same layer with the same mask, E for W and no bias. (delta_l comes from the later
    layers and stays.) Then

        d|g|^2 = 2 <g, dg> = 2 <g, J_1^T ... J_(l-1)^T dJ_l^T delta_l> = 2 <dJ_l u_(l-1), delta_l>
               = 2 <E, wgrad(delta_l, u_(l-1))>

    where wgrad(dy, x) is the layer's weight gradient. Biases are not in J and get nothing.

Samples are independent in D, so the loss's signal at layer l is s_i delta_l for sample i, with s_i = dL/dlogit, and its
weight gradient is wgrad(s_i delta_l, h_(l-1)) = wgrad(delta_l, s_i h_(l-1)), where h_(l-1) is the layer's input. wgrad
is linear in its second argument, so loss and penalty share ONE weight gradient (f' is the layer's mask):

    dW_l = wgrad(delta_l, s h_(l-1) + c u_(l-1)),   c = gamma/2 * 2/B = gamma/B,   db_l = sum_i s_i (f' delta_l)_i

(in c, 2 is from the square and 1/B from the mean).

Source: Mescheder et al. 2018, "Which training methods for GANs do actually converge?", section 4.1.
"""

from functools import partial

from gan.errors import InputError
from nnet.jvp import accumulate, for_each_share, is_piecewise_linear, pull, push
from nnet.layer import Array, Layer, Saved


def check_penalty(discriminator: Layer) -> None:
    """Raise InputError if D has a layer with curvature, such as tanh: the formula above would omit terms."""
    for prefix, layer in discriminator.leaves():
        if not is_piecewise_linear(layer):
            raise InputError(
                f"gradient penalty: expected a piecewise linear discriminator (LeakyReLU), found layer {prefix}"
                f"{type(layer).__name__} with a curved activation; use LeakyReLU there, or gamma 0",
                "gamma",
            )


def accumulate_with_penalty(discriminator: Layer, dlogits: Array, which: Array, saved: Saved, gamma: float) -> float:
    """Add the weight gradient of loss + penalty to D's `grads`, and return the penalty.

    Parameters
    ----------
    discriminator : Sequential of layers that nnet/jvp.py supports, possibly split over threads
    dlogits : (2B, 1) array
        Gradient of the loss by the logit of each of B real and B fake images.
    which : (2B, outputs) array
        1 for each output of D that is part of the image's logit, 0 for the others.
    saved : Saved
        From D's forward pass over these 2B images.
    gamma : float, above 0
    """
    c = gamma / (len(dlogits) // 2)
    return sum(for_each_share(discriminator, partial(_accumulate, c=c), dlogits, which, saved))


def _accumulate(discriminator: Layer, dlogits: Array, which: Array, saved: Saved, c: float) -> float:
    """Do the same for a share of the samples."""
    layers = [layer for _, layer in discriminator.leaves()]
    signals, delta = [], which.copy()  # delta may be overwritten
    for layer, part in zip(reversed(layers), reversed(saved.parts), strict=True):
        dz, delta = pull(layer, delta, part)
        signals.append(dz)  # f' delta, last layer first
    u, s = delta, dlogits[:, 0]  # u_0 = g = dD/dx, (n, 28, 28, 1)
    penalty = c / 2 * float((u * u).sum())
    for layer, part in zip(layers, saved.parts, strict=True):
        pushed = push(layer, u, part)  # before u is overwritten
        accumulate(layer, signals.pop(), part, u, c, s)
        u = pushed
    return penalty
