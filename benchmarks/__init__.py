"""Measure speed and robustness. Timings need an idle machine, so no test asserts a time.

Some environments restrict NumPy's BLAS to kernels for older processors. A user's machine does not, so these settings
are removed before NumPy is loaded. If NumPy is already loaded, as in a test, they are kept, because child processes
must then produce bit-identical results to this process.
"""

import os
import sys

if "numpy" not in sys.modules:
    for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(_name, None)
