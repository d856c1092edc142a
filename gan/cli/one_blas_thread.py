"""Limit BLAS to one thread. Programs import this module before all others.

BLAS, the library that multiplies matrices for NumPy, reads these settings when NumPy
loads it. macOS's cannot be limited later, as `nnet.threads.one_blas_thread` does.
"""

import os

BLAS_SETTINGS = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
os.environ.update(dict.fromkeys(BLAS_SETTINGS, "1"))
