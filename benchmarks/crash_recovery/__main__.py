"""Test that a run survives kills, power cuts and full disks, in half an hour: `python -m benchmarks.crash_recovery`.

    python -m benchmarks.crash_recovery                     # 200 kills, 40 cuts, full disks, a shared folder
    python -m benchmarks.crash_recovery --quick             # a few of each, in a few minutes
    python -m benchmarks.crash_recovery kills --count 20    # only kills, 20 of them
    python -m benchmarks.crash_recovery cuts --without-sync # shows that power cuts lose data without syncs
    python -m benchmarks.crash_recovery damage              # 100,000 damaged checkpoints
    python -m benchmarks.crash_recovery save                # time a save, with and without syncs

The tests of power cuts and full disks use loop mounts, which need root on Linux. Elsewhere they are skipped with a
message. docs/reliability.md lists the promises and the results. The exit code is 1 if anything was lost.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.crash_recovery import damage, full_disks, kills, power_cuts, save_times
from benchmarks.crash_recovery.small_run import Line
from benchmarks.parse_options import Options, main_of
from gan.cli.command_line import whole

# The function that tests a part, given a count, a folder and random numbers; the count by default; and with --quick.
PARTS: dict[str, tuple[Callable[[int, Path, random.Random], Iterator[Line]], int, int]] = {
    "kills": (kills.soak, 200, 5),
    "cuts": (power_cuts.soak, 40, 6),  # split evenly between the two file systems
    "full": (full_disks.soak, 1, 1),
    "two": (full_disks.two, 1, 1),
    "damage": (damage.soak, 100_000, 2000),
    "save": (save_times.soak, 20, 5),
}


def measure(asked: argparse.Namespace) -> int:
    rng, bad = random.Random(0), 0
    for name in asked.parts or PARTS:
        test, count, quick = PARTS[name]
        if asked.without_sync and name == "cuts":
            test = partial(power_cuts.soak, options=["--without-sync"])
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            for text, good in test(asked.count or (quick if asked.quick else count), Path(folder), rng):
                print(text if good is None else f"{'good' if good else 'BAD'}: {text}", flush=True)
                bad += good is False
    return int(bad > 0)


OPTIONS: Options = {
    "parts": {"nargs": "*", "choices": [*PARTS, []], "metavar": "PART", "help": f"{', '.join(PARTS)} (default: all)"},
    "--count": {"type": whole(1), "metavar": "N", "help": "of kills, cuts, damages or saves (200, 40, 100,000, 20)"},
    "--without-sync": {"action": "store_true", "help": "power cuts while training syncs nothing"},
    "--quick": {"action": "store_true", "help": "a few of each"},
}


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
