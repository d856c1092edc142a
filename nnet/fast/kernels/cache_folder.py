"""Exit if numba has no folder in which to cache compiled kernels.

Numba caches compiled functions beside their source, or else in the user's cache folder.
If it can write to neither, as in a container whose user has no home, it raises
RuntimeError when a kernel is defined. So `nnet.fast.kernels` and `gan.write.kernels`
call `require_cache_folder` before they define any.
"""

import sys
from collections.abc import Callable

from numba import njit


def require_cache_folder(function: Callable[[], None]) -> None:
    """Exit with code 2 if numba finds no cache folder for `function`'s module."""
    try:
        njit(cache=True)(function)
    except RuntimeError as error:
        print(
            "Kernels: expected a writable folder to keep them in, found none; "
            "set NUMBA_CACHE_DIR to a folder that you can write to",
            file=sys.stderr,
        )
        raise SystemExit(2) from error
