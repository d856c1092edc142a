"""A small neural-network library with hand-written derivatives.

Start with `nnet.layer`, which defines a layer. This package does not depend on `gan`; `gan` builds on it. The modules
in this folder are the core, and their layers need only NumPy. `nnet.fast` accelerates the same layers.
"""

import nnet.at_import  # noqa: I001  must come first; its docstring explains why
import sys

import nnet.threads  # noqa: F401  must come before NumPy; its docstring explains why

if "numpy" in sys.modules:  # NumPy was imported earlier and has already read the thread settings
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
