"""Set up every program before other imports: let Ctrl-C end it immediately, and report a missing NumPy.

`python -m gan.write` and `gan-digits write` import the packages `gan` and `gan.write` before they run the first line of
the command, and that takes a second or two. There is nothing to save yet, so the first of these imports gives SIGINT
its default action, and Ctrl-C ends the program without a traceback. When a command starts its work, it restores
KeyboardInterrupt (`ctrl_c_raises` in gan/cli/interrupts.py). This module imports only the standard library, because it
must run first.
"""

import os
import signal
import sys
from importlib.machinery import PathFinder


def use_default_action() -> None:
    """Give SIGINT its default action, unless a handler is set or the signal is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def started_as_script() -> bool:
    """Return whether the command `gan-digits` of an installed package started this program or its parent."""
    return os.path.basename("".join(sys.argv[:1])).startswith("gan-digits")  # on Windows, it ends in .exe


if sys.argv[:1] == ["-m"] or started_as_script():  # `python -m` is still looking for the module to run
    use_default_action()

if PathFinder.find_spec("numpy") is None:  # the system's Python, started in place of the one in .venv
    print(f"No NumPy in {sys.executable}: run `make install`, then start .venv/bin/python instead", file=sys.stderr)
    sys.exit(2)
