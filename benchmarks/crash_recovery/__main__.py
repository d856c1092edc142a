"""Test that a run survives kills, power cuts and full disks, in half an hour: `python -m benchmarks.crash_recovery`.

    python -m benchmarks.crash_recovery                     # 200 kills, 40 cuts, full disks, a shared folder
    python -m benchmarks.crash_recovery --quick             # a few of each, in a few minutes
    python -m benchmarks.crash_recovery kills --kills 20    # only kills, 20 of them
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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.crash_recovery import damage, full_disks, kills, loop_devices, power_cuts, save_times
from gan.cli.command_line import Parser, exit_code, whole
from gan.cli.parameter import SEED

PARTS = ("kills", "cuts", "full", "two", "damage", "save")
KILLS, CUTS, DAMAGES = 200, 40, 100_000  # the power cuts are split evenly between the two file systems
QUICK_KILLS, QUICK_CUTS, QUICK_DAMAGES = 5, 6, 2000

Line = tuple[str, bool | None]  # the result and whether the test passed; None if it was skipped or only measures


def soak_kills(arguments: argparse.Namespace, folder: Path, rng: random.Random) -> Iterator[Line]:
    """Test whether a run survives kills."""
    found = kills.soak(arguments.kills or (QUICK_KILLS if arguments.quick else KILLS), folder, rng)
    yield f"kills: {found}", found.good


def soak_cuts(arguments: argparse.Namespace, folder: Path, rng: random.Random) -> Iterator[Line]:
    """Test whether a run survives power cuts, on each file system."""
    count = arguments.cuts or (QUICK_CUTS if arguments.quick else CUTS)
    for kind in loop_devices.SIZES:
        if reason := loop_devices.why_not(kind, folder):
            yield f"cuts on {kind}: skipped, {reason}", None
            continue
        found = power_cuts.soak(kind, -(-count // len(loop_devices.SIZES)), folder, rng, arguments.without_sync)
        yield f"cuts on {kind}{' without syncs' if arguments.without_sync else ''}: {found}", found.good


def soak_full(arguments: argparse.Namespace, folder: Path, rng: random.Random) -> Iterator[Line]:
    """Test disks that cannot be written to."""
    if reason := loop_devices.why_not("ext4", folder):
        yield f"full disks: skipped, {reason}", None
        return
    for what, wrong in full_disks.soak(folder):
        yield f"{what}: {wrong or 'exit code 2, one sentence, the last checkpoint complete'}", wrong is None


def soak_two(arguments: argparse.Namespace, folder: Path, rng: random.Random) -> Iterator[Line]:
    """Test two processes that use the same folder."""
    wrong = full_disks.two(folder)
    yield f"two processes on one folder: {wrong or 'the second is refused, the first trains on'}", wrong is None


def soak_damage(arguments: argparse.Namespace, folder: Path, rng: random.Random) -> Iterator[Line]:
    """Test whether damage to a checkpoint is detected."""
    count = arguments.damages or (QUICK_DAMAGES if arguments.quick else DAMAGES)
    found = damage.soak(count, folder, rng)
    yield f"damaged checkpoints: {dict(found.most_common(9))}", found["detected"] + found["harmless"] == count


def soak_save(arguments: argparse.Namespace, folder: Path, rng: random.Random) -> Iterator[Line]:
    """Time saves."""
    for line in save_times.soak(folder, QUICK_KILLS if arguments.quick else save_times.COUNT):
        yield line, None


SOAKS: dict[str, Callable[[argparse.Namespace, Path, random.Random], Iterator[Line]]] = {
    "kills": soak_kills, "cuts": soak_cuts, "full": soak_full, "two": soak_two, "damage": soak_damage,
    "save": soak_save,
}  # fmt: skip


def soak(arguments: argparse.Namespace) -> int:
    """Run the requested parts and return the number of failures."""
    rng, bad = random.Random(arguments.seed), 0
    for part in arguments.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="soak-", dir=arguments.dir) as folder:
            for text, good in SOAKS[part](arguments, Path(folder), rng):
                print(text if good is None else f"{'good' if good else 'BAD'}: {text}", flush=True)
                bad += good is False
    return bad


def build_parser() -> Parser:
    """Build the command line."""
    parser = Parser(
        "python -m benchmarks.crash_recovery", description="Test that a run survives kills, power cuts and full disks."
    )
    add = parser.add_argument
    add("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    add("--kills", type=whole(1), metavar="N", help=f"(default {KILLS}, quick {QUICK_KILLS})")
    add(
        "--cuts", type=whole(1), metavar="N", help=f"on both file systems together (default {CUTS}, quick {QUICK_CUTS})"
    )
    add("--damages", type=whole(1), metavar="N", help=f"(default {DAMAGES:,}, quick {QUICK_DAMAGES:,})")
    add("--without-sync", action="store_true", help="power cuts while training syncs nothing")
    add("--quick", action="store_true", help="a few of each")
    add("--seed", type=SEED.option, default=0, help="of the random moments (default 0)")
    add("--dir", type=Path, help="folder for the runs and disks (default: the system's temporary folder)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.crash_recovery` and return the exit code."""
    bad: list[int] = []
    code = exit_code("benchmarks.crash_recovery", lambda: bad.append(soak(build_parser().parse_args(argv))))
    return code or int(bad[0] > 0)


if __name__ == "__main__":
    sys.exit(main())
