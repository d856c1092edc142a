"""Compare how an earlier commit and this one resume the same small runs: `python -m benchmarks.old_runs COMMIT`.

Both resume copies of the runs in tests/runs/old_runs for ten iterations, on one thread and on two, and the
checkpoints must have the same bytes. The digests cannot be committed, because they differ between processors.

The runs were made at b9981b8, one of every kind of game and option that decides which numbers a checkpoint holds, with
the smallest networks and without their pictures.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.command_line import Options, main_of
from benchmarks.programs import ROOT
from gan.errors import InputError

RUNS = ROOT / "tests" / "runs" / "old_runs"
ITERATIONS = 10  # of the runs, and of each comparison
# A run with augmentation is only read.
NAMES = sorted(path.name for path in RUNS.iterdir() if path.is_dir() and path.name != "augment")
OPTIONS: Options = {"commit": {"nargs": "?", "default": "b9981b8", "help": "the earlier commit (default b9981b8)"}}


def resume(root: Path, runs: Path, name: str, iterations: int, threads: int) -> None:
    command = [sys.executable, "train.py", "--resume", "--out", runs, "--run", name, "--workers", "1"]
    command += ["--iterations", str(iterations), "--threads", str(threads)]
    done = subprocess.run([*map(str, command)], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"{name}: expected {root} to resume it, received: {done.stderr.strip()}")


def differences(commit: Path, threads: int) -> list[str]:
    """Return the names of the runs whose checkpoints differ after both commits have resumed them."""
    different = []
    with TemporaryDirectory() as folder:
        for name in NAMES:
            checkpoints = []
            for root in (commit, ROOT):
                copy = Path(folder, root.name)
                shutil.copytree(RUNS / name, copy / name)
                (copy / name / "images").mkdir()
                resume(root, copy, name, 2 * ITERATIONS, threads)
                checkpoints.append((copy / name / "checkpoint.safetensors").read_bytes())
            if checkpoints[0] != checkpoints[1]:
                different.append(name)
    return different


def measure(asked: argparse.Namespace) -> int:
    with TemporaryDirectory() as folder:
        git = ["git", "-C", str(ROOT), "worktree"]
        then = Path(folder, "then")
        subprocess.run([*git, "add", "--detach", "--quiet", str(then), asked.commit], check=True)
        try:
            found = {threads: differences(then, threads) for threads in (1, 2)}
        finally:
            subprocess.run([*git, "remove", "--force", str(then)], check=True)
    for threads, names in found.items():
        said = f"differ: {', '.join(names)}" if names else "all equal, bit for bit"
        print(f"{threads} thread(s), {len(NAMES)} runs resumed for {ITERATIONS} iterations: {said}")
    return int(any(found.values()))


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
