"""Download the full MNIST data set. This is the only module of the project that accesses the internet.

A file is verified before it is written, and written atomically, so a file under its final name is always complete and
correct. If one mirror fails, the next one is tried.
"""

import gzip
import hashlib
import http.client
import io
import shutil
import sys
import urllib.request
import zlib
from pathlib import Path

from tqdm import tqdm

from gan.data import idx
from gan.errors import InputError
from nnet.durable_write import replacing

MIRRORS = (  # base URLs, tried in order
    "https://ossci-datasets.s3.amazonaws.com/mnist/",  # the PyTorch project's
    "https://storage.googleapis.com/cvdf-datasets/mnist/",  # the Common Visual Data Foundation's
)
TIMEOUT = 20.0  # give up on a mirror after this many seconds without data


def download(directory: Path) -> None:
    """Download the files missing from a folder, and report progress on stderr.

    The folder is created if missing, and correct files stay unchanged. Raise InputError if no mirror delivers a file,
    or a file with other content has the same name. Raise OSError if a file cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for stem, expected in idx.MNIST_SHA256.items():
        path = idx.find(directory, stem)
        if path is None:
            path = directory / f"{stem}.gz"
            content = _fetch(path.name, expected)
            with replacing(path) as part:
                part.write_bytes(content)
        elif (found := idx.content_sha256(path)) != expected:  # never overwritten: it may be the user's own data
            message = f"{path}: expected content with SHA-256 {expected}, found {found}"
            raise InputError(f"{message}; move it away, or name another folder")
        print(f"{path.name}: verified", file=sys.stderr, flush=True)


def _fetch(name: str, expected: str) -> bytes:
    """Return a gzipped file from the first mirror that delivers it with the expected content."""
    failures = []
    for mirror in MIRRORS:
        try:
            content = _receive(mirror + name)
            found = hashlib.sha256(gzip.decompress(content)).hexdigest()
            if found == expected:
                return content
            failures.append(f"{mirror}: expected content with SHA-256 {expected}, found {found}")
        except (OSError, EOFError, zlib.error, http.client.HTTPException) as error:
            failures.append(f"{mirror}: {error}")
        print(failures[-1], file=sys.stderr, flush=True)
    alternatives = "the shipped 5,000-digit sample (leave --data out), or a copy of MNIST's four files (--data DIR)"
    message = f"{name} could not be fetched ({'; '.join(failures)}). Try again later. Without the network, use"
    raise InputError(f"{message} {alternatives}")


def _receive(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"User-Agent": "mnist-download"})
    content, name = io.BytesIO(), url.rpartition("/")[2]
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        with tqdm.wrapattr(response, "read", response.length, desc=name, disable=None) as counted:
            shutil.copyfileobj(counted, content)
    return content.getvalue()
