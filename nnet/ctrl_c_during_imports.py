"""Set up a program before its other imports: let Ctrl-C end it at once, and report a missing NumPy.

The imports take a second or two, and there is nothing to save yet. So the first of them gives SIGINT its default
action, and Ctrl-C ends the program without a traceback. When the work starts, `exit_code` restores KeyboardInterrupt
(gan/cli/command_line.py). This module imports only the standard library, because it must run first.
"""

import os
import signal
import sys
from importlib.machinery import PathFinder

CHECKOUT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

started = "".join(sys.argv[:1])  # "-m" while `python -m` is still looking for the module to run
name = os.path.basename(started)
is_program = started == "-m" or name.startswith("gan-digits")
if name in ("server.py", "train.py"):  # elsewhere abspath is not called: it fails if the working folder was deleted
    is_program = os.path.dirname(os.path.abspath(started)) == CHECKOUT
if is_program and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

if PathFinder.find_spec("numpy") is None:  # the system's Python, started in place of the one in .venv
    print(f"No NumPy in {sys.executable}: run `make install`, then start .venv/bin/python instead", file=sys.stderr)
    sys.exit(2)
