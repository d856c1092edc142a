"""The networks and recorded runs that ship with the project.

There are generators, two classifiers and recorded runs. README.md in this folder
describes them. `tools.bundle_networks` creates the generators,
`tools.make_recorded_runs` the recorded runs.
"""

from pathlib import Path

RECORDED = Path(__file__).parent / "recorded"  # a finished run
# two runs that differ in one setting, for the page "What if?"
RECORDED_PAIR = Path(__file__).parent / "recorded-pair"
# the names of the two runs; in the second one the judge moves
FROZEN = "what-if-frozen"
LOOSE = "what-if-not-frozen"
