"""Timings. They belong to an idle machine and are never part of a test.

Some environments hold NumPy's BLAS to kernels for older processors; a user's machine does not. That is undone here,
before NumPy is loaded. Where it is loaded already, in a test, the settings stay: the processes that it starts must
multiply as it does, to the last bit.
"""

import os
import sys

if "numpy" not in sys.modules:
    for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(_name, None)
