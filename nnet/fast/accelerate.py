"""Make a network fast: `accelerate(network)` gives one that does the same over the same weights.

    G = build_generator(...)        # plain layers, NumPy alone
    fast = accelerate(G)            # trains G's weights: fast layers, and the batch divided over threads

Weights and gradients are the arrays of the plain network, not copies; whether a layer is frozen is its own. So train
and freeze the one that `accelerate` returns; the plain one can be saved, averaged and drawn with meanwhile.
"""

import copy

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.convolution import Im2col, Winograd
from nnet.fast.layers import FastConv2D, FastConvolution, FastConvTranspose2D, FastDense, Fused, StillDense
from nnet.fast.split import Split
from nnet.layer import Layer
from nnet.sequential import Sequential

TWINS: dict[type[Layer], type[Fused]] = {
    Dense: FastDense,
    Conv2D: FastConv2D,
    ConvTranspose2D: FastConvTranspose2D,
}
AS_THEY_ARE = (LeakyReLU, Tanh, Reshape)  # without weights: nothing to be gained
METHODS: dict[str, type[Im2col]] = {"winograd": Winograd, "im2col": Im2col}


def accelerate(network: Layer, convolution: str = "winograd", *, still: bool = False) -> Split:
    """The fast twin of a network, its batch divided over the threads of `kernels.parallel.set_threads`.

    Parameters
    ----------
    network : Layer
        A plain layer, or a Sequential of them.
    convolution : "winograd" or "im2col"
        How convolutions are computed.
    still : bool
        The weights no longer change: see `nnet.fast.layers.StillDense`.

    Raises
    ------
    TypeError : a layer that has no twin.
    """
    return Split(twin(network, convolution, still=still))


def twin(network: Layer, convolution: str = "winograd", *, still: bool = False) -> Layer:
    """The fast twin alone, for a batch that is not worth dividing; parameters and errors as `accelerate`."""
    if isinstance(network, Sequential):
        return Sequential(*(twin(layer, convolution, still=still) for layer in network.layers))
    if isinstance(network, AS_THEY_ARE):
        return copy.copy(network)
    kind = TWINS.get(type(network))
    if kind is None:
        raise TypeError(f"accelerate: expected layers of nnet, received {type(network).__name__}")
    if still and kind is FastDense:
        kind = StillDense
    fast = kind.__new__(kind)  # not __init__, which would draw weights
    vars(fast).update(vars(network))
    if isinstance(fast, StillDense):
        fast.keep()
    if isinstance(fast, FastConvolution):
        fast.method = METHODS[convolution]()
    return fast
