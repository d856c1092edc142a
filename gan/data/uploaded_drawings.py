"""Read uploaded drawings.

An upload is a .npz file as the page "Draw your own" makes it (static/js/logic/npz.js).
It is not trusted, because any client can send one. So the sizes that it declares are
checked before anything is unpacked, and no member is unpacked beyond its size.
"""

import io
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.base.parameter import shorten
from gan.data import own_images
from gan.data.dataset import Dataset
from gan.data.images_and_sheets import SIDE
from gan.data.picture_files import ImageArray, readable

MOST = 3000  # drawings
# of an upload, packed and unpacked; fits MOST drawings with labels of 40 characters
MAX_BYTES = 3_000_000
MEMBERS = ["images.npy", "ink.npy", "labels.npy"]
# With other compressions, zipfile unpacks more than it is asked for.
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
EXPECTED = (
    f"expected a .npz file of 1 to {MOST:,} images of {SIDE} x {SIDE} uint8, "
    "as many labels of text, and ink, which is True"
)


def read_upload(body: bytes) -> Dataset:
    """Return the drawings in an uploaded file.

    Raise InputError if the file has another format, is too large, or has a blank
    drawing.
    """
    with readable(f"{EXPECTED}, received another file", says_why=True):
        arrays = _unpack(body)
        images = arrays["images.npy"]
        labels = arrays["labels.npy"]
        ink = arrays["ink.npy"].tolist()
    shape = images.shape
    _expect(
        images.dtype == np.uint8 and shape[1:] == (SIDE, SIDE),
        f"images (N, {SIDE}, {SIDE}) of uint8",
        f"{shape} of {images.dtype}",
    )
    _expect(
        labels.dtype.kind == "U" and labels.shape == shape[:1],
        f"labels ({shape[0]},) of text",
        f"{labels.shape} of {labels.dtype}",
    )
    _expect(1 <= len(images) <= MOST, f"1 to {MOST:,} drawings", f"{len(images):,}")
    _expect(ink is True, "ink, which is True", ink)
    drawings = ImageArray(images, labels.tolist(), True)
    return own_images.of_array(drawings, Path("your drawings"))


def _expect(is_met: bool, expected: str, received: object) -> None:
    if not is_met:
        found = f"received {shorten(str(received))}"
        raise InputError(
            f"your drawings: expected {expected}, {found}; save them again", "data"
        )


def _unpack(body: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a .npz file, by the names of its members.

    Raise ValueError unless the members are MEMBERS and have at most MAX_BYTES in all.
    """
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        members = packed.infolist()
        names = sorted(member.filename for member in members)
        size = sum(member.file_size for member in members)
        is_known = all(member.compress_type in COMPRESSIONS for member in members)
        if names != MEMBERS or size > MAX_BYTES or not is_known:
            raise ValueError(f"{size:,} bytes in {', '.join(names)}")
        arrays = {}
        for member in members:
            with packed.open(member) as file:
                arrays[member.filename] = _read_array(file)
        return arrays


def _read_array(file: IO[bytes]) -> NDArray[Any]:
    """Read a .npy file without trusting the size in its header.

    NumPy would allocate that size before reading.
    """
    np.lib.format.read_magic(file)
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
    # Without a number, zipfile would unpack more than the declared size.
    content = file.read(MAX_BYTES)
    values = np.frombuffer(content, dtype)
    return values.reshape(shape, order="F" if is_fortran else "C")
