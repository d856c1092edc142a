"""Download the full MNIST data set. This is the only module of the project that accesses the internet.

Each file is downloaded next to its target under a name ending in ``.part``, compared with its known SHA-256, and only
then renamed, so a file under its final name is always complete and correct. An interrupted download resumes. If one
mirror fails, the next one is tried.
"""

import http.client
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tqdm import tqdm

from gan.data import idx
from gan.errors import InputError

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",  # the PyTorch project's
    "https://storage.googleapis.com/cvdf-datasets/mnist/",  # the Common Visual Data Foundation's
)
TIMEOUT = 20.0  # give up on a mirror after this many seconds without data
CHUNK = 1 << 16  # bytes between updates of the progress bar, and between checks for Ctrl-C


class MirrorFailure(Exception):
    """Raised if a mirror does not deliver the file. The message says why. The next mirror may succeed."""


class UselessPart(MirrorFailure):
    """Raised if the received bytes do not form the correct file. They have been deleted."""


def download(
    directory: Path | str,
    mirrors: Sequence[str] = MIRRORS,
    files: Mapping[str, str] = idx.MNIST_SHA256,
    timeout: float = TIMEOUT,
) -> None:
    """Download the files missing from a folder, and report progress on stderr.

    Parameters
    ----------
    directory : Path
        The folder, created if missing. Correct files, under any of their names, stay unchanged.
    mirrors : sequence of str
        Base URLs, each ending in ``/``, tried in order.
    files : mapping of str to str
        File name without ``.gz`` -> SHA-256 of the uncompressed content.
    timeout : float
        Give up on a mirror after this many seconds without data.

    Raises
    ------
    InputError
        If no mirror delivers a file, the folder is not writable, or a file with other content has the same name.
    """
    try:
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder {directory} cannot be made: {error.strerror}; name another folder"
        raise InputError(message, "to") from error
    results = idx.check_files(directory, files)
    for result in results:
        if result.path and result.problem:  # never overwritten, because it may be the user's own data
            raise InputError(f"{directory} has a {result}; move it away, or name another folder", "to")
    for result in results:
        if result.path:
            _say(f"{result.path.name}: already there, verified")
        else:
            _fetch(directory / f"{result.stem}.gz", files[result.stem], mirrors, timeout)


def _fetch(target: Path, expected: str, mirrors: Sequence[str], timeout: float) -> None:
    """Download one file from the first mirror that delivers it."""
    part = target.with_name(f"{target.name}.part")
    failures: list[str] = []
    try:
        # A download that was killed between the last byte and the rename leaves a complete .part file.
        whole = part.is_file() and not idx.problem_of(part, expected)
        if not whole:
            for mirror in mirrors:
                if failures:
                    _say(f"{failures[-1]}; trying the next mirror")
                try:
                    _receive_right(mirror + target.name, part, expected, timeout)
                    break
                except MirrorFailure as failure:
                    failures.append(f"{urlsplit(mirror).netloc}: {failure}")
            else:
                raise _no_mirror(target, failures)
        os.replace(part, target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}", "to") from error
    _say(f"{target.name}: verified")


def _no_mirror(target: Path, failures: Sequence[str]) -> InputError:
    return InputError(
        f"{target.name} could not be fetched ({'; '.join(failures)}). "
        "Try again later: the same command goes on where it stopped. Or work without the network: "
        "on the shipped 5,000-digit sample (leave --data out), or on a copy of MNIST's four files (--data DIR)",
        "to",
    )


def _receive_right(url: str, part: Path, expected: str, timeout: float) -> None:
    """Receive a file and verify it. If a resumed download turns out corrupt, start over once."""
    continued = _size(part) > 0
    try:
        continued = _receive(url, part, timeout)
        _verify(part, expected)
    except UselessPart as failure:
        if not continued:
            raise
        _say(f"{part.name}: {failure}; deleted, beginning again from nothing")
        _receive(url, part, timeout)
        _verify(part, expected)


def _verify(part: Path, expected: str) -> None:
    if problem := idx.problem_of(part, expected):
        part.unlink()
        raise UselessPart(problem)


def _receive(url: str, part: Path, timeout: float) -> bool:
    """Receive the rest of a file and append it to its part.

    Returns
    -------
    bool
        Whether the download was resumed. A server may ignore the requested range and send the whole file.

    Raises
    ------
    MirrorFailure
        If the server cannot be reached, refuses the request, or stops early. The received bytes are kept.
    UselessPart
        If the server has nothing beyond the part, or sends another range.
    OSError
        If the part cannot be written.
    """
    have = _size(part)
    # "identity" requests the file exactly as stored, so that byte offsets stay valid when the download resumes.
    headers = {"User-Agent": "mnist-download", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        response = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            part.unlink()
            raise UselessPart(f"the server has nothing beyond the {have:,} bytes that were here") from error
        raise MirrorFailure(f"the server answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise MirrorFailure(_reason(error, timeout)) from error
    with response:
        continued = bool(have) and response.status == http.client.PARTIAL_CONTENT
        if continued and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            part.unlink()
            raise UselessPart("the server sent another range than was asked for")
        _copy(response, part, have if continued else 0, url, timeout)
    return continued


def _copy(response: http.client.HTTPResponse, part: Path, have: int, url: str, timeout: float) -> None:
    """Write a response body after the first `have` bytes of the part, and check that the body is complete."""
    announced = response.headers.get("Content-Length", "")
    total = have + int(announced) if announced.isdecimal() else None
    terminal = sys.stderr.isatty()
    name = url.rpartition("/")[2]
    if not terminal:
        size = f"{total:,} bytes" if total is not None else "size unknown"
        _say(f"{name}: {size} from {url}" + (f", {have:,} of them already here" if have else ""))
    with (
        part.open("ab" if have else "wb") as file,
        tqdm(total=total, initial=have, desc=name, unit="B", unit_scale=True, disable=not terminal) as bar,
    ):
        received = have
        while piece := _read(response, timeout):
            file.write(piece)
            received += len(piece)
            bar.update(len(piece))
    if total is not None and received != total:
        raise MirrorFailure(f"the transfer stopped early: expected {total:,} bytes, received {received:,}")


def _read(response: http.client.HTTPResponse, timeout: float) -> bytes:
    """Read at most `CHUNK` bytes of a response. Raise `MirrorFailure` if the connection breaks."""
    try:
        return response.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise MirrorFailure(_reason(error, timeout)) from error


def _reason(error: Exception, timeout: float) -> str:
    """Describe in a few words why a connection failed."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(cause, OSError) and cause.strerror:
        return f"no connection ({cause.strerror})"
    return f"no connection ({str(cause) or type(cause).__name__})"


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
