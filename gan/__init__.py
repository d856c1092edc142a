"""A GAN that draws handwritten digits: data, networks, training, pictures and applications.

All code that deals with digits, generators or discriminators is in this package. The layers and their derivatives are
in `nnet`, which knows nothing about GANs.
"""

import nnet  # noqa: F401  imported first because `python -m gan.X` must end at once on Ctrl-C (nnet/ctrl_c_during_imports.py)

__version__ = "0.2.0"
