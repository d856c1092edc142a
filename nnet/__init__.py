"""A small neural-network library. Every derivative is written by hand.

Start with `nnet.layer`, which defines a layer. The package knows nothing of GANs; `gan` builds on it. The modules here
are the core and need NumPy alone; `nnet.fast` accelerates the same layers.
"""

import nnet.ctrl_c_at_import  # noqa: I001  must come first: see there
import sys

import nnet.threads  # noqa: F401  must come before NumPy: see there

if "numpy" in sys.modules:  # already imported, so it has read its number of threads
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
