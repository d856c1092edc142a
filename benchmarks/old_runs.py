"""Compare how an earlier commit and this one resume the same small runs: `python -m benchmarks.old_runs COMMIT`.

Both resume copies of the runs in tests/runs/old_runs for ten iterations, on one thread and on two, and the
checkpoints must have the same bytes. The digests cannot be committed, because they differ between processors.

`python -m benchmarks.old_runs --make FOLDER` makes such runs with the code of this commit. Those in tests/runs/old_runs
were made at b9981b8.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gan.cli.command_line import Parser, exit_code
from gan.errors import InputError
from gan.rules.config import Config
from gan.runs.run_writer import create

ROOT = Path(__file__).parent.parent
RUNS = ROOT / "tests" / "runs" / "old_runs"
ITERATIONS = 10  # of the runs, and of each comparison
# Every kind of game and option that decides which numbers a checkpoint holds. The networks are as small as possible.
SMALL: dict[str, Any] = {
    "batch": 8,
    "latent": 4,
    "channels": (2, 3),
    "hidden_generator": (4,),
    "hidden_discriminator": 4,
}
OPTIONS: dict[str, dict[str, Any]] = {
    "relativistic": {},
    "relativistic-unfrozen": {"freeze": False, "generator_updates": 2},
    "classic": {"loss": "classic", "gamma": 0.0},
    "classic-unfrozen": {"loss": "classic", "gamma": 0.0, "freeze": False},
    "labels": {"digit": None, "labels": True, "generator_updates": 3, "output": "clipped", "finish": True},
    "labels-unfrozen": {"digit": None, "labels": True, "freeze": False},
    "im2col": {"convolution": "im2col"},
    "augment": {"augment": True},
}


def resume(root: Path, runs: Path, name: str, iterations: int, threads: int) -> None:
    """Resume a run with the code in a folder. Raise InputError if that fails."""
    command = [sys.executable, "train.py", "--resume", "--out", runs, "--run", name, "--workers", "1"]
    command += ["--iterations", str(iterations), "--threads", str(threads)]
    done = subprocess.run([*map(str, command)], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"{name}: expected {root} to resume it, received: {done.stderr.strip()}")


def make(folder: Path) -> int:
    """Make all runs in a new folder, without their pictures, which are large because they are noise."""
    for name, changes in OPTIONS.items():
        run = create(folder / name, Config(**{"digit": 3, "iterations": ITERATIONS, **SMALL, **changes}))
        resume(ROOT, folder, name, ITERATIONS, 1)
        run.checkpoint_before.unlink(missing_ok=True)
        shutil.rmtree(run.images)
        print(run.path)
    return 0


def differences(commit: Path, threads: int) -> list[str]:
    """Return the names of the runs whose checkpoints differ after both commits have resumed them."""
    different = []
    with TemporaryDirectory() as folder:
        for name in OPTIONS:
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


def compare(commit: str) -> int:
    """Print the comparison for one and two threads, and return the exit code."""
    with TemporaryDirectory() as folder:
        git = ["git", "-C", str(ROOT), "worktree"]
        then = Path(folder, "then")
        subprocess.run([*git, "add", "--detach", "--quiet", str(then), commit], check=True)
        try:
            found = {threads: differences(then, threads) for threads in (1, 2)}
        finally:
            subprocess.run([*git, "remove", "--force", str(then)], check=True)
    for threads, names in found.items():
        said = f"differ: {', '.join(names)}" if names else "all equal, bit for bit"
        print(f"{threads} thread(s), {len(OPTIONS)} runs resumed for {ITERATIONS} iterations: {said}")
    return int(any(found.values()))


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.old_runs`. The exit code is 1 if a checkpoint differs."""
    parser = Parser("python -m benchmarks.old_runs", description="Compare how two commits resume the same runs.")
    parser.add_argument("commit", nargs="?", default="b9981b8", help="the earlier commit (default b9981b8)")
    parser.add_argument("--make", type=Path, metavar="FOLDER", help="make the runs instead")

    def run() -> int:
        arguments = parser.parse_args(argv)
        return make(arguments.make) if arguments.make else compare(arguments.commit)

    return exit_code("benchmarks.old_runs", run)


if __name__ == "__main__":
    sys.exit(main())
