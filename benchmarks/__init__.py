"""Measure speed and robustness.

Timings need an idle machine, so no test asserts a time.

Some environments restrict NumPy's BLAS to kernels for older processors. Users' machines
do not, so these settings are removed before NumPy is imported. If NumPy was imported
earlier, as in a test, they are kept, because the results of child processes must then
be bit-identical to those of this process.
"""

import gan.cli.one_blas_thread

import os
import sys

if "numpy" not in sys.modules:
    for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(_name, None)
