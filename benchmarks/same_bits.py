"""Compare the bits of short runs with another commit.

    python -m benchmarks.same_bits COMMIT

The working tree and COMMIT both train the same runs on one and on two cores, stop
halfway and resume. Then all numbers in the checkpoints, the metrics and the pictures
must be equal, byte for byte. No expected bytes are committed, because they depend on
the processor.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.parse_options import Options, main_of
from benchmarks.run_programs import ROOT
from gan.base.errors import InputError
from nnet import weights

HALF = 10  # iterations before a run is stopped
KINDS = {  # options of train.py
    "relativistic": "--digits 3",
    "classic": "--digits 3 --loss classic --gamma 0",
    "unfrozen": "--digits 3 --no-freeze",
    "quick": "--digits 3 --network quick --seed 5",
    "all digits": "--digits any",
    "own images": "--data letters.npz",
    "im2col and the lock": "--digits 3",
}
# What changes in the config of a run before it resumes.
CHANGES = {
    "im2col and the lock": {"convolution": "im2col", "freeze_switches": [HALF + 3]}
}
# Old checkpoints have augment_rng, a random state that nothing used.
NOT_COMPARED = {"iterations_per_second", "augment_rng"}
OPTIONS: Options = {"commit": {"metavar": "COMMIT", "help": "the other commit"}}


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """Yield the folder of a temporary git worktree of the commit."""
    git = ["git", "-C", str(ROOT), "worktree"]
    with TemporaryDirectory() as folder:
        root = Path(folder, "other")
        try:
            add = [*git, "add", "--detach", "--quiet", str(root), commit]
            if subprocess.run(add).returncode:
                raise InputError(f"expected a commit, received {commit}; see git log")
            yield root
        finally:
            subprocess.run([*git, "remove", "--force", str(root)], stderr=DEVNULL)


def train(root: Path, folder: Path, options: str) -> None:
    """Run the train.py of the working tree `root`, with `folder` as the current folder.

    Raise InputError if it fails.
    """
    program = str(root / "train.py")
    command = [sys.executable, program, "--out", "runs", *options.split()]
    environment = os.environ | {"PYTHONPATH": str(root)}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        _, said = process.communicate()
    finally:
        process.terminate()  # after Ctrl-C it may still be saving
        process.wait()
    if process.returncode:
        raise InputError(
            f"{root}: expected train.py {options} to succeed, received: {said.strip()}"
        )


def result(root: Path, kind: str, cores: int) -> dict[str, object]:
    """Train a run with the code in `root`, and return the contents to compare."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        images = np.random.default_rng(0).integers(0, 256, (80, 28, 28), np.uint8)
        np.savez(
            folder / "letters.npz", images=images, labels=["A", "B"] * 40, ink=True
        )
        train(root, folder, f"{KINDS[kind]} --cores {cores} --iterations {HALF}")
        (config,) = folder.glob("runs/*/config.json")
        changed = json.loads(config.read_text()) | CHANGES.get(kind, {})
        config.write_text(json.dumps(changed))
        train(root, folder, f"--resume --cores {cores} --iterations {2 * HALF}")
        return contents(config.parent)


def contents(run: Path) -> dict[str, object]:
    """Return the content of a run's checkpoint, metrics and pictures, by name."""
    arrays, texts = weights.load(run / "checkpoint.safetensors")
    found: dict[str, object] = {
        path.name: path.read_bytes() for path in run.glob("images/*.png")
    }
    for name, array in arrays.items():
        found[name] = (array.dtype, array.shape, array.tobytes())
    found |= compared(texts["trainer"])
    for line in (run / "metrics.jsonl").read_text().splitlines():
        values = compared(line)
        found[f"metrics of {values['iteration']}"] = values
    return found


def compared(text: str) -> dict[str, object]:
    return {
        name: value
        for name, value in json.loads(text).items()
        if name not in NOT_COMPARED
    }


def measure(asked: argparse.Namespace) -> int:
    is_equal = True
    with checkout(asked.commit) as other:
        for kind, cores in product(KINDS, (1, 2)):
            ours = result(ROOT, kind, cores)
            theirs = result(other, kind, cores)
            names = sorted(ours.keys() | theirs.keys())
            differ = [name for name in names if ours.get(name) != theirs.get(name)]
            said = "equal"
            if differ:
                said = f"{len(differ)} of {len(names)} differ, such as {differ[0]}"
            print(f"{kind}, --cores {cores}: {said}", flush=True)
            is_equal &= not differ
    return int(not is_equal)


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
