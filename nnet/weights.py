"""Save and load weights as safetensors.

This file format holds arrays and text. Unlike pickle, it cannot run code.
"""

import errno
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as to_bytes

from nnet.durable_write import durably_replacing, patiently

# The key of the only metadata entry, which has all texts and the digest as JSON. The
# library writes several entries in arbitrary order.
TEXTS = "nnet"
DIGEST = "sha256"  # safetensors itself does not detect changed bytes
MAX_BYTES = 1 << 30  # of a file; ten times the checkpoint of a GAN of all digits

Arrays = Mapping[str, NDArray]
Texts = Mapping[str, str]


class WeightsError(ValueError):
    """A weights file is missing, damaged, or made for a different network."""


class UnreadableError(WeightsError):
    """The system refuses to read a weights file, which may be whole."""


def save(
    path: Path | str,
    arrays: Arrays,
    texts: Texts,
    dtype: DTypeLike | None = None,
    former: Path | None = None,
) -> None:
    """Write arrays and texts so that the file survives a power cut.

    The folder of the file must exist.

    Parameters
    ----------
    path : Path
    arrays : mapping of str to array
    texts : mapping of str to str
    dtype : optional
        Store floating-point arrays with this dtype (float16 halves the file size). None
        keeps each array's dtype.
    former : Path, optional
        The old file is kept under this name in the same folder.

    Raises
    ------
    OSError
        If the folder is not writable, or if the file is larger than `MAX_BYTES`. The
        old file, if any, is still intact.
    """
    path = Path(path)
    stored = {}
    for name, array in arrays.items():
        is_cast = dtype and np.issubdtype(array.dtype, np.floating)
        stored[name] = np.asarray(array, dtype if is_cast else None, order="C")
    about = {DIGEST: _digest(stored, texts), "texts": dict(sorted(texts.items()))}
    metadata = {TEXTS: json.dumps(about, ensure_ascii=False)}
    content = to_bytes(stored, metadata)
    if len(content) > MAX_BYTES:  # `load` would refuse it
        raise OSError(
            errno.EFBIG,
            f"expected at most {MAX_BYTES:,} bytes of weights; choose smaller networks",
            str(path),
        )
    with durably_replacing(path, former) as part:
        part.write_bytes(content)


def _digest(arrays: Arrays, texts: Texts) -> str:
    """Return the SHA-256 of the texts and the arrays, with names, dtypes and shapes."""
    digest = hashlib.sha256(json.dumps(sorted(texts.items())).encode())
    for name, array in sorted(arrays.items()):
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def load(path: Path | str) -> tuple[dict[str, NDArray], dict[str, str]]:
    """Read the arrays and texts that `save` wrote. The arrays are read-only.

    Raises
    ------
    WeightsError
        If the file is missing, is not a complete safetensors file, is larger than
        `MAX_BYTES`, or differs from what was saved; `UnreadableError` if the system
        refuses to read it.
    """
    path = Path(path)
    content = _content(path)
    try:
        arrays = load_arrays(content)
        expected, texts, found = _read_texts(content, arrays)
    except (
        SafetensorError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,  # a dtype that NumPy does not have, or a missing digest
        RecursionError,  # texts that are nested too deeply
    ) as error:
        raise WeightsError(
            f"{path}: expected a whole safetensors file; "
            f"it is damaged or foreign ({error}); restore a copy"
        ) from error
    if expected != found:
        raise WeightsError(
            f"{path}: is damaged: expected weights of SHA-256 {expected}, "
            f"found {found}; restore a copy"
        )
    return arrays, texts


def _content(path: Path) -> bytes:
    """Read a regular file of at most MAX_BYTES. Raise WeightsError otherwise."""
    if not os.path.isfile(path):
        found = "something else" if os.path.lexists(path) else "none"
        raise WeightsError(
            f"{path}: expected a weights file, found {found}; "
            "check the name, which ends in .safetensors"
        )
    try:
        if path.stat().st_size > MAX_BYTES:
            raise WeightsError(
                f"{path}: expected a weights file of at most {MAX_BYTES:,} bytes, "
                "found more; check the name"
            )
        # Read it once, because a training process may replace the file at any time.
        return patiently(path.read_bytes)
    except OSError as error:
        # A bad sector is damage. Anything else may be cured, such as permissions.
        kind = WeightsError if error.errno == errno.EIO else UnreadableError
        raise kind(f"{path} cannot be read: {error.strerror}; mend that") from error


def _read_texts(content: bytes, arrays: Arrays) -> tuple[str, dict[str, str], str]:
    """Return the digest stored in a file, its texts, and the digest of its content."""
    header_bytes = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + header_bytes])
    about = json.loads(header["__metadata__"][TEXTS])
    texts = {str(name): str(text) for name, text in about["texts"].items()}
    return str(about[DIGEST]), texts, _digest(arrays, texts)


def copy_into(targets: Arrays, arrays: Arrays, source: str) -> None:
    """Copy arrays into targets of the same names, such as a network's parameters.

    The targets keep their dtype. If a name or a shape differs, copy nothing and raise
    WeightsError, which names `source`.
    """
    for name in sorted(targets.keys() | arrays.keys()):
        expected = targets[name].shape if name in targets else "absent"
        found = arrays[name].shape if name in arrays else "absent"
        if expected != found:
            raise WeightsError(
                f"{source}: belongs to another network; "
                f"expected {name} {expected}, found {found}; "
                "use the file together with its own config"
            )
    for name, w in targets.items():
        w[...] = arrays[name]
