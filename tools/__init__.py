"""Programs that only maintainers run: studies, and those that make the shipped networks, recordings and data.

They are not in the wheel. `python -m tools.X --help` explains each.
"""

import nnet  # noqa: F401  imported first because `python -m tools.X` must end at once on Ctrl-C (nnet/ctrl_c_during_imports.py)
