"""Weights on disk: safetensors, a format that holds arrays and text and can run no code."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save_file

from nnet.files import replacing
from nnet.layer import Layer

DIGEST = "sha256"  # the text that holds the digest of the arrays; the format itself would not notice changed bytes


class WeightsError(ValueError):
    """A weights file that is missing, damaged, or of another network."""


def save(
    path: Path, arrays: Mapping[str, NDArray], metadata: Mapping[str, str], dtype: DTypeLike | None = None
) -> None:
    """Write arrays and metadata.

    Parameters
    ----------
    path : Path
        Its folder must exist.
    arrays : mapping of str to array
    metadata : mapping of str to str
    dtype : optional
        Store floating-point arrays as this (float16 halves the file). None keeps each as it is.

    Raises
    ------
    OSError : the folder cannot be written; the old file, if any, is still whole.
    """
    stored = {
        name: np.asarray(a.astype(dtype) if dtype and np.issubdtype(a.dtype, np.floating) else a, order="C")
        for name, a in arrays.items()
    }
    try:
        with replacing(path) as beside:
            beside.touch()  # OSError where the folder cannot be written; the library would give it another name
            mode = beside.stat().st_mode  # as the person's umask has it; the library's file is for its owner alone
            save_file(stored, beside, metadata={**metadata, DIGEST: "0" * 64})
            beside.chmod(mode)
            _finish(beside)
    except SafetensorError as error:
        raise OSError(f"{path}: {error}") from error


def _finish(path: Path) -> None:
    """Put a file's texts in order and its digest in place. They come in any, so that equal weights made unequal files.

    A file begins with 8 bytes, the length of a JSON header, and the header, padded with spaces to a multiple of 8. It
    is changed where it stands: in memory it would be there twice, and a checkpoint has 36 MB.
    """
    with path.open("r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        texts = header["__metadata__"] | {DIGEST: hashlib.file_digest(file, "sha256").hexdigest()}
        header["__metadata__"] = dict(sorted(texts.items()))
        text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
        assert len(text) <= length, "the library writes JSON in another way than it did"
        file.seek(8)
        file.write(text.ljust(length))


def load(path: Path) -> tuple[dict[str, NDArray], dict[str, str]]:
    """Read the arrays and metadata that `save` wrote. The arrays cannot be written to.

    Raises
    ------
    WeightsError : no such file, not a whole safetensors file, or not the bytes that were saved.
    """
    if not path.is_file():
        raise WeightsError(f"{path}: expected a weights file, found none; check the name")
    try:
        content = path.read_bytes()  # once: a training process may put another file in its place at any time
        arrays = load_arrays(content)
        weights_start = 8 + int.from_bytes(content[:8], "little")
        texts = json.loads(content[8:weights_start]).get("__metadata__") or {}
        found = hashlib.sha256(memoryview(content)[weights_start:]).hexdigest()
        expected = texts.pop(DIGEST, None)
    except (SafetensorError, OSError, TypeError, AttributeError, KeyError) as error:  # the last: numbers NumPy lacks
        raise WeightsError(f"{path}: expected a whole safetensors file; it is damaged or foreign ({error})") from error
    if expected not in (None, found):  # None: a file from before there was a digest, or from elsewhere
        raise WeightsError(f"{path}: is damaged: expected weights of SHA-256 {expected}, found {found}; use a copy")
    return arrays, texts


def assign(network: Layer, arrays: Mapping[str, NDArray], source: str) -> None:
    """Copy arrays into the weights of the same names; the network keeps its dtype.

    Raises
    ------
    WeightsError : a weight is missing, left over or of another shape. Nothing has been copied then.
    """
    copy_into(network.parameters(), arrays, source)


def copy_into(targets: Mapping[str, NDArray], arrays: Mapping[str, NDArray], source: str) -> None:
    """Copy arrays into targets of the same names and shapes; WeightsError, and nothing copied, where they differ."""
    expected = {name: w.shape for name, w in targets.items()}
    found = {name: a.shape for name, a in arrays.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise WeightsError(
                f"{source}: is of another network; expected {name} {expected.get(name, 'absent')}, "
                f"found {found.get(name, 'absent')}; use the file with the config it was made with"
            )
    for name, w in targets.items():
        w[...] = arrays[name]
