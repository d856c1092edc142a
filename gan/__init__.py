"""A GAN that draws handwritten digits: its data, its two networks, its training, its pictures.

Everything that knows what a digit, a generator or a discriminator is lives here; the layers and their derivatives
live in `nnet`, which knows nothing of GANs.
"""

import nnet  # noqa: F401  before NumPy: it says how many threads BLAS may start
