"""A GAN that draws handwritten digits, from the data to the pages.

All code that deals with digits, generators or discriminators is in this package. The
layers and their derivatives are in `nnet`, which knows nothing about GANs.
"""

import sys
from importlib.util import find_spec

if find_spec("numpy") is None:
    # the system's Python, started in place of the one in .venv
    print(
        f"No NumPy in {sys.executable}: run `make install`, then start "
        ".venv/bin/python instead",
        file=sys.stderr,
    )
    sys.exit(2)

__version__ = "0.2.0"
