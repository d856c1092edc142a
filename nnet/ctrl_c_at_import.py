"""End a program immediately on Ctrl-C while it is still importing modules.

`python -m gan.write` imports the packages `gan` and `gan.write` before it runs the first line of the command, and that
takes a second or two. There is nothing to save yet, so the first of these imports gives SIGINT its default action, and
Ctrl-C ends the program without a traceback. When a command starts its work, it restores KeyboardInterrupt
(`ctrl_c_raises` in gan/command.py). This module imports only `signal` and `sys`, because it must run first.
"""

import signal
import sys


def use_default_action() -> None:
    """Give SIGINT its default action, unless a handler is set or the signal is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


if sys.argv[:1] == ["-m"]:  # `python -m` is still looking for the module to run
    use_default_action()
