"""A small neural-network library with hand-written derivatives.

    from nnet import Adam, Dense, LeakyReLU, Sequential, bce_with_logits

Start with `nnet.layer`, which defines a layer. This package does not depend on `gan`;
`gan` builds on it. The modules in this folder are the core, and their layers need only
NumPy. `nnet.fast` accelerates the same layers. Importing this package changes no
setting of the process; `nnet.threads.one_blas_thread` does that when training starts.
"""

from nnet.activations import LeakyReLU as LeakyReLU, Reshape as Reshape, Tanh as Tanh  # noqa: I001  a line for each module
from nnet.conv import Conv2D as Conv2D, ConvTranspose2D as ConvTranspose2D
from nnet.dense import Dense as Dense
from nnet.layer import Array as Array, Layer as Layer, Saved as Saved
from nnet.losses import (
    bce_with_logits as bce_with_logits,
    sigmoid as sigmoid,
    softplus as softplus,
)
from nnet.optimizers import Adam as Adam
from nnet.sequential import Sequential as Sequential
