"""Ctrl-C in a program that is begun as `python -m gan.write`: no traceback, whenever it comes.

Python imports the packages `gan` and `gan.write` before the first line of the program itself, and these import for a
second or two. There is nothing to save then: SIGINT gets its default action with the first of them, and ends the
program at once. What may have something to clear up asks for a KeyboardInterrupt again (gan/command.py does, for all).
Only `signal` and `sys` are imported here, for nothing else comes first.
"""

import signal
import sys


def ends_at_once() -> None:
    """Give SIGINT its default action, unless somebody has taken it or has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def is_raised() -> bool:
    """Let SIGINT raise a KeyboardInterrupt again, if `python -m` is why it does not; whether that was so."""
    a_module_runs = getattr(sys.modules["__main__"], "__spec__", None) is not None
    if not a_module_runs or signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:
        return False
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return True


if sys.argv[:1] == ["-m"]:  # so it is while Python looks for the module that it was told to run
    ends_at_once()
