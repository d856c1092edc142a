"""Compare how an earlier commit and this one resume the same small runs: `python -m benchmarks.old_runs COMMIT`.

Both resume copies of the runs in tests/runs/old_runs for ten iterations, on one core, and all numbers in the
checkpoints must have the same bits. They cannot be committed, because they differ between processors.

The runs were made at b9981b8, one of every kind of game and option that decides which numbers a checkpoint holds, with
the smallest networks and without their pictures. They learned from the 500 first images of each digit, "all-images",
made at 6461ef9, from MNIST's files in data/mnist.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.parse_options import Options, main_of
from benchmarks.programs import ROOT
from gan.data.mnist import write
from gan.errors import InputError
from nnet import weights

RUNS = ROOT / "tests" / "runs" / "old_runs"
ALL_IMAGES, MNIST = "all-images", Path("data", "mnist")  # a run on more than the first images, and their folder
ITERATIONS = 10  # of the runs, and of each comparison
# A run with augmentation is only read.
NAMES = sorted(path.name for path in RUNS.iterdir() if path.is_dir() and path.name != "augment")
OPTIONS: Options = {"commit": {"nargs": "?", "default": "b9981b8", "help": "the earlier commit (default b9981b8)"}}


def state(root: Path, name: str) -> tuple[dict[str, bytes], str]:
    """Return the numbers in the checkpoint of a run after the program in `root` has resumed a copy of it."""
    with TemporaryDirectory() as folder:
        shutil.copytree(RUNS / name, Path(folder, name))
        Path(folder, name, "images").mkdir()
        command = [sys.executable, "train.py", "--resume", "--out", folder, "--run", name, "--workers", "1"]
        command += ["--iterations", str(2 * ITERATIONS)]
        command += ["--data", str(MNIST)] if name == ALL_IMAGES and root != ROOT else []
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        if done.returncode:
            raise InputError(f"{name}: expected {root} to resume it, received: {done.stderr.strip()}")
        arrays, texts = weights.load(Path(folder, name, "checkpoint.safetensors"))
        return {part: array.tobytes() for part, array in arrays.items()}, texts["trainer"]


def measure(asked: argparse.Namespace) -> int:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # any commit trains on one core then
    with TemporaryDirectory() as folder:
        git = ["git", "-C", str(ROOT), "worktree"]
        then = Path(folder, "then")
        subprocess.run([*git, "add", "--detach", "--quiet", str(then), asked.commit], check=True)
        try:
            write(then / MNIST)
            names = [name for name in NAMES if state(then, name) != state(ROOT, name)]
        finally:
            subprocess.run([*git, "remove", "--force", str(then)], check=True)
    said = f"differ: {', '.join(names)}" if names else "all equal, bit for bit"
    print(f"{len(NAMES)} runs resumed for {ITERATIONS} iterations: {said}")
    return int(bool(names))


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
