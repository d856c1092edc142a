"""Handle uploads of the user's own images. Each becomes a new run, which keeps the images in its folder.

The files are in base64 in a JSON body: pictures, or a single .npz or .npy file (gan/data/own_images.py). The label of a
picture is the last folder in its file name, as in "letters/A/1.png".
"""

import base64
import binascii
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from aiohttp import hdrs, web

from gan.config import SETTINGS
from gan.data import own_images
from gan.errors import InputError
from gan.parameter import table
from gan.web.http.params import json_object, read
from gan.web.keys import CHANGES, DRAWINGS, RUN_MANAGER
from gan.web.routes.runs import NETWORK

MAX_FILES = 10_000
FILES = "files"
GIVEN = table(NETWORK, SETTINGS["seed"])


async def create_run_on_images(request: web.Request) -> web.Response:
    """Create a run on the images in the body, and make it the live one."""
    given = await json_object(request, (FILES, *GIVEN))
    settings = {name: read(given, parameter) for name, parameter in GIVEN.items()}
    app = request.app
    images = await app[DRAWINGS].run(read_images, given.get(FILES))
    name = await app[CHANGES].run(lambda: app[RUN_MANAGER].create_on(images, **settings))
    answer = {"id": name, "notes": list(images.notes)}
    return web.json_response(answer, status=201, headers={hdrs.LOCATION: f"/api/runs/{name}"})


def read_images(files: Any) -> own_images.OwnImages:
    """Return all images in the uploaded files. Raise InputError if they cannot be read; the message names the file."""
    contents = decode(files)
    first = PurePosixPath(next(iter(contents)))
    if first.suffix.lower() not in own_images.ARRAYS:
        return own_images.gather(own_images.pictures_in(contents, 100_000_000), Path("your pictures"), None)
    if len(contents) > 1:
        raise InputError(f"{FILES}: expected pictures, or one .npz or .npy file, received {len(contents)} files", FILES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"images{first.suffix.lower()}")
        path.write_bytes(contents[str(first)])
        try:
            return own_images.read(path, None)
        except InputError as error:
            raise InputError(str(error).replace(str(path), str(first)), FILES) from None


def decode(files: Any) -> Mapping[str, bytes]:
    """Return the contents of files in base64, by name, without hidden files. Raise InputError if there are none."""
    expected = f"{FILES}: expected 1 to {MAX_FILES:,} pictures in base64 by their names"
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise InputError(f"{expected}, received other JSON", FILES)
    shown = {name: text for name, text in files.items() if not PurePosixPath(name).name.startswith(".")}
    if not 1 <= len(shown) <= MAX_FILES:
        raise InputError(f"{expected}, received {len(shown):,}", FILES)
    try:
        return {str(PurePosixPath(name)): base64.b64decode(text, validate=True) for name, text in shown.items()}
    except (binascii.Error, ValueError):
        raise InputError(f"{expected}, received other text", FILES) from None
