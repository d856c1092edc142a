"""Define the writer's compiled loops, which are functions from arrays to arrays.

Importing numba takes 0.4 s, so `import gan.write` alone imports none of these modules.
Code that encodes files imports them inside its functions. Code that creates strokes is
imported only when a handwriting is first needed. `python -m gan.write.warm` compiles
all kernels in advance.
"""

from nnet.fast.kernels.cache_folder import require_cache_folder

require_cache_folder(lambda: None)
