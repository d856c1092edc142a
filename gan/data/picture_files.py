"""Decode the user's pictures and arrays, which may be damaged or malicious.

Every error that such a file causes becomes an InputError here. Sizes are checked before
anything is decoded, because a small file can hold a picture or an array that fills the
memory.
"""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from gan.base.errors import InputError
from gan.base.files import open_regular
from gan.base.parameter import shorten
from gan.data.images_and_sheets import Pictures
from gan.data.picture_to_drawing import to_grey

# Other formats of Pillow may start programs, or are obscure.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
MAX_PIXELS = 25_000_000  # in a picture
MAX_REASON = 100  # characters of an error's message
NAMES = ("images", "labels", "ink")  # of the arrays in a .npz file


class ImageArray(NamedTuple):
    """The content of an array file."""

    images: NDArray[np.uint8]  # (N, H, W) or (N, H, W, 1, 3 or 4)
    labels: list[str] | None
    is_ink: bool  # whether ink is 255 in all images


@contextmanager
def readable(message: str, says_why: bool = False) -> Iterator[None]:
    """Turn every error in the block into an InputError, and show no warnings.

    With `says_why`, its message ends with that of the original error. Damaged files
    cause errors of a dozen unrelated classes: zlib.error, TokenError for a header,
    NotImplementedError for an unknown compression, RuntimeError for an encrypted file
    and so on.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            # Pillow warns about many pixels, which are refused anyway.
            yield
    except InputError:
        raise
    except Exception as error:
        if says_why:
            message += f": {str(error)[:MAX_REASON]}"
        raise InputError(message, "data") from error


def read_picture(path: Path) -> Pictures:
    """Read a picture upright and in grey, (H, W) uint8.

    Raise InputError if the file is not a picture, or has more than MAX_PIXELS.
    """
    expected = f"{path}: expected a picture ({', '.join(FORMATS)})"
    with open_regular(path, "data") as file:
        with readable(f"{expected}, received another file; remove it"):
            image = Image.open(file, formats=FORMATS)
        with readable(f"{path}: the picture is damaged; copy it again, or remove it"):
            if image.width * image.height > MAX_PIXELS:
                found = f"found {image.width:,} x {image.height:,}; make it smaller"
                expected = f"expected at most {MAX_PIXELS:,} pixels"
                raise InputError(f"{path}: {expected}, {found}", "data")
            return to_grey(ImageOps.exif_transpose(image))


def read_array(path: Path, most: int) -> ImageArray:
    """Read an array of images of at most `most` bytes, uncompressed.

    Raise InputError if the file is not such an array, or is larger.
    """
    message = f"{path}: expected an array of images; cannot read it"
    with open_regular(path, "data") as file, readable(message, says_why=True):
        _refuse_large(file, most)
        arrays = _load(file)
    images = _images(arrays["images"], path)
    labels = None
    if "labels" in arrays:
        labels = _labels(arrays["labels"], len(images), path)
    return ImageArray(images, labels, _is_ink(arrays, path))


def _load(file: BinaryIO) -> dict[str, NDArray[Any]]:
    """Return the arrays of a .npz file by name, or that of a .npy file as "images".

    Raise an error of any class if the file is neither.
    """
    try:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"images": loaded}
        # NumPy returns a member that is not an array as bytes.
        arrays = {name: np.asarray(loaded[name]) for name in NAMES if name in loaded}
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        # NumPy's own messages suggest unsafe loading.
        has_objects = "Object arrays" in str(error)
        raise ValueError(
            "it holds Python objects; save images as uint8, and labels as text"
            if has_objects
            else "it is damaged or another file; save or copy it again"
        ) from None
    if "images" not in arrays or len(arrays) < len(loaded):
        expected = "its arrays must be images and, if you like, labels and ink"
        found = shorten(", ".join(loaded)) or "none"
        raise ValueError(f"{expected}; found {found}; name them so")
    return arrays


def _refuse_large(file: BinaryIO, most: int) -> None:
    """Raise ValueError if a file is larger than `most` bytes, packed or unpacked."""
    size = file.seek(0, io.SEEK_END)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            # zipfile never unpacks a member beyond its declared size.
            size += sum(member.file_size for member in packed.infolist())
    if size > most:
        raise ValueError(f"it holds {size:,} bytes, more than {most:,}; divide it")
    file.seek(0)


def _images(images: NDArray[Any], path: Path) -> NDArray[np.uint8]:
    shape = images.shape
    dtype = images.dtype
    if shape[:1] == (0,):
        raise InputError(f"{path}: expected images, found none; add some", "data")
    fits = images.ndim == 3 or (images.ndim == 4 and shape[3] in (1, 3, 4))
    if dtype != np.uint8 or not fits or 0 in shape or shape[1] * shape[2] > MAX_PIXELS:
        expected = (
            "expected images (N, height, width) or (N, height, width, 1, 3 or 4) "
            "of uint8, 0 to 255"
        )
        found = shorten(f"{shape} of {dtype}")
        raise InputError(f"{path}: {expected}, received {found}; convert them", "data")
    return images


def _labels(labels: NDArray[Any], count: int, path: Path) -> list[str]:
    if labels.shape != (count,) or labels.dtype.kind not in "biuU":
        expected = (
            f"expected labels ({count},), one for each image, as text or integers"
        )
        found = f"received {labels.shape} of {labels.dtype}"
        raise InputError(f"{path}: {expected}, {found}; save them so", "data")
    return [str(label) for label in labels.tolist()]


def _is_ink(loaded: Mapping[str, Any], path: Path) -> bool:
    mark = np.asarray(loaded.get("ink", False))
    if mark.shape or mark.dtype != bool:
        found = f"received {shorten(repr(mark))}"
        raise InputError(f"{path}: expected ink to be True or False, {found}", "data")
    return bool(mark)
