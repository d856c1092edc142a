"""Run the forward pass of many images on several threads."""

from functools import partial

import numpy as np

from nnet.fast.kernels.thread_pool import get_threads, shares, together
from nnet.layer import Array, Layer

# Minimum number of images per thread. Waking a thread takes about 0.1 ms, and the
# Python code between kernels holds the GIL.
LEAST_IMAGES = 32


def forward_on_threads(network: Layer, x: Array) -> Array:
    """Return y = network.forward(x)[0], computed on up to `get_threads()` threads.

    The division depends only on the number of images and threads, so equal inputs give
    equal results, bit for bit. With another number of threads, the last bits may
    differ, because matrix products have other shapes.
    """
    parts = min(get_threads(), len(x) // LEAST_IMAGES)
    if parts < 2:
        return network.forward(x)[0]
    network.forward(x[:0])  # caches the transformed weights before threads share them
    results = together(
        [
            partial(network.forward, x[start:stop])
            for start, stop in shares(len(x), parts)
        ]
    )
    return np.concatenate([y for y, _ in results])
