"""nnet/fast/warm.py and gan/write/warm.py: compile all kernels in advance, and report
the first compilation.
"""

import sys
from pathlib import Path

import numba
import pytest

from nnet.fast import warm
from tests.helpers.commands import run

compiles = pytest.mark.skipif(
    vars(numba.config)["DISABLE_JIT"], reason="nothing is compiled"
)


def new_kernel() -> numba.core.dispatcher.Dispatcher:
    """Return a kernel that was not compiled yet and is not cached."""
    return numba.njit(lambda x: x + 1)


@compiles
def test_the_first_compilation_is_reported_before_it_begins() -> None:
    kernel = new_kernel()
    seen = list[int]()
    with warm.compiling(lambda: seen.append(len(kernel.signatures))):
        kernel(1)
        kernel(1.0)
    assert seen == [0]


TRAIN_AND_WRITE_AFTER_WARMING = """
import itertools
import sys
import numpy as np
import gan.write.warm
import nnet.fast.warm
from gan.data import Dataset
from gan.runs.trainer import Trainer
from gan.write import to_json, to_png, to_self_writing, to_svg, write
from nnet.fast.kernels import products
from tests.helpers.fake_worker import tiny

def compiled():
    packages = "nnet.fast.kernels", "gan.write.kernels"
    kernels = set(products.COMPILED.values())
    for name, module in list(sys.modules.items()):
        if name.startswith(packages):
            kernels |= {k for k in vars(module).values() if hasattr(k, "py_func")}
    return {(k.__module__, k.__name__, str(t)) for k in kernels for t in k.signatures}

nnet.fast.warm.main()
gan.write.warm.main()
before = compiled()
assert len(before) >= 5, before
assert len({each[:2] for each in before if each[0].startswith("gan.write")}) >= 8
images = np.random.default_rng(0).integers(0, 256, (64, 28, 28), dtype=np.uint8)
noise = Dataset(images, np.zeros(64, np.uint8), "noise")
# Tiles of two and of three registers in a row.
fast = [{"channels": channels} for channels in ((64, 128), (48, 96), (48, 48))]
# Fast kernels, im2col, and networks that are too narrow for the fast kernels.
players = *fast, {"channels": (32, 32), "convolution": "im2col"}, {"channels": (4, 8)}
games = {"loss": "relativistic", "gamma": 0.15}, {"loss": "classic", "gamma": 0.0}
# Each player and each game is tested with bent images, and with others.
for number, (game, changes) in enumerate(itertools.product(games, players)):
    config = tiny(None, iterations=None, few=number % 2 == 0, **game, **changes)
    trainer = Trainer(config, noise)
    trainer.iterate()
    trainer.draw().images
squared = {"pen": "ballpoint", "paper": "squared"}
for options in (squared, {"human": 1.0}, {"align": "right"}):
    writing = write("31 + 4.5\\n= 0", seed=8, **options)
    for form in (to_json, to_png, to_self_writing, to_svg):
        form(writing)
print(sorted(compiled() - before))
"""


@compiles
def test_nothing_is_compiled_after_warming() -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", TRAIN_AND_WRITE_AFTER_WARMING]
    done = run(command, cwd=root, env={"PYTHONPATH": str(root)})
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "[]"
