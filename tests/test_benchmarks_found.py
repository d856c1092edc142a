"""benchmarks.found on a few digits of the sample: both tables, and what they are made of."""

import json
from pathlib import Path

import numpy as np
import pytest
from digits import folder_of, write

from benchmarks import found
from benchmarks.found import NEAR, Usual, correlation, cosines_to, measured, others_of
from gan.data import idx, load
from gan.write.vectorize.ink import likeness

SAMPLE = load()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("mnist")
    order = np.random.default_rng(0).permutation(len(SAMPLE.images))
    images, labels = SAMPLE.images[order], SAMPLE.labels[order]
    folder_of(directory, idx.pack(images), idx.pack(labels))
    write(directory / "t10k-images-idx3-ubyte", idx.pack(images[:100]))
    write(directory / "t10k-labels-idx1-ubyte", idx.pack(labels[:100]))
    return directory


def test_a_few_digits_and_writers(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"
    asked = ["--digits", "6", "--writers", "4", "--data", str(folder), "--save", str(file)]
    assert found.main(asked) == 0
    again, others = json.loads(file.read_text())["rows"]
    assert (again["n"], others["n"]) == (6, 4)
    assert 0.8 < again["random"] < again["cosine"] < 1 or again["cosine"] > 0.9
    assert again["cosine_tenth"] <= again["cosine"]
    assert again["read"] >= 0.5
    assert 0 < again["seconds"] <= again["longest"]
    assert all(-1 <= others[f"{name}_{of}"] <= 1 for name in ("lean", "ink") for of in ("shown", "own", "most"))
    printed = capsys.readouterr().out
    assert "| lean, 4 writers" in printed
    assert "| 6 " in printed


def test_cosines_are_likenesses() -> None:
    pictures = SAMPLE.images[::500]
    cosines = cosines_to(pictures, SAMPLE.images[7])
    np.testing.assert_allclose(cosines, [likeness(picture, SAMPLE.images[7]) for picture in pictures])


def test_the_nine_others_are_the_nearest() -> None:
    labels = np.tile(np.arange(10), 30)
    assert others_of(labels, 153) == {0: 150, 1: 151, 2: 152, 4: 154, 5: 155, 6: 156, 7: 157, 8: 148, 9: 149}
    assert others_of(np.repeat(np.arange(10), 2 * NEAR), 5) == {}  # the others lie too far off


def test_what_is_usual_is_none() -> None:
    usual = Usual(SAMPLE)
    rest = [usual.less(picture, 4) for picture in SAMPLE.images[SAMPLE.labels == 4]]
    np.testing.assert_allclose(np.median(rest, axis=0), 0, atol=1e-9)
    assert measured(np.zeros((28, 28), np.uint8)).tolist() == [0.0, 0.0]


def test_correlations() -> None:
    a = list(np.random.default_rng(0).standard_normal((50, 2)))
    assert correlation(a, [row * [2, -1] for row in a], 0) == pytest.approx(1)
    assert correlation(a, [row * [2, -1] for row in a], 1) == pytest.approx(-1)


def test_without_mnist_it_says_where_it_looked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found.main(["--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("benchmarks.found: ")
    assert error.count("\n") == 1
