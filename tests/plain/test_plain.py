"""The plain GAN as a program: it learns a digit without numba, and reports its progress."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gan.data import load, only
from gan.data.images_and_sheets import drawings_on, to_unit
from gan.drawings.classifier import classify, load_classifier
from gan.plain.loss_plot import ABOVE, BELOW, COLOURS, HEIGHT, LEFT, RIGHT, WIDTH, plot, step_above
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
    path, losses = tmp_path / "new" / "threes.png", tmp_path / "losses.png"
    options = "--digit", "3", "--iterations", "110", "--out", str(path), "--losses", str(losses)
    done = run([sys.executable, "-c", WITHOUT_NUMBA, *options], cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    progress, plotted, last = done.stdout.splitlines()
    assert progress.startswith("iteration 100: ")
    assert str(losses) in plotted
    assert str(path) in last
    with Image.open(losses) as picture:
        assert picture.size == (WIDTH, HEIGHT)
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


# The plot of the losses: where its lines are, and the scale of its axis


@pytest.mark.parametrize(
    ("least", "step"), [(0.3, 0.5), (1.0, 1), (1.01, 2), (2.1, 2.5), (2.6, 5), (5.1, 10), (17, 20), (0.0021, 0.0025)]
)
def test_the_axis_has_round_numbers(least: float, step: float) -> None:
    assert step_above(least) == pytest.approx(step)


@pytest.mark.parametrize("count", [2, 1000])
def test_each_loss_is_a_line_at_its_height(count: int) -> None:
    picture = np.asarray(plot([(1.0, 3.0)] * count))  # the axis ends at 4
    assert picture.shape == (HEIGHT, WIDTH, 3)
    inside = range(LEFT + 5, WIDTH - RIGHT - 5)
    for name, share in (("D", 0.25), ("G", 0.75)):
        rows = [np.flatnonzero((picture[ABOVE + 20 :, x] == COLOURS[name]).all(1)) + ABOVE + 20 for x in inside]
        height = HEIGHT - BELOW - share * (HEIGHT - BELOW - ABOVE)
        assert all(abs(row.mean() - height) <= 1.5 for row in rows)
