"""Load the training images: the sample that ships with the project, the full MNIST data set, or your own images.

`load()` returns the sample of 5,000 real digits, so that training works without a download. `load(PATH)` returns the
60,000 digits in a folder that contains MNIST's files, gzipped or not, or the user's own images (`own_images`).

`batches` shuffles them, `distortions` bends them, `nearest` measures distances to them, and `idx` reads, writes and
verifies MNIST's files. `download` is the only module that accesses the internet, and only the command
`python -m gan.data download` uses it.
"""

from dataclasses import replace
from pathlib import Path

from gan.cli.command_line import command
from gan.data import idx, own_images
from gan.data.dataset import Dataset, only
from gan.errors import InputError

__all__ = ["DOWNLOAD_DIRECTORY", "SAMPLE", "Dataset", "load", "load_test", "only"]

SAMPLE = Path(__file__).parents[1] / "mnist"  # the files of 5,000 real digits
DOWNLOAD_DIRECTORY = Path("data", "mnist")  # relative to the current folder


def load(directory: Path | str | None = None) -> Dataset:
    """Load the training images: MNIST's files in a folder, the user's own images (`own_images`), or the shipped sample.

    Raise InputError if a file is missing, truncated, corrupt or of another format, or if there are not as many labels
    as images.
    """
    if directory is None:
        sample = _load_pair(SAMPLE, "sample")
        return replace(sample, name=f"{len(sample.images):,}-digit sample", path=None)
    return _load_own(Path(directory), False) or _load_pair(Path(directory), "train")


def load_test(directory: Path | str) -> Dataset:
    """Load the images that training never uses: MNIST's test files (``t10k-...``), or held-out images of one's own.

    Raise InputError as `load` does.
    """
    path = Path(directory)
    if own := _load_own(path, True):
        return own
    data = _load_pair(path, "t10k")
    return replace(data, name=f"{len(data.images):,} test digits of {path}")


def _load_own(path: Path, held_out: bool) -> Dataset | None:
    """Load the user's own images, or the part that is held out. Return None if the path has others or none."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(f"{path}: expected a folder or a file, found a pipe or a device; choose another", "data")
    has_idx = path.is_dir() and any(idx.find(path, stem) for stem in idx.MNIST_SHA256)
    if has_idx or not own_images.is_own(path):
        return None
    return own_images.read(path, held_out)


def _load_pair(directory: Path, prefix: str) -> Dataset:
    image_path = _find(directory, f"{prefix}-images-idx3-ubyte")
    label_path = _find(directory, f"{prefix}-labels-idx1-ubyte")
    images, labels = idx.read_images(image_path), idx.read_labels(label_path)
    if len(images) != len(labels):
        found = f"found {len(images):,} images in {image_path} and {len(labels):,} labels in {label_path}"
        raise InputError(f"expected as many labels as images, {found}", "data")
    return Dataset(images, labels, f"{len(images):,} digits of {directory}", path=str(directory))


def _find(directory: Path, stem: str) -> Path:
    path = idx.find(directory, stem)
    if path is None:
        if directory.is_file():
            expected = "expected a folder, or an array that ends in .npy or .npz, received another file"
            raise InputError(f"{directory}: {expected}; name the folder of your pictures", "data")
        found = "found none" if directory.is_dir() else "found no such folder"
        expected = f"expected {stem} and MNIST's other files, or pictures, such as {directory / 'A' / '1.png'}"
        fetch = f'Fetch MNIST with "{command("gan.data")} download {directory}", or leave --data out to use the sample'
        if directory == SAMPLE:
            fetch = "The sample belongs to the project: check it out or install it again"
        raise InputError(f"{directory}: {expected}, {found}. {fetch}", "data")
    return path
