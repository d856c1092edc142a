"""The matrix product, its rows spread over threads."""

import numpy as np
from numpy.typing import NDArray

from nnet.kernels.parallel import spread

Array = NDArray[np.floating]


def product(a: Array, b: Array) -> Array:
    """a @ b for (M, L) and (L, K) arrays: each thread multiplies its share of a's rows."""
    out = np.empty((a.shape[0], b.shape[1]), a.dtype)
    spread(lambda start, stop: np.matmul(a[start:stop], b, out=out[start:stop]), len(out))
    return out
