"""Timings. They belong to an idle machine and are never part of a test.

Some environments hold NumPy's BLAS to kernels for older processors; a user's machine does not. That is undone here,
before NumPy is loaded.
"""

import os

for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(_name, None)
