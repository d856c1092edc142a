"""A GAN that draws handwritten digits.

All code that deals with digits, generators or discriminators is in this package. The
layers and their derivatives are in `nnet`, which knows nothing about GANs.
"""

import sys
from importlib.util import find_spec

if find_spec("numpy") is None:
    # The system's Python was started in place of the one in .venv.
    remedy = "run `make install`, then start .venv/bin/python instead"
    print(f"No NumPy in {sys.executable}: {remedy}", file=sys.stderr)
    sys.exit(2)

__version__ = "0.2.0"
