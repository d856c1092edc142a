"""Accelerate a network: `accelerate(network)` returns a fast network that computes the same with the same weights.

    G = build_generator(...)        # plain layers, NumPy alone
    fast = accelerate(G)            # trains G's weights with fast layers, the batch divided over threads

Weights and gradients are the plain network's arrays, not copies; the frozen state is separate. So train and freeze the
returned network; meanwhile the plain one can be saved, averaged and drawn with.
"""

import copy

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.convolution import Im2col, Winograd
from nnet.fast.layers import FastConv2D, FastConvolution, FastConvTranspose2D, FastDense, Fused, PackedDense
from nnet.fast.split import Split
from nnet.layer import Layer
from nnet.sequential import Sequential

FAST: dict[type[Layer], type[Fused]] = {
    Dense: FastDense,
    Conv2D: FastConv2D,
    ConvTranspose2D: FastConvTranspose2D,
}
UNCHANGED = (LeakyReLU, Tanh, Reshape)  # no weights: nothing to gain
METHODS: dict[str, type[Im2col]] = {"winograd": Winograd, "im2col": Im2col}


def accelerate(network: Layer, convolution: str = "winograd", *, fixed: bool = False) -> Split:
    """Return the fast twin of a network. It divides a batch over the threads of `kernels.parallel.set_threads`.

    Parameters
    ----------
    network : Layer
        A plain layer, or a Sequential of them.
    convolution : "winograd" or "im2col"
        How convolutions are computed.
    fixed : bool
        The weights no longer change: see `nnet.fast.layers.PackedDense`.

    Raises
    ------
    TypeError : a layer has no fast twin.
    """
    return Split(twin(network, convolution, fixed=fixed))


def twin(network: Layer, convolution: str = "winograd", *, fixed: bool = False) -> Layer:
    """Return the fast twin without threads, for small batches. Parameters and errors as in `accelerate`."""
    if isinstance(network, Sequential):
        return Sequential(*(twin(layer, convolution, fixed=fixed) for layer in network.layers))
    if isinstance(network, UNCHANGED):
        return copy.copy(network)
    kind = FAST.get(type(network))
    if kind is None:
        raise TypeError(f"accelerate: expected layers of nnet, received {type(network).__name__}")
    if fixed and kind is FastDense:
        kind = PackedDense
    fast = kind.__new__(kind)  # not __init__, which would draw weights
    vars(fast).update(vars(network))
    if isinstance(fast, PackedDense):
        fast.pack_weight()
    if isinstance(fast, FastConvolution):
        fast.method = METHODS[convolution]()
    return fast
