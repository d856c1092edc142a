"""A small neural-network library, every derivative written by hand.

Start with `nnet.layer`: what a layer is. It knows nothing of GANs; `gan` is built on it. Here is the ground floor, in
NumPy alone; `nnet.fast` has the same layers, faster.
"""

import nnet.ctrl_c  # noqa: I001  before all else: see there
import sys

import nnet.threads  # noqa: F401  before NumPy: see there

if "numpy" in sys.modules:  # it came first, and has read its number of threads already
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
