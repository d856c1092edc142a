"""Give numba a folder for compiled kernels where it has none, as for a user of a container without a home.

Numba keeps compiled functions beside their source, or else in the user's cache folder. If it can write to neither, it
raises RuntimeError when a kernel is defined. Both packages of kernels call `find_cache_folder` before they define any.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.util import Finalize

from numba import config, njit
from numba.misc.appdirs import AppDirs

SETTING = "NUMBA_CACHE_DIR"


def find_cache_folder(function: Callable[[], None]) -> None:
    """Make a private folder for compiled kernels if numba has none for the package that defines `function`.

    Numba's files are pickles, so nobody else may write them: the folder's name is random, and only its owner may open
    it. Child processes inherit it. It is deleted when the process that made it has ended its children and exits.

    Raises
    ------
    SystemExit
        If no folder for temporary files is writable either. The exit code is 2.
    """
    if is_cached(function):
        return
    advice = f"set {SETTING} to a folder that you can write to"
    try:
        folder = tempfile.mkdtemp(prefix="gan-kernels-")
    except OSError as error:
        print(f"Kernels: expected a writable folder to compile into, found none ({error}); {advice}", file=sys.stderr)
        raise SystemExit(2) from error
    Finalize(None, shutil.rmtree, (folder, True), exitpriority=-1)  # later than children end; not in a forked child
    os.environ[SETTING] = folder
    config.reload_config()
    print(f"Kernels compile into {folder}, which is deleted at the end. To keep them, {advice}.", file=sys.stderr)


def is_cached(function: Callable[[], None]) -> bool:
    """Return whether numba finds a folder for the compiled functions of the module that defines `function`."""
    home = AppDirs("numba", appauthor=False).user_cache_dir
    # For a user without a home, "~" would be in the current folder.
    if SETTING not in os.environ and not os.path.isabs(home):
        return os.access(os.path.dirname(function.__code__.co_filename), os.W_OK)
    try:
        njit(cache=True)(function)
    except RuntimeError:
        return False
    return True
