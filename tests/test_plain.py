"""The plain GAN as a program: it learns a digit where there is no numba at all, and says how it gets on."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from strategies import as_bytes

from gan.classifier.network import classify, load_classifier
from gan.pictures import GAP
from gan.plain import train

ROOT = Path(__file__).resolve().parent.parent

# `python -m gan.plain` where numba and llvmlite cannot be imported.
WITHOUT_NUMBA = """
import runpy
import sys
sys.modules["numba"] = sys.modules["llvmlite"] = None
runpy.run_module("gan.plain", run_name="__main__", alter_sys=True)
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_NUMBA, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def cut(path: Path, count: int) -> NDArray[np.uint8]:
    """The digits of a sheet of eight a row, (count, 28, 28), ink 255."""
    with Image.open(path) as picture:
        ink = 255 - np.asarray(picture)
    pitch = 28 + GAP
    assert ink.shape == (count // 8 * pitch + GAP, 8 * pitch + GAP)
    corners = [(GAP + pitch * (n // 8), GAP + pitch * (n % 8)) for n in range(count)]
    return np.stack([ink[top : top + 28, left : left + 28] for top, left in corners])


def test_it_learns_a_digit_in_numpy_alone_and_says_how_it_gets_on(tmp_path: Path) -> None:
    path = tmp_path / "new" / "threes.png"
    done = run("--digit", "3", "--iterations", "400", "--out", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    *lines, last = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"iteration {n}" for n in (100, 200, 300, 400)]
    assert str(path) in last
    digits, _ = classify(load_classifier(), cut(path, 64))
    assert (digits == 3).mean() >= 0.5


def test_numba_was_really_missing() -> None:
    blocked = WITHOUT_NUMBA.replace('"gan.plain"', '"nnet.fast.warm"')
    done = subprocess.run([sys.executable, "-c", blocked], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "import of numba halted" in done.stderr


@pytest.mark.parametrize("digit", ["10", "-1", "three"])
def test_another_digit_is_refused(digit: str, tmp_path: Path) -> None:
    path = tmp_path / "none.png"
    done = run("--digit", digit, "--out", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "digit" in done.stderr
    assert digit in done.stderr
    assert not path.exists()


def test_the_same_seed_learns_the_same_and_another_seed_another() -> None:
    one, again, other = (as_bytes(train(7, 2, np.random.default_rng(seed)).parameters()) for seed in (1, 1, 2))
    assert one == again
    assert all(one[name] != other[name] for name in one)


@pytest.mark.parametrize("wrong", [["-o", "x.txt"], ["--seed", "-1"], ["--iterations", "0"]])
def test_a_wrong_wish_is_one_line_before_anything_is_trained(wrong: list[str], tmp_path: Path) -> None:
    done = run(*wrong)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("gan.plain: ")
