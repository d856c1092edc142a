"""benchmarks/legible.py on two handwritings: every row is there, and wrong loops are counted."""

import argparse
from pathlib import Path

import numpy as np
import pytest

from benchmarks.legible import main, measure, ours, real_digits, redrawn, shown, unchanged
from gan.data import load
from gan.write.request import PENS


def test_two_handwritings_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    rows = measure(argparse.Namespace(handwritings=2, pen="felt", data=None))
    assert [row["judge"] for row in rows] == ["first", "second"] * 3
    assert {row["n"] for row in rows} == {20}
    assert all(row["all"] >= 80 and row["digits"].count(100) >= 7 for row in rows)
    assert rows[0]["wrong_loops"] <= 1
    printed = capsys.readouterr().out
    assert "Real digits: 20 of 5,000-digit sample." in printed
    assert printed.count("| 2 handwritings, felt") == 2


def test_pictures_of_our_digits() -> None:
    found = ours(1, "ballpoint")
    assert found.pictures.shape == (10, 28, 28)
    assert found.labels.tolist() == [*range(10)]
    assert ours(1, "felt").pictures.sum() > 1.3 * found.pictures.sum()


def test_real_digits_keep_their_order_and_weight() -> None:
    data = real_digits(None, 40)
    assert len(data.images) == 40
    assert set(data.labels) == {*range(10)}
    by_pen, bare = redrawn(data, PENS["felt"]), unchanged(data)
    np.testing.assert_array_equal(by_pen.labels, bare.labels)
    ink = [found.pictures.sum(axis=(1, 2)) / 255 for found in (by_pen, bare)]
    assert np.corrcoef(ink)[0, 1] > 0.8


def test_wrong_loops_are_counted() -> None:
    ring = np.zeros((112, 112), bool)
    ring[20:90, 20:90] = True
    ring[40:70, 40:70] = False
    assert shown([ring] * 4, [0, 1, 8, 9]).wrong_loops.tolist() == [False, True, True, False]
    data = load()
    assert unchanged(data).wrong_loops.mean() < 0.25


def test_without_mnist_the_error_names_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--handwritings", "1", "--data", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err.splitlines()[-1]
