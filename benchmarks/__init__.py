"""Measure speed and robustness. Speed needs an idle machine, so no test asserts a time.

Some environments restrict NumPy's BLAS to kernels for older processors. A user's machine does not. Remove these
settings before NumPy is loaded. If NumPy is already loaded, as in a test, keep them: child processes must then compute
the same bits as this process.
"""

import os
import sys

if "numpy" not in sys.modules:
    for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(_name, None)
