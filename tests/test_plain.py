"""The plain GAN as a program: it learns a digit without numba, and reports its progress."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from strategies import as_bytes

from gan.classifier import classify, load_classifier
from gan.pictures import GAP
from gan.plain import main, train

ROOT = Path(__file__).resolve().parent.parent

# Run `python -m gan.plain` where numba and llvmlite cannot be imported.
WITHOUT_NUMBA = """
import runpy
import sys
sys.modules["numba"] = sys.modules["llvmlite"] = None
runpy.run_module("gan.plain", run_name="__main__", alter_sys=True)
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_NUMBA, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def digits_of_sheet(path: Path, count: int) -> NDArray[np.uint8]:
    """Return the digits on a sheet with eight per row, (count, 28, 28), with ink 255."""
    with Image.open(path) as picture:
        ink = 255 - np.asarray(picture)
    pitch = 28 + GAP
    assert ink.shape == (count // 8 * pitch + GAP, 8 * pitch + GAP)
    corners = [(GAP + pitch * (n // 8), GAP + pitch * (n % 8)) for n in range(count)]
    return np.stack([ink[top : top + 28, left : left + 28] for top, left in corners])


def test_plain_learns_a_digit_without_numba_and_reports_progress(tmp_path: Path) -> None:
    path = tmp_path / "new" / "threes.png"
    done = run("--digit", "3", "--iterations", "400", "--out", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    *lines, last = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"iteration {n}" for n in (100, 200, 300, 400)]
    assert str(path) in last
    digits, _ = classify(load_classifier(), digits_of_sheet(path, 64))
    assert (digits == 3).mean() >= 0.5


@pytest.mark.parametrize("digit", ["10", "-1", "three"])
def test_an_invalid_digit_is_refused(digit: str, tmp_path: Path) -> None:
    path = tmp_path / "none.png"
    done = run("--digit", digit, "--out", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "digit" in done.stderr
    assert digit in done.stderr
    assert not path.exists()


def test_training_depends_on_the_seed() -> None:
    one, again, other = (as_bytes(train(7, 2, np.random.default_rng(seed)).parameters()) for seed in (1, 1, 2))
    assert one == again
    assert all(one[name] != other[name] for name in one)


@pytest.mark.parametrize("options", [["-o", "x.txt"], ["--seed", "-1"], ["--iterations", "0"]])
def test_invalid_options_give_one_line_before_training(options: list[str], tmp_path: Path) -> None:
    done = run(*options)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("gan.plain: ")


def test_a_full_disk_is_one_line_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(image: Image.Image, file: Path, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fail)
    path = tmp_path / "a.png"
    with pytest.raises(SystemExit) as ended:
        main(["--iterations", "1", "-o", str(path)])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"gan.plain: -o: expected a writable file, received {path}: No space left on device\n"
    )
