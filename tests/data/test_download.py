"""Downloading MNIST from local servers, some of which misbehave. No test uses the network."""

import gzip
import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from gan.data import download, idx
from gan.data.__main__ import main
from gan.errors import InputError
from tests.helpers.commands import SECONDS

RNG = np.random.default_rng(3)

IMAGES, LABELS = RNG.integers(0, 256, (300, 28, 28), dtype=np.uint8), RNG.integers(0, 10, 300, dtype=np.uint8)
CONTENT = {"images": idx.pack(IMAGES), "labels": idx.pack(LABELS)}
FILES = {stem: hashlib.sha256(content).hexdigest() for stem, content in CONTENT.items()}
PACKED = {f"{stem}.gz": gzip.compress(content, mtime=0) for stem, content in CONTENT.items()}
CORRUPT = bytearray(PACKED["images.gz"])
CORRUPT[10] = 0xFF  # no such type of block


@contextmanager
def mirror(
    files: dict[str, bytes] = PACKED, status: int = 200, stop_after: int | None = None, stall: bool = False,
    length: bool = True,
) -> Iterator[tuple[str, list[str]]]:  # fmt: skip
    """Serve files on this machine, and yield the address and a list of the requested names.

    The faults are another status, a body that stops after some bytes and then stalls, and no Content-Length header.
    """
    requests, over = list[str](), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path.removeprefix("/mnist/"))
            body = files.get(requests[-1], b"")
            self.send_response(status)
            if length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:stop_after])
            if stall:
                over.wait()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/mnist/", requests
        finally:
            over.set()
            server.shutdown()
            thread.join()


def fetch(folder: Path, *addresses: str, timeout: float = SECONDS) -> None:
    settings = patch.multiple(download, MIRRORS=addresses, TIMEOUT=timeout)
    with settings, patch.object(idx, "MNIST_SHA256", FILES):
        download.download(folder)


def assert_complete(folder: Path) -> None:
    """Assert that the folder contains all files, complete and correct, and nothing else."""
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == PACKED


def test_a_download_fetches_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with mirror() as (address, requests):
        fetch(tmp_path / "new" / "folder", address)
    assert_complete(tmp_path / "new" / "folder")
    assert requests == ["images.gz", "labels.gz"]
    assert capsys.readouterr().err.splitlines() == ["images.gz: verified", "labels.gz: verified"]


def test_verified_files_are_not_fetched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    (tmp_path / "images").write_bytes(CONTENT["images"])  # not compressed with gzip
    with mirror() as (address, requests):
        for _ in range(2):
            fetch(tmp_path, address)
            assert requests == ["labels.gz"]
    shown = capsys.readouterr().err
    assert "images: verified" in shown
    assert "labels.gz: 100%|" in shown


def test_a_file_with_other_content_is_not_overwritten(tmp_path: Path) -> None:
    existing = tmp_path / "images.gz"
    existing.write_bytes(PACKED["labels.gz"])
    with mirror() as (address, requests):
        message = r"images.gz: expected content with SHA-256 \w{64}, found \w{64}; move it"
        with pytest.raises(InputError, match=message):
            fetch(tmp_path, address)
    assert existing.read_bytes() == PACKED["labels.gz"]
    assert requests == []


FAULTS = {
    "other content": ({"files": {"images.gz": PACKED["labels.gz"]}}, f"{FILES['images']}, found {FILES['labels']}"),
    "a page": ({"files": {"images.gz": b"<html>log in to this network</html>"}}, "Not a gzipped file"),
    "corrupt": ({"files": {"images.gz": bytes(CORRUPT)}}, "Error -3"),
    "stops early": ({"stop_after": 60_000}, "Compressed file ended before the end-of-stream marker"),
    "stops early, unknown length": ({"stop_after": 60_000, "length": False}, "Compressed file ended before"),
    "forbidden": ({"status": 403}, "HTTP Error 403"),
}


@pytest.mark.parametrize(("fault", "message"), FAULTS.values(), ids=FAULTS)
def test_if_a_mirror_fails_the_next_is_tried_and_no_wrong_file_is_left(
    fault: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with mirror(**fault) as (wrong, _), mirror() as (right, _):
        with pytest.raises(InputError, match=f"images.gz could not be fetched .*{message}"):
            fetch(tmp_path, wrong)
        assert list(tmp_path.iterdir()) == []
        assert f"{wrong}: " in capsys.readouterr().err
        fetch(tmp_path, wrong, right)
    assert_complete(tmp_path)


def test_a_silent_server_times_out(tmp_path: Path) -> None:
    with mirror(stop_after=1000, stall=True) as (address, _), pytest.raises(InputError, match="timed out"):
        fetch(tmp_path, address, timeout=0.5)


def test_without_network_one_line_names_alternatives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with mirror() as (closed, _):
        pass
    monkeypatch.setattr(download, "MIRRORS", [closed])
    monkeypatch.setattr(idx, "MNIST_SHA256", FILES)
    assert main(["download", str(tmp_path)]) == 2
    first, error = capsys.readouterr().err.splitlines()
    assert "Connection refused" in first
    assert error.startswith(f"gan.data: images.gz could not be fetched ({closed}: ")
    assert "use the shipped 5,000-digit sample (leave --data out)" in error


def test_the_command_fetches_four_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders: list[Path] = []
    monkeypatch.setattr(download, "download", folders.append)
    monkeypatch.chdir(tmp_path)
    assert main(["download"]) == 0
    assert folders == [Path("data", "mnist")]
    assert "python train.py --data" in capsys.readouterr().out
    assert len(idx.MNIST_SHA256) == 4


def test_loading_does_not_import_network_code() -> None:
    code = "import sys, gan.data.__main__; gan.data.load(); sys.exit('urllib.request' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
