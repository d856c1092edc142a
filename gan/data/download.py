"""The download of the full MNIST: the only module of the project that reaches the network, and only when asked.

Each file arrives beside its place as ``.part``, is compared with its known SHA-256, and is then renamed: a file under
its own name is always whole and right. A download that stopped goes on where it stopped. If one mirror fails, the next
is tried:

    python -m gan.data download [--to DIR]
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

from gan.data import checksums
from gan.errors import InputError

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",  # the PyTorch project's
    "https://storage.googleapis.com/cvdf-datasets/mnist/",  # the Common Visual Data Foundation's
)
TIMEOUT = 20.0  # seconds without a byte after which a mirror counts as dead
CHUNK = 1 << 16  # bytes between two movements of the bar, and between two looks at Ctrl-C


class MirrorFailure(Exception):
    """A mirror did not give the file; the message says why. The next one may."""


class UselessPart(MirrorFailure):
    """What has arrived does not make the right file, and has been deleted."""


def download(
    directory: Path,
    mirrors: Sequence[str] = MIRRORS,
    files: Mapping[str, str] = checksums.FULL_SET,
    timeout: float = TIMEOUT,
) -> None:
    """Fetch the files that a folder does not have yet, and tell on stderr what happens.

    Parameters
    ----------
    directory : Path
        The folder; made if missing. Files that are there and right, under any of their names, are left as they are.
    mirrors : sequence of str
        Addresses, each ending in ``/``, tried in order.
    files : mapping of str to str
        File name without ``.gz`` -> SHA-256 of the uncompressed content.
    timeout : float
        Seconds without a byte after which a mirror counts as dead.

    Raises
    ------
    InputError
        If no mirror gives a file, if the folder cannot be written, or if a file with other content is in the way.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder {directory} cannot be made: {error.strerror}; name another with --to DIR"
        raise InputError(message, "to") from error
    verdicts = checksums.check(directory, files)
    for verdict in verdicts:
        if verdict.path and verdict.problem:  # perhaps somebody's own digits: never overwritten
            raise InputError(f"{directory} has a {verdict}; move it away, or name another folder with --to DIR", "to")
    for verdict in verdicts:
        if verdict.path:
            _say(f"{verdict.path.name}: already there, verified")
        else:
            _fetch(directory / f"{verdict.stem}.gz", files[verdict.stem], mirrors, timeout)


def _fetch(target: Path, expected: str, mirrors: Sequence[str], timeout: float) -> None:
    """Fetch one file from the first mirror that gives it."""
    part = target.with_name(f"{target.name}.part")
    failures: list[str] = []
    try:
        # A run killed between the last byte and the renaming has left a part that is whole.
        whole = part.is_file() and not checksums.problem_of(part, expected)
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
    """Receive a file and verify it; begin once more from nothing if it was the old part that made it wrong."""
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
    if problem := checksums.problem_of(part, expected):
        part.unlink()
        raise UselessPart(problem)


def _receive(url: str, part: Path, timeout: float) -> bool:
    """Receive the rest of a file into its part.

    Returns
    -------
    bool
        Whether the part that was there was continued; a server may ignore the wish and send everything.

    Raises
    ------
    MirrorFailure
        If the server cannot be reached, refuses, or stops early. What has arrived stays.
    UselessPart
        If the server has nothing beyond the part, or another range than asked for.
    OSError
        If the part cannot be written.
    """
    have = _size(part)
    # "identity": the file as it is stored, so that byte 1000 is the same byte tomorrow.
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
    """Append the body of a response to the first `have` bytes of the part, and see that all of it came."""
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
    """Read what has come, at most `CHUNK`. A broken connection is no full disk: it becomes a `MirrorFailure`."""
    try:
        return response.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise MirrorFailure(_reason(error, timeout)) from error


def _reason(error: Exception, timeout: float) -> str:
    """Tell in a few words why a connection failed."""
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
