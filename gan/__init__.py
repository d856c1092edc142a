"""A GAN that draws handwritten digits: data, networks, training, pictures and applications.

Everything that knows about digits, generators or discriminators is here. The layers and their derivatives are in
`nnet`, which knows nothing of GANs.
"""

import nnet  # noqa: F401  before NumPy: it sets the number of BLAS threads
