"""Programs that only maintainers run: studies, the count of lines, and programs that make bundled files.

They make the bundled networks, the recorded runs and a part of the page How it works.

They are not in the wheel. `python -m tools.X --help` explains each.
"""

import nnet  # noqa: F401  imported first because `python -m tools.X` must end at once on Ctrl-C (nnet/ctrl_c_during_imports.py)
