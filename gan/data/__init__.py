"""Load the training images: MNIST, which ships with the project, or other images.

`load()` returns MNIST's 60,000 training digits (`mnist`). `load(PATH)` returns the
digits in a folder with MNIST's original files, gzipped or not, or with other files of
that format and those names (`idx`). For any other path it returns the user's own images
(`own_images`).

`distortions` bends images, and `nearest` measures distances between them.
"""

from pathlib import Path

from gan.base.errors import InputError
from gan.base.text import counted
from gan.data import idx, mnist, own_images
from gan.data.dataset import Dataset, head, only
from gan.data.mnist import HEAD

__all__ = ["HEAD", "Dataset", "head", "load", "load_test", "only"]


def load(path: Path | str | None = None) -> Dataset:
    """Load MNIST, MNIST's files in a folder, or the user's own images (`own_images`).

    Raise InputError if a file is missing, truncated, corrupt or of another format, or
    if there are not as many labels as images.
    """
    if path is None:
        return mnist.dataset("train")
    place = Path(path)
    has_idx = place.is_dir() and any(idx.find(place, stem) for stem in idx.MNIST_FILES)
    if not has_idx and own_images.is_own(place):
        return own_images.read(place)
    return _load_pair(place)


def load_test() -> Dataset:
    """Load MNIST's test digits, which training never uses.

    Raise InputError like `load`.
    """
    return mnist.dataset("test")


def _load_pair(directory: Path) -> Dataset:
    image_path = _find(directory, "train-images-idx3-ubyte")
    label_path = _find(directory, "train-labels-idx1-ubyte")
    images = idx.read_images(image_path)
    labels = idx.read_labels(label_path)
    if len(images) != len(labels):
        found = (
            f"found {counted(len(images), 'image')} in {image_path} "
            f"and {counted(len(labels), 'label')} in {label_path}"
        )
        advice = "take both files from the same set"
        raise InputError(
            f"expected as many labels as images, {found}; {advice}", "data"
        )
    name = f"{counted(len(images), 'digit')} of {directory}"
    return Dataset(images, labels, name, path=str(directory))


def _find(directory: Path, stem: str) -> Path:
    path = idx.find(directory, stem)
    if path is None:
        if directory.exists() and not directory.is_dir():
            expected = (
                "expected a folder, or an array that ends in .npy or .npz, "
                "received another file; name the folder of your pictures"
            )
            raise InputError(f"{directory}: {expected}", "data")
        if any(idx.find(directory, other) for other in idx.MNIST_FILES):
            expected = f"expected {stem} beside MNIST's other files, found none"
            raise InputError(f"{directory}: {expected}; copy it there", "data")
        found = "found none" if directory.is_dir() else "found no such folder"
        expected = (
            f"expected {stem} and MNIST's other files, "
            f"or pictures, such as {directory / 'A' / '1.png'}"
        )
        advice = "leave --data out to use MNIST"
        raise InputError(f"{directory}: {expected}, {found}; {advice}", "data")
    return path
