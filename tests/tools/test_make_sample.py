"""The program that made the bundled sample, and its check against the full data set, on small sets."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from gan.data import Dataset, idx
from gan.errors import InputError
from tools import make_sample

RNG = np.random.default_rng(7)
PICTURES = RNG.integers(0, 256, (12, 28, 28), dtype=np.uint8)
DIGITS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 3], np.uint8)


def full_sample() -> Dataset:
    """Make 500 different images of each digit; the first two pixels of an image encode its index."""
    images = np.zeros((5000, 784), np.uint8)
    images[:, :2] = np.arange(5000, dtype="<u2").view(np.uint8).reshape(5000, 2)
    return Dataset(images.reshape(-1, 28, 28), np.repeat(np.arange(10, dtype=np.uint8), 500), "file.csv")


def test_the_sample_is_checked_against_the_full_set() -> None:
    sample, order = full_sample(), RNG.permutation(5000)
    train = Dataset(sample.images[order], sample.labels[order], "train")
    places = make_sample.check_against(sample, train, Dataset(PICTURES, DIGITS, "test"))
    np.testing.assert_array_equal(train.images[places], sample.images)


def test_a_sample_that_is_not_in_the_training_set_is_refused() -> None:
    sample, test = full_sample(), Dataset(PICTURES, DIGITS, "test")
    changed = sample.images.copy()
    changed[17, 27, 27] += 1
    relabelled = np.roll(sample.labels, 1)  # the first image of each digit gets the label of the previous digit
    with pytest.raises(InputError, match=r"^file.csv: 1 of its images are not .* same label, the first in line 18$"):
        make_sample.check_against(sample, Dataset(changed, sample.labels, "train"), test)
    with pytest.raises(InputError, match=r"^file.csv: 10 of its images are not .*, the first in line 1$"):
        make_sample.check_against(sample, Dataset(sample.images, relabelled, "train"), test)


def test_a_sample_with_test_images_duplicates_or_wrong_counts_is_refused() -> None:
    sample, test = full_sample(), Dataset(PICTURES, DIGITS, "test")
    leaking = Dataset(sample.images[4990:], sample.labels[4990:], "test")
    with pytest.raises(InputError, match="10 of its images are in the test set; expected none"):
        make_sample.check_against(sample, sample, leaking)
    doubled = sample.images.copy()
    doubled[1] = doubled[0]
    with pytest.raises(InputError, match="1 of its images occur twice"):
        make_sample.check_against(Dataset(doubled, sample.labels, "file.csv"), sample, test)
    short = Dataset(sample.images[1:], sample.labels[1:], "file.csv")
    with pytest.raises(InputError, match=r"expected 500 images of each digit 0 to 9, found \[499, 500"):
        make_sample.check_against(short, sample, test)


def test_a_csv_file_is_read(tmp_path: Path) -> None:
    lines = [",".join(map(str, [*image.ravel(), label])) for image, label in zip(PICTURES, DIGITS, strict=True)]
    path = tmp_path / "digits.csv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    sample = make_sample.read_csv(path)
    np.testing.assert_array_equal(sample.images, PICTURES)
    np.testing.assert_array_equal(sample.labels, DIGITS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"1,2,3\n", "expected 785 numbers a line, found 3"),
        (b"a,b\n", "cannot be read as numbers separated by commas"),
        (b",".join([b"0.5"] * 785), "expected whole numbers from 0 to 255, found others"),
        (b",".join([b"256"] * 785), "expected whole numbers from 0 to 255, found others"),
        (None, "cannot be read as numbers separated by commas"),
    ],
)
def test_a_wrong_csv_file_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "digits.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"digits.csv:? {message}"):
        make_sample.read_csv(path)


def test_without_the_full_set_no_sample_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx.pack(PICTURES))
    assert make_sample.main(["--csv", "none.csv", "--data", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "expected the full MNIST, found another train-images-idx3-ubyte or none" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train-images-idx3-ubyte"]
