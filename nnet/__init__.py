"""A small neural-network library with hand-written derivatives.

    from nnet import Adam, Dense, LeakyReLU, Sequential, bce_with_logits

Start with `nnet.layer`, which defines a layer. This package does not depend on `gan`;
`gan` builds on it. The modules in this folder are the core, and their layers need only
NumPy. `nnet.fast` accelerates the same layers. Importing this package has no side
effects. `nnet.fast` limits BLAS to one thread when training starts (`nnet.threads`).
"""

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.layer import Array, Layer, Saved
from nnet.losses import bce_with_logits, sigmoid, softplus
from nnet.optimizers import Adam
from nnet.sequential import Sequential
from nnet.softmax_loss import softmax_cross_entropy

__all__ = [
    "Adam",
    "Array",
    "Conv2D",
    "ConvTranspose2D",
    "Dense",
    "Layer",
    "LeakyReLU",
    "Reshape",
    "Saved",
    "Sequential",
    "Tanh",
    "bce_with_logits",
    "sigmoid",
    "softmax_cross_entropy",
    "softplus",
]
