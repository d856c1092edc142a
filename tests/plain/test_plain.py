"""The plain GAN as a program: it learns a digit without numba, and reports its progress."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from gan.data import load, only
from gan.data.images_and_sheets import drawings_on, to_unit
from gan.drawings.classifier import classify, load_classifier
from gan.plain.one_digit import BATCH, train
from gan.plain.training import Measured, Players
from nnet import Array, bce_with_logits
from tests.helpers.commands import ROOT, run
from tests.helpers.strategies import as_bytes

# Run `python -m gan.plain` where numba and llvmlite cannot be imported.
WITHOUT_NUMBA = """
import runpy
import sys
sys.modules["numba"] = sys.modules["llvmlite"] = None
runpy.run_module("gan.plain", run_name="__main__", alter_sys=True)
"""


def test_plain_learns_a_digit_without_numba_and_reports_progress(tmp_path: Path) -> None:
    path = tmp_path / "new" / "threes.png"
    options = "--digit", "3", "--iterations", "110", "--out", str(path)
    done = run([sys.executable, "-c", WITHOUT_NUMBA, *options], cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    progress, last = done.stdout.splitlines()
    assert progress.startswith("iteration 100: ")
    assert str(path) in last
    digits, _ = classify(load_classifier(), drawings_on(path))
    assert len(digits) == 64
    assert (digits == 3).mean() >= 0.5


def test_training_depends_on_the_seed() -> None:
    one, again, other = (as_bytes(train(7, 2, np.random.default_rng(seed)).parameters()) for seed in (1, 1, 2))
    assert one == again
    assert all(one[name] != other[name] for name in one)


def test_training_takes_images_a_loss_and_a_function() -> None:
    shapes: list[tuple[int, ...]] = []
    seen: list[tuple[int, Measured, Players]] = []

    def loss(logits: Array, targets: Array | float) -> tuple[float, Array]:
        shapes.append(logits.shape)
        value, dlogits = bce_with_logits(logits, targets)
        return 2 * value, dlogits

    def weights(images: Array | None, **options: Any) -> dict[str, bytes]:
        return as_bytes(train(7, 2, np.random.default_rng(1), images, **options).parameters())

    usual, sevens = weights(None), to_unit(only(load(), 7).images)
    assert weights(sevens) == usual
    assert weights(-sevens) != usual
    assert weights(sevens, loss=loss, each=lambda *now: seen.append(now)) == usual  # only the value differs
    assert shapes == [(2 * BATCH, 1), (BATCH, 1)] * 2
    assert [iteration for iteration, _, _ in seen] == [1, 2]
    assert as_bytes(seen[-1][2].generator.parameters()) == usual
    train(7, 1, np.random.default_rng(1), each=lambda *now: seen.append(now))
    assert seen[0][1].d_loss == 2 * seen[-1][1].d_loss
