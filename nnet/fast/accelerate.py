"""Turn a network into a fast one that computes the same function.

    G = build_generator(...)        # plain layers, which need only NumPy
    fast = accelerate(G)            # fast layers that train G's weights

The fast network uses the weight and gradient arrays of the plain network, not copies,
but it has its own frozen state. So train and freeze the fast network. The plain one can
still be saved, averaged and used for drawing.
"""

import copy

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.clipped_tanh_and_finish import ClippedTanh, Finish
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.convolution_methods import Im2col, Winograd
from nnet.fast.layers import (
    FastConv2D,
    FastConvolution,
    FastConvTranspose2D,
    FastDense,
    Fused,
    PackedDense,
)
from nnet.layer import Layer
from nnet.sequential import Sequential

FAST: dict[type[Layer], type[Fused]] = {
    Dense: FastDense,
    Conv2D: FastConv2D,
    ConvTranspose2D: FastConvTranspose2D,
}
# Layers that are copied as they are, because a fast version would gain nothing.
UNCHANGED = (LeakyReLU, Tanh, ClippedTanh, Finish, Reshape)
METHODS: dict[str, type[Im2col]] = {"winograd": Winograd, "im2col": Im2col}


def accelerate(
    network: Layer, convolution: str = "winograd", *, fixed: bool = False
) -> Layer:
    """Return the fast version of a network.

    `network` is a plain layer or a Sequential. A layer that is not in `nnet` raises
    TypeError. `convolution` is "winograd" or "im2col". Set `fixed` if the weights will
    not change: dense layers then become `nnet.fast.layers.PackedDense`.
    """
    if isinstance(network, Sequential):
        return Sequential(
            *(accelerate(layer, convolution, fixed=fixed) for layer in network.layers)
        )
    if isinstance(network, UNCHANGED):
        return copy.copy(network)
    kind = FAST.get(type(network))
    if kind is None:
        raise TypeError(
            f"accelerate: expected layers of nnet, received {type(network).__name__}"
        )
    if fixed and kind is FastDense:
        kind = PackedDense
    fast = kind.__new__(kind)  # skips __init__, which would draw weights
    vars(fast).update(vars(network))
    if isinstance(fast, PackedDense):
        fast.pack_weight()
    if isinstance(fast, FastConvolution):
        fast.use(METHODS[convolution]())
    return fast
