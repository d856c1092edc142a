"""Read your own images as training data, from a folder of pictures or from an array.

    letters/A/1.png, letters/B/1.png, ..   the names of the subfolders are the labels, one to ten
    cats/1.jpg, cats/2.jpg, ..             without subfolders, there is one label, the folder's name
    letters.npy                            images, (N, H, W) or (N, H, W, 1, 3 or 4) uint8
    letters.npz                            "images" as above and, optionally, "labels", (N,) text or whole numbers

Every picture becomes 28 x 28 grey levels, with ink 255 on paper 0 as in MNIST. It is scaled to fit and padded with
paper, never stretched. If most pictures are lighter at the border than on average, their paper is light, and all
pictures are inverted. Transparent pixels count as white. Of an animation, only the first frame is read.

With 100 images or more, every tenth image of each label is held out from training, for evaluation.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from gan.config import DIGITS, check_names
from gan.errors import InputError
from gan.parameter import shorten
from gan.pictures import SIDE, Pictures
from nnet.durable_write import durably_replacing

ARRAYS = (".npy", ".npz")
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # Pillow's others may start programs, or are obscure
ENDINGS = set(".png .jpg .jpeg .gif .bmp .webp .tif .tiff .ppm .pgm".split())
MAX_PIXELS = 25_000_000  # in a picture, because a small file can hold a picture that fills the memory
MAX_IMAGES = 200_000
MAX_BYTES = 1 << 30  # of an array, uncompressed
LONGEST_NAME = 20  # characters of a label that is the name of a folder or file
NO_LABEL = "drawing"  # of pictures in no named folder
FILE = "data.npz"  # in the folder of a run on uploaded images
HELD_OUT = 10  # one of so many images is held out
FEWEST = 100  # with fewer images, none is held out, and the networks memorize them


class OwnImages(NamedTuple):
    """Images with their labels.

    Attributes
    ----------
    images : (N, 28, 28) uint8, ink 255
    labels : (N,) uint8, indices into `names`
    names : tuple of str
        The names of the labels; empty if they are the digits 0 to 9.
    notes : tuple of str
        What the user should know about the data, one line each.
    """

    images: Pictures
    labels: NDArray[np.uint8]
    names: tuple[str, ...]
    notes: tuple[str, ...]


def is_own(path: Path) -> bool:
    """Return whether a path is an array or a folder of pictures, judging by the names of its files."""
    if path.suffix.lower() in ARRAYS:
        return True
    return path.is_dir() and any(entry.is_dir() or entry.suffix.lower() in ENDINGS for entry in visible(path))


def read(path: Path, held_out: bool | None = False) -> OwnImages:
    """Read the images to train on, or those that are held out, or all of them if `held_out` is None.

    Raises
    ------
    InputError
        If a file is no picture or has too many pixels, an array has another type or shape, there are no images or too
        many, there are more than ten labels, or nothing is held out. The message names the file.
    """
    return gather(_from_array(path) if path.suffix.lower() in ARRAYS else _from_folder(path), path, held_out)


def gather(drawn: Iterable[tuple[Pictures, str]], path: Path, held_out: bool | None) -> OwnImages:
    """Return grey pictures with their labels as images, like `read`. `path` is named in errors."""
    small, words = list[Pictures](), list[str]()
    for grey, word in drawn:
        small.append(fit(grey))
        words.append(word)
        if len(small) > MAX_IMAGES:
            raise InputError(f"{path}: expected at most {MAX_IMAGES:,} images, found more; leave some out", "data")
    names = sorted(set(words), key=lambda word: (not word.isdecimal(), int(word) if word.isdecimal() else 0, word))
    check_labels(path, names)
    images, notes = to_ink(small)
    if not images.any():
        raise InputError(f"{path}: expected pictures with ink, found only blank ones; transparency counts as white")
    labels = np.array([names.index(word) for word in words], np.uint8)
    held = is_held_out(labels)
    if held_out and not held.any():
        raise InputError(f"{path}: expected {FEWEST} images to hold some out, found {len(images)}; add some", "data")
    digits = names == [str(digit) for digit in range(DIGITS)]
    part = np.ones(len(images), bool) if held_out is None else held if held_out else ~held
    return OwnImages(
        images[part], labels[part], () if digits else tuple(names), (describe(names, labels, held), *notes)
    )


def check_labels(path: Path, names: list[str]) -> None:
    """Raise an InputError that names the file or folder if there are too many labels or a label is not usable."""
    if len(names) > DIGITS:
        found = f"found {len(names)}: {', '.join(map(shorten, names[:3]))}, .."
        raise InputError(f"{path}: expected 1 to {DIGITS} labels, {found}; leave some out", "data")
    try:
        check_names(tuple(names))
    except InputError as error:
        raise InputError(f"{path}: {error}", "data") from error


def is_held_out(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which images are held out, (N,): every tenth of each label, or none if there are fewer than 100 images."""
    held = np.zeros(len(labels), bool)
    if len(labels) >= FEWEST:
        for label in np.unique(labels):
            held[np.flatnonzero(labels == label)[HELD_OUT - 1 :: HELD_OUT]] = True
    return held


