"""Put the fast convolution in the place of the readable one.

The layers stay what they are: only the `method` of every convolution changes. The fast kernel does the shapes that it
is made for and leaves the others to im2col, so it may be given to any network.
"""

from nnet.conv import IM2COL, Conv2D, ConvTranspose2D, Method
from nnet.kernels import winograd
from nnet.layer import Layer

WINOGRAD = Method(winograd.forward, winograd.input_gradient, winograd.weight_gradient)
METHODS = {"winograd": WINOGRAD, "im2col": IM2COL}


def use_method(network: Layer, name: str) -> None:
    """Compute every convolution of the network with the method of that name, "winograd" or "im2col"."""
    for _, layer in network.leaves():
        if isinstance(layer, Conv2D | ConvTranspose2D):
            layer.method = METHODS[name]
