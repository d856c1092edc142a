"""Compare how an earlier commit and this one resume the same small runs: `python -m benchmarks.old_runs COMMIT`.

Both resume copies of the runs in tests/runs/old_runs for ten iterations, on one thread and on two, and the
checkpoints must have the same bytes. The digests cannot be committed, because they differ between processors.

The runs were made at b9981b8, one of every kind of game and option that decides which numbers a checkpoint holds, with
the smallest networks and without their pictures. They learned from the 500 first images of each digit, "all-images",
made at 6461ef9, from MNIST's files in data/mnist.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.parse_options import Options, main_of
from benchmarks.programs import ROOT
from gan.data.mnist import write
from gan.errors import InputError

RUNS = ROOT / "tests" / "runs" / "old_runs"
ITERATIONS = 10  # of the runs, and of each comparison
# A run with augmentation is only read.
NAMES = sorted(path.name for path in RUNS.iterdir() if path.is_dir() and path.name != "augment")
OPTIONS: Options = {"commit": {"nargs": "?", "default": "b9981b8", "help": "the earlier commit (default b9981b8)"}}


def checkpoint(root: Path, name: str, threads: int) -> bytes:
    """Return the checkpoint of a run after the program in `root` has resumed a copy of it."""
    with TemporaryDirectory() as folder:
        shutil.copytree(RUNS / name, Path(folder, name))
        Path(folder, name, "images").mkdir()
        command = [sys.executable, "train.py", "--resume", "--out", folder, "--run", name, "--workers", "1"]
        command += ["--iterations", str(2 * ITERATIONS), "--threads", str(threads)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        if done.returncode:
            raise InputError(f"{name}: expected {root} to resume it, received: {done.stderr.strip()}")
        return Path(folder, name, "checkpoint.safetensors").read_bytes()


def measure(asked: argparse.Namespace) -> int:
    found: list[str] = []
    with TemporaryDirectory() as folder:
        git = ["git", "-C", str(ROOT), "worktree"]
        then = Path(folder, "then")
        subprocess.run([*git, "add", "--detach", "--quiet", str(then), asked.commit], check=True)
        try:
            write(then / "data" / "mnist")
            for threads in (1, 2):
                names = [name for name in NAMES if checkpoint(then, name, threads) != checkpoint(ROOT, name, threads)]
                said = f"differ: {', '.join(names)}" if names else "all equal, bit for bit"
                print(f"{threads} thread(s), {len(NAMES)} runs resumed for {ITERATIONS} iterations: {said}", flush=True)
                found += names
        finally:
            subprocess.run([*git, "remove", "--force", str(then)], check=True)
    return int(bool(found))


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
