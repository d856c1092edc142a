"""Compute the zero-centred gradient penalty without automatic differentiation.

The penalty, R1 on real images and R2 on fakes, makes D flat around the images. It is
gamma / 2 times (mean over reals + mean over fakes) of |g|^2, where g = dr/dx and r is
the logit of the picture x. To train with it, we must differentiate g, itself a
gradient, with respect to the weights. Automatic differentiation would run backward
twice. This module needs only g, which D's update otherwise skips, and one more forward
pass. The method works because r is piecewise linear in x and because D treats every
sample independently. Let J_l be the Jacobian of layer l:

    g = J_1^T ... J_n^T 1

Let delta_l be the signal dr = 1 propagated back to the output of layer l, and let
dz_l = f' delta_l be that before the activation, where f' is the layer's mask. Let
u_0 = g, u_l = J_l u_(l-1) be g pushed forward again. Change W_l by a small e. Almost
everywhere, no LeakyReLU mask flips, so only J_l changes. Its change dJ_l is the same
layer with the same mask, with e in place of W and without bias. (delta_l depends only
on later layers and does not change.) Then

    d|g|^2 = 2 <g, dg>
           = 2 <g, J_1^T ... J_(l-1)^T dJ_l^T delta_l>
           = 2 <dJ_l u_(l-1), delta_l>
           = 2 <e, wgrad(dz_l, u_(l-1))>

where wgrad(dz, x) is `weight_gradient` in nnet/dense.py. J has no biases, so they get
no penalty gradient.

D treats samples independently, so the loss's signal at layer l for sample i is s_i
dz_l, with s_i = dL/dr_i. Its weight gradient is wgrad(s_i dz_l, h_(l-1)) = wgrad(dz_l,
s_i h_(l-1)), where h_(l-1) is the layer's input. wgrad is linear in its second
argument, so loss and penalty share ONE weight gradient:

    dW_l = wgrad(dz_l, s h_(l-1) + c u_(l-1))
    db_l = sum over i of s_i dz_l
       c = gamma/2 * 2/B = gamma/B

In c, the factor 2 comes from the square, and 1/B comes from the mean.

Source: Mescheder et al. 2018, "Which training methods for GANs do actually converge?",
section 4.1.
"""

from gan.base.errors import InputError
from nnet.jvp import accumulate, is_piecewise_linear, pull, push
from nnet.layer import Array, Layer, Saved


def check_penalty(discriminator: Layer) -> None:
    """Raise InputError if D has a curved layer, such as tanh.

    The formula above would miss terms for it.
    """
    for prefix, layer in discriminator.leaves():
        if not is_piecewise_linear(layer):
            name = f"{prefix}{type(layer).__name__}"
            raise InputError(
                "gradient penalty: expected a piecewise linear discriminator "
                f"(LeakyReLU), found layer {name} with a curved activation; "
                "use LeakyReLU there, or gamma 0",
                "gamma",
            )


def accumulate_with_penalty(
    discriminator: Layer, dlogits: Array, which: Array, saved: Saved, gamma: float
) -> float:
    """Add the weight gradient of loss and penalty to D's `grads`; return the penalty.

    Parameters
    ----------
    discriminator : Layer
        A Sequential of layers that nnet/jvp.py supports.
    dlogits : (2B, 1) array
        Gradient of the loss with respect to the logit of each of B real and B fake
        images.
    which : (2B, outputs) array
        1 for each of D's outputs that is part of the image's logit, 0 for the others.
    saved : Saved
        From D's forward pass over these 2B images.
    gamma : float
        Weight of the penalty, above 0.
    """
    c = gamma / (len(dlogits) // 2)
    layers = [layer for _, layer in discriminator.leaves()]
    signals = []  # dz_l, last layer first
    delta = which.astype(dlogits.dtype)  # a copy, because `pull` may overwrite delta
    for layer, part in zip(reversed(layers), reversed(saved.parts), strict=True):
        dz, delta = pull(layer, delta, part)
        signals.append(dz)
    s = dlogits[:, 0]  # (2B,)
    u = delta  # u_0 = g = dr/dx, (2B, 28, 28, 1)
    penalty = c / 2 * float((u * u).sum())
    for layer, part in zip(layers, saved.parts, strict=True):
        pushed = push(layer, u, part)  # computed before u is overwritten
        accumulate(layer, signals.pop(), part, u, c, s)
        u = pushed
    return penalty
