"""A GAN that draws handwritten digits: data, networks, training, pictures and applications.

All code that deals with digits, generators or discriminators is in this package. The layers and their derivatives are
in `nnet`, which knows nothing about GANs.
"""

import nnet  # noqa: F401  imported before NumPy because it sets the number of BLAS threads