def describe(names: list[str], labels: NDArray[np.uint8], held: NDArray[np.bool_]) -> str:
    """Return a line with the number of images of each label, and how many are held out."""
    counts = np.bincount(labels, minlength=len(names)).tolist()
    each = ", ".join(f"{name} {count:,}" for name, count in zip(names, counts, strict=True))
    if held.any():
        return f"Images: {each}. Of these, {held.sum():,} are held out for evaluation."
    return (
        f"Images: {each}. With fewer than {FEWEST}, the networks will memorize them: "
        "compare the drawings with the nearest training images."
    )


# Pictures


def fit(grey: Pictures) -> Pictures:
    """Scale a picture, (H, W) uint8, so that its longer side has 28 pixels."""
    height, width = grey.shape
    scale = SIDE / max(height, width)
    if scale == 1:
        return grey
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR))


def to_ink(small: list[Pictures]) -> tuple[Pictures, tuple[str, ...]]:
    """Return scaled pictures as (N, 28, 28) with ink 255 on paper 0, and a note if they were inverted."""
    light = sum(_border(picture).mean() > picture.mean() for picture in small)
    dark = sum(_border(picture).mean() < picture.mean() for picture in small)
    images = np.zeros((len(small), SIDE, SIDE), np.uint8)
    for image, picture in zip(images, small, strict=True):
        height, width = picture.shape
        top, left = (SIDE - height) // 2, (SIDE - width) // 2
        image[top : top + height, left : left + width] = 255 - picture if light > dark else picture
    note = f"Inverted: {light:,} of {len(small):,} pictures show dark ink on light paper."
    return images, (note,) if light > dark else ()


def _border(picture: Pictures) -> Pictures:
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


