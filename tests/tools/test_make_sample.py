"""The program that made the bundled sample, on small sets."""

from pathlib import Path

import numpy as np
import pytest

from gan.data import Dataset, idx
from tests.helpers.commands import assert_refused
from tools import make_sample

RNG = np.random.default_rng(7)
PICTURES = RNG.integers(0, 256, (40, 28, 28), dtype=np.uint8)
DIGITS = RNG.permutation(np.repeat(np.arange(10, dtype=np.uint8), 4))


@pytest.fixture
def sets(monkeypatch: pytest.MonkeyPatch) -> dict[str, Dataset]:
    """Replace the full MNIST by 40 training images and 10 test images, and the size of the sample by 2 a digit."""
    found = {"train": Dataset(PICTURES, DIGITS, "train"), "test": Dataset(255 - PICTURES[:10], DIGITS[:10], "test")}
    monkeypatch.setattr(make_sample, "load", lambda data: found["train"])
    monkeypatch.setattr(make_sample, "load_test", lambda data: found["test"])
    monkeypatch.setattr(make_sample, "PER_DIGIT", 2)
    return found


def test_the_sample_is_the_first_images_of_each_digit_in_order(sets: dict[str, Dataset], tmp_path: Path) -> None:
    assert make_sample.main(["data", "--out", str(tmp_path)]) == 0
    images, labels = (tmp_path / f"{stem}.gz" for stem in make_sample.STEMS)
    assert idx.read_labels(labels).tolist() == [digit for digit in range(10) for _ in range(2)]
    expected = [image for digit in range(10) for image in PICTURES[DIGITS == digit][:2]]
    np.testing.assert_array_equal(idx.read_images(images), expected)


def test_test_images_or_too_few_images_are_refused(
    sets: dict[str, Dataset], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["data", "--out", str(tmp_path)]
    sets["test"] = Dataset(PICTURES[DIGITS == 3][:1], DIGITS[:1], "test")
    assert_refused(make_sample.main, command, "tools.make_sample", "1 of the images are in the test set", capsys)
    sets["train"] = Dataset(PICTURES, np.minimum(DIGITS, 8), "train")
    assert_refused(make_sample.main, command, "tools.make_sample", "expected 2 training images of each digit", capsys)
    assert list(tmp_path.iterdir()) == []
