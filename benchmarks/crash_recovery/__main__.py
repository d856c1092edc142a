"""Test that a run survives kills, power cuts and a full disk.

    # 200 kills, 40 cuts, a full disk: half an hour
    python -m benchmarks.crash_recovery
    # five kills, five cuts, a full disk: a few minutes
    python -m benchmarks.crash_recovery --quick
    # shows that power cuts lose data without syncs
    python -m benchmarks.crash_recovery --without-sync

Power cuts and full disks need root on Linux. Elsewhere they are skipped with a message.
docs/reliability.md has the results. The exit code is 1 if anything was lost.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.crash_recovery import kills, power_cuts_and_full_disks
from benchmarks.crash_recovery.small_run import Line
from benchmarks.parse_options import Options, main_of
from gan.base.errors import InputError


def results(asked: argparse.Namespace, folder: Path) -> Iterator[Line]:
    rng = random.Random(0)
    options = ["--without-sync"] if asked.without_sync else []
    if not options:
        yield from kills.kill_repeatedly(5 if asked.quick else 200, folder, rng)
    try:
        image = power_cuts_and_full_disks.make_disk(folder)
    except (InputError, OSError) as error:
        yield (
            "power cuts and a full disk: skipped; expected root on Linux with "
            f"e2fsprogs, received {error}",
            None,
        )
        return
    yield from power_cuts_and_full_disks.cut_power(
        5 if asked.quick else 40, image, rng, options
    )
    if not options:
        yield from power_cuts_and_full_disks.fill_disk(
            power_cuts_and_full_disks.make_disk(folder)
        )


def measure(asked: argparse.Namespace) -> int:
    bad = 0
    with tempfile.TemporaryDirectory(prefix="crash-recovery-") as folder:
        for text, good in results(asked, Path(folder)):
            print(
                text if good is None else f"{'good' if good else 'BAD'}: {text}",
                flush=True,
            )
            bad += good is False
    return int(bad > 0)


OPTIONS: Options = {
    "--quick": {"action": "store_true", "help": "only a few kills and cuts"},
    "--without-sync": {
        "action": "store_true",
        "help": "only power cuts, while training syncs nothing",
    },
}


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
