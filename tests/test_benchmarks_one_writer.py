"""benchmarks.one_writer: shares that were put in are found again."""

from pathlib import Path

import numpy as np
import pytest
from digits import folder_of
from numpy.typing import NDArray

from benchmarks import one_writer
from benchmarks.one_writer import shares
from gan.data import idx, load


def made(between: float, own: float, drift: float) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """400 writers of about 100 digits, of variance 1; drift fades by half from digit to digit."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 40_000).astype(np.uint8)
    writer = np.sort(rng.integers(0, 400, len(labels)))
    fading = rng.standard_normal(len(labels))
    for i in range(1, len(labels)):
        fading[i] = 0.5 * fading[i - 1] + np.sqrt(0.75) * fading[i]
    parts = (rng.standard_normal(400)[writer], rng.standard_normal((400, 10))[writer, labels], fading)
    sizes = (between, own, drift)
    values = sum(np.sqrt(size) * part for size, part in zip(sizes, parts, strict=True))
    values = values + np.sqrt(1 - sum(sizes)) * rng.standard_normal(len(labels))
    return values + labels, labels  # each digit has its own usual value


@pytest.mark.parametrize(("between", "own", "drift"), [(0.6, 0.1, 0.0), (0.3, 0.3, 0.2), (0.0, 0.0, 0.0)])
def test_shares(between: float, own: float, drift: float) -> None:
    found = shares(*made(between, own, drift))
    within = 1 - between
    assert found["all"] == pytest.approx(1, abs=0.06)
    assert found["within"] == pytest.approx(np.sqrt(within), abs=0.06)
    assert found["between"] == pytest.approx(between, abs=0.06)
    assert found["own"] == pytest.approx(own / within, abs=0.06)
    assert found["drift"] == pytest.approx(drift / 2 / within, abs=0.06)  # as much as the next one takes over
    assert found["own"] + found["drift"] + found["jitter"] == pytest.approx(1)


def test_lean_and_ink_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = load()
    folder_of(tmp_path, idx.pack(sample.images), idx.pack(sample.labels))
    assert one_writer.main(["--data", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[-2:]] == ["lean, pixels a pixel", "ink, logarithm"]
    assert 0.15 < float(lines[-2].split("|")[2]) < 0.35  # of digits that come in no order


def test_without_mnist_it_says_where_it_looked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert one_writer.main(["--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("benchmarks.one_writer: ")
    assert str(tmp_path) in error
    assert error.count("\n") == 1