def read_picture(path: Path, content: bytes | None = None) -> Pictures:
    """Read a picture upright and in grey, (H, W) uint8. Raise InputError if it is none or has too many pixels.

    If its content is given, the file is not opened.
    """
    try:
        with Image.open(path if content is None else io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height <= MAX_PIXELS:
                return to_grey(ImageOps.exif_transpose(image))
    except Exception as error:  # Pillow has no base class for the errors that broken files cause
        message = f"expected a picture ({', '.join(FORMATS)}), received a file that cannot be read as one; remove it"
        raise InputError(f"{path}: {message}", "data") from error
    found = f"found {image.width:,} x {image.height:,}; make it smaller"
    raise InputError(f"{path}: expected at most {MAX_PIXELS:,} pixels, {found}", "data")


def to_grey(image: Image.Image) -> Pictures:
    """Return a picture in grey, (H, W) uint8, on white paper where it is transparent."""
    if image.mode.startswith("I"):  # 16 bits; Pillow would clip them to 255
        return (np.asarray(image).clip(0, 65535) // 257).astype(np.uint8)
    if "A" in image.mode or "transparency" in image.info:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return np.asarray(image.convert("L"))


# Folders and arrays


def pictures_in(files: Mapping[str, bytes]) -> Iterator[tuple[Pictures, str]]:
    """Yield every picture among files in memory in grey, labelled with the last folder in its name."""
    for name, content in files.items():
        yield read_picture(Path(name), content), Path(name).parent.name or NO_LABEL


def save(images: OwnImages, path: Path) -> None:
    """Write all images into a .npz file that `read` can read. Raise OSError if that fails."""
    names = np.array(images.names or [str(digit) for digit in range(DIGITS)])
    with durably_replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, images=images.images, labels=names[images.labels])


def visible(folder: Path) -> list[Path]:
    """Return the entries of a folder in the order of their names, without hidden ones."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _from_folder(folder: Path) -> Iterator[tuple[Pictures, str]]:
    """Yield every picture in grey, with its label. Raise InputError if the folder has another layout."""
    entries = visible(folder)
    folders = [entry for entry in entries if entry.is_dir()]
    if folders and len(folders) < len(entries):
        file = next(entry for entry in entries if not entry.is_dir())
        found = f"found both ({file.name} and {folders[0].name})"
        raise InputError(f"{folder}: expected either subfolders or pictures, {found}; move the pictures", "data")
    check_labels(folder, [entry.name for entry in folders])
    for label in folders or [folder]:
        files = visible(label)
        if not files:
            raise InputError(f"{label}: expected pictures, found none; add some, or remove the folder", "data")
        for file in files:
            if file.is_dir():
                raise InputError(f"{file}: expected a picture, found a folder; move its pictures into {label}", "data")
            yield read_picture(file), label.name if folders else _name_of(folder)


def _name_of(path: Path) -> str:
    """Return a label for all pictures of a folder or file without labels."""
    name = "".join(filter(str.isprintable, path.resolve().stem)).strip()
    return name[:LONGEST_NAME].strip() or NO_LABEL


def _from_array(path: Path) -> Iterator[tuple[Pictures, str]]:
    """Yield every image of an array in grey, with its label. Raise InputError if it is of another type or shape."""
    images, labels = _load(path)
    shape = images.shape
    fits = images.ndim == 3 or (images.ndim == 4 and shape[3] in (1, 3, 4))
    if images.dtype != np.uint8 or not fits or 0 in shape or shape[1] * shape[2] > MAX_PIXELS:
        expected = "expected images (N, height, width) or (N, height, width, 1, 3 or 4) of uint8, 0 to 255"
        raise InputError(f"{path}: {expected}, received {shape} of {images.dtype}; convert them", "data")
    words: Iterable[str] = [_name_of(path)] * len(images)
    if labels is not None:
        if labels.shape != (len(images),) or labels.dtype.kind not in "biuU":
            expected = f"expected labels ({len(images)},) of text or whole numbers"
            raise InputError(f"{path}: {expected}, received {labels.shape} of {labels.dtype}", "data")
        words = map(str, labels.tolist())
    for image, word in zip(images, words, strict=True):
        flat = image[..., 0] if image.shape[2:] == (1,) else image
        yield flat if flat.ndim == 2 else to_grey(Image.fromarray(flat)), word


def _load(path: Path) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Return the images and, if there are any, the labels in a .npy or .npz file."""
    try:
        size = path.stat().st_size
        if path.suffix.lower() == ".npz":
            with zipfile.ZipFile(path) as packed:
                size = sum(member.file_size for member in packed.infolist())
        if size > MAX_BYTES:
            raise ValueError(f"it holds {size:,} bytes, more than {MAX_BYTES:,}")
        content = np.load(path, allow_pickle=False)
        if isinstance(content, np.ndarray):
            return content, None
        with content:
            return content["images"], content["labels"] if "labels" in content else None
    except (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        expected = 'expected numbers or text, in a .npz file named "images" and, optionally, "labels"'
        raise InputError(f"{path}: {expected}; it cannot be read: {error}", "data") from error
