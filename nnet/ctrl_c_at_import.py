"""End a program at once on Ctrl-C while it is still importing.

`python -m gan.write` imports the packages `gan` and `gan.write` before it runs the first line of the command, and that
takes a second or two. There is nothing to save yet, so SIGINT gets its default action with the first of these imports:
the program ends without a traceback. A command that starts its work restores KeyboardInterrupt
(`ctrl_c_raises` in gan/interrupts.py). This module imports only `signal` and `sys`, because it must run first.
"""

import signal
import sys


def use_default_action() -> None:
    """Give SIGINT its default action, unless somebody has set a handler or has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


if sys.argv[:1] == ["-m"]:  # Python has not found the module yet that it was told to run
    use_default_action()
