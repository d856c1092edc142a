"""Read the images in the body of an upload: JSON that holds files in base64, by their names.

The files are pictures, or one .npz or .npy file (gan/data/own_images.py). The label of a picture is the last folder in
its name, as in "letters/A/1.png". The server calls this in a separate process (gan/web/services/upload_process.py).
"""

import base64
import binascii
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from gan.cli.parameter import parse_object
from gan.data import own_images
from gan.data.dataset import Dataset
from gan.data.picture_files import read_array
from gan.errors import InputError

FILES = "files"
MAX_FILES = 10_000
MAX_ITEMS = 10 * MAX_FILES  # commas and brackets of the JSON, which base64 does not contain; bounds its memory
MAX_NAME = 1000  # characters
MAX_PIXELS = 100_000_000  # of all pictures together: the full MNIST has 47 million
MAX_BYTES = 1 << 27  # of an array, uncompressed


Upload = tuple[Dataset, dict[str, Any]]  # all images of an upload, and the other fields of its JSON, not checked


def read_upload(body: bytes, known: Collection[str]) -> Upload:
    """Read a body, whose other fields should be `known`.

    Raise InputError if it is invalid or its files cannot be read; the message names the file.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_ITEMS:
        received = f"received JSON of more than {MAX_ITEMS:,} items"
        raise InputError(f"{FILES}: expected 1 to {MAX_FILES:,} pictures, {received}", FILES)
    settings = parse_object(body, (FILES, *known))
    return read_images(decode(settings.pop(FILES, None))), settings


def read_images(contents: Mapping[str, bytes]) -> Dataset:
    """Read files, by their names. Raise InputError, which names the file, if one holds no picture."""
    first = Path(next(iter(contents)))
    if first.suffix.lower() not in own_images.ARRAYS:
        return own_images.gather(own_images.pictures_in(contents, MAX_PIXELS), Path("your pictures"), None)
    if len(contents) > 1:
        raise InputError(f"{FILES}: expected pictures, or one .npz or .npy file, received {len(contents)} files", FILES)
    return own_images.of_array(read_array(first, MAX_BYTES, contents[str(first)]), first, None)


def decode(files: Any) -> Mapping[str, bytes]:
    """Return the contents of files in base64, by name, without hidden files. Raise InputError if there are none."""
    expected = f"{FILES}: expected 1 to {MAX_FILES:,} pictures in base64 by their names"
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise InputError(f"{expected}, received other JSON", FILES)
    if any(len(name) > MAX_NAME for name in files):
        raise InputError(f"{expected} of at most {MAX_NAME:,} characters, received a longer one", FILES)
    paths = {name: PurePosixPath(name) for name in files}
    shown = [name for name, path in paths.items() if not any(part.startswith(".") for part in path.parts)]
    if not 1 <= len(shown) <= MAX_FILES:
        raise InputError(f"{expected}, received {len(shown):,}", FILES)
    try:
        return {str(paths[name]): base64.b64decode(files[name], validate=True) for name in shown}
    except (binascii.Error, ValueError):
        raise InputError(f"{expected}, received other text", FILES) from None
