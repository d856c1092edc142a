"""Read your own images as training data, from a folder of pictures or from an array.

    letters/A/1.png, letters/B/1.png   one to ten subfolders, whose names are the labels
    cats/1.jpg, cats/2.jpg             no subfolders: one label, the folder's name
    letters.npy                        images, (N, H, W) or (N, H, W, 1, 3 or 4) uint8
    letters.npz                        "images" as above and, optionally, "labels", (N,)
                                       text or whole numbers, and "ink": True, which
                                       means that ink is 255 in all of them

Every picture becomes 28 x 28 grey levels, with ink 255 on paper 0 as in MNIST
(gan/data/picture_to_drawing.py). Of an animation, only the first frame is read.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gan.base.errors import InputError
from gan.base.labels import DIGITS, check_names, composed, trimmed
from gan.base.text import counted, is_visible
from gan.data.dataset import FEWEST, Dataset
from gan.data.images_and_sheets import Pictures
from gan.data.picture_files import ImageArray, read_array, read_picture
from gan.data.picture_to_drawing import fit, pad, to_grey, to_ink
from nnet.durable_write import durably_replacing

ARRAYS = (".npy", ".npz")
ENDINGS = set(".png .jpg .jpeg .gif .bmp .webp .tif .tiff .ppm .pgm".split())
ANIMATED = (".gif", ".png", ".webp")  # files that may have several frames
HIDDEN = ("desktop.ini", "thumbs.db")  # which Windows adds to folders
MAX_IMAGES = 200_000
MAX_BYTES = 1 << 30  # of an array, uncompressed
LONGEST_NAME = 20  # characters of a label that is the name of a folder or file
NO_LABEL = "drawing"  # the label of pictures in a folder without a usable name
FILE = "data.npz"  # uploaded images, in the folder of the run that uses them


class Drawn(NamedTuple):
    """A picture in grey, (H, W), its label, and its name for messages."""

    grey: Pictures
    label: str
    name: str


def is_own(path: Path) -> bool:
    """Return whether a path is an array or a folder of pictures.

    Only the names of files decide; nothing is read.
    """
    if path.suffix.lower() in ARRAYS:
        return True
    return path.is_dir() and any(
        entry.is_dir() or entry.suffix.lower() in ENDINGS for entry in visible(path)
    )


def read(path: Path) -> Dataset:
    """Read the images in a folder or an array.

    Raise InputError, which names the file, if a picture cannot be read, is blank or has
    too many pixels, if an array has another dtype or shape or is too large, or if there
    are no images, more than MAX_IMAGES, or more than ten labels.
    """
    if path.suffix.lower() not in ARRAYS:
        return gather(_from_folder(path), path)
    return of_array(read_array(path, MAX_BYTES), path)


def of_array(array: ImageArray, path: Path) -> Dataset:
    """Turn an array of images into a dataset. Raise InputError like `read`.

    If the array has no labels, the name of `path` is the label of all images.
    """
    labels = array.labels or [_name_of(path)] * len(array.images)
    drawn = (
        Drawn(grey_of(image), labels[number], f"image {number}")
        for number, image in enumerate(array.images)
    )
    return gather(drawn, path, array.is_ink)


def gather(drawn: Iterable[Drawn], path: Path, is_ink: bool = False) -> Dataset:
    """Turn grey pictures with labels into a dataset. Raise InputError like `read`.

    Errors name `path`. `is_ink` tells whether ink is 255 in all pictures. Otherwise
    `to_drawings` tells ink from paper in each picture.
    """
    fitted = [
        picture._replace(grey=fit(picture.grey), label=composed(picture.label))
        for picture in islice(drawn, MAX_IMAGES + 1)
    ]
    if len(fitted) > MAX_IMAGES:
        expected = f"expected at most {MAX_IMAGES:,} images"
        raise InputError(f"{path}: {expected}, found more; leave some out", "data")
    kinds = list(dict.fromkeys(picture.label for picture in fitted))
    check_names(kinds, f"{path}: names", "data")
    kinds.sort(
        # numbers first, in numerical order
        key=lambda kind: (0, int(kind), kind) if kind.isdecimal() else (1, 0, kind)
    )
    fitted = to_drawings(fitted, path, is_ink)
    images = pad([picture.grey for picture in fitted])
    numbers = np.array([kinds.index(picture.label) for picture in fitted], np.uint8)
    digits = kinds == [str(digit) for digit in range(DIGITS)]
    return Dataset(
        images,
        numbers,
        name=f"{counted(len(images), 'image')} of {path}",
        names=() if digits else tuple(kinds),
        notes=(describe(kinds, numbers),),
        path=str(path),
        is_own=True,
    )


def describe(names: list[str], labels: NDArray[np.uint8]) -> str:
    counts = np.bincount(labels, minlength=len(names)).tolist()
    each = ", ".join(
        f"{name} {count:,}" for name, count in zip(names, counts, strict=True)
    )
    shown = f"Images: {each}."
    if len(labels) < FEWEST * len(names):
        shown += (
            " The networks may copy them: "
            "compare the drawings with the nearest training images."
        )
    return shown


# Pictures


def grey_of(image: Pictures) -> Pictures:
    """Return an image of an array, (H, W) or (H, W, 1, 3 or 4) uint8, in grey."""
    height, width, *channels = image.shape
    if channels in ([], [1]):
        return image.reshape(height, width)
    return to_grey(Image.fromarray(image))


def to_drawings(fitted: list[Drawn], path: Path, is_ink: bool) -> list[Drawn]:
    """Convert scaled grey pictures to ink 255 on paper 0, if they are not that already.

    If any are blank, raise InputError, which names the first.
    """
    inked = []
    blank = []
    for picture in fitted:
        ink = picture.grey if is_ink else to_ink(picture.grey)
        if ink is None or not ink.any():
            blank.append(picture.name)
        else:
            inked.append(picture._replace(grey=ink))
    if blank:
        count = f"{len(blank):,} blank of {len(fitted):,}"
        found = f"found {count}, the first is {blank[0]}"
        if Path(blank[0]).suffix.lower() in ANIMATED:
            found += " (of an animation, only its first frame is read)"
        raise InputError(
            f"{path}: expected pictures with ink, {found}; remove them", "data"
        )
    return inked


# Folders and arrays


def save(images: Dataset, path: Path) -> None:
    """Write images into a .npz file that `read` can read.

    Raise OSError if that fails.
    """
    labels = np.array(images.names or range(DIGITS)).astype(str)[images.labels]
    with durably_replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, images=images.images, labels=labels, ink=True)


def visible(folder: Path) -> list[Path]:
    """Return the entries of a folder that neither Linux nor Windows hides."""
    return sorted(
        entry
        for entry in folder.iterdir()
        if not entry.name.lower().startswith((".", *HIDDEN))
    )


def _from_folder(folder: Path) -> Iterator[Drawn]:
    """Yield every picture in grey, with its label.

    Raise InputError unless the folder has either subfolders of pictures or pictures.
    """
    entries = visible(folder)
    folders = [entry for entry in entries if entry.is_dir()]
    pictures = [entry for entry in entries if not entry.is_dir()]
    if folders and pictures:
        found = f"found both ({pictures[0].name} and {folders[0].name})"
        expected = f"expected either subfolders or pictures, {found}"
        raise InputError(f"{folder}: {expected}; move the pictures", "data")
    labels = dict.fromkeys(composed(entry.name) for entry in folders)
    check_names(list(labels), f"{folder}: names", "data")
    for place in folders or [folder]:
        label = place.name if folders else _name_of(folder)
        files = visible(place)
        if not files:
            advice = "add some, or remove the folder"
            raise InputError(
                f"{place}: expected pictures, found none; {advice}", "data"
            )
        for file in files:
            if file.is_dir():
                advice = f"move its pictures into {place}"
                raise InputError(
                    f"{file}: expected a picture, found a folder; {advice}", "data"
                )
            yield Drawn(read_picture(file), label, str(file))


def _name_of(path: Path) -> str:
    stem = composed(Path(os.path.abspath(path)).stem)
    name = trimmed("".join(filter(is_visible, stem)))
    return trimmed(name[:LONGEST_NAME]) or NO_LABEL
