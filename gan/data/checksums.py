"""What the right files are: the SHA-256 of MNIST's four files and of the shipped sample, and a check of a folder.

The hash is taken of the *uncompressed* content, so that it is the same however a file was packed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gan.data import idx
from gan.errors import InputError

# File -> SHA-256 of its uncompressed content.
FULL_SET: Mapping[str, str] = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
SAMPLE: Mapping[str, str] = {
    "sample-images-idx3-ubyte": "a4a9358b9ba319305e7cd69b2c7410e463401e152d7e9e60189b94a3f159d012",
    "sample-labels-idx1-ubyte": "704256e87519240fd1d7ecdf681fe209864691e252c6642aeadc21f3c4d44b41",
}


@dataclass(frozen=True)
class Verdict:
    """What a check found out about one file."""

    stem: str  # e.g. "train-images-idx3-ubyte"
    path: Path | None  # where it is; None if it is missing
    problem: str  # "" if its content is right, else what is wrong, in words

    def __str__(self) -> str:
        """Give one line for a person."""
        return f"{self.path.name if self.path else self.stem}: {self.problem or 'verified'}"


def content_sha256(path: Path) -> str:
    """Give the SHA-256 of a file's uncompressed content, in hex.

    Raises
    ------
    InputError
        If the file cannot be read, or is corrupt or truncated gzip data.
    """
    digest = hashlib.sha256()
    with idx.open_content(path) as file:
        try:
            while piece := file.read1(idx.CHUNK):
                digest.update(piece)
        except EOFError as error:
            raise InputError(f"{path} is truncated: its gzip data ends early", "data") from error
    return digest.hexdigest()


def problem_of(path: Path, expected: str) -> str:
    """Tell what is wrong with a file's content, in words; "" if its SHA-256 is the expected one."""
    try:
        found = content_sha256(path)
    except InputError as error:
        return str(error)
    return "" if found == expected else f"wrong content: expected SHA-256 {expected}, found {found}"


def check(directory: Path, files: Mapping[str, str]) -> list[Verdict]:
    """Compare the files of a folder, under any of their names, with their SHA-256."""
    verdicts = []
    for stem, expected in files.items():
        path = idx.find(directory, stem)
        verdicts.append(Verdict(stem, path, problem_of(path, expected) if path else "missing"))
    return verdicts
