"""Downloading MNIST from local servers, some of which misbehave. No test uses the network."""

import gzip
import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from gan.data import download, idx
from gan.data.__main__ import main
from gan.errors import InputError
from tests.helpers.commands import SECONDS
from tests.helpers.mirrors import Mirror

RNG = np.random.default_rng(3)

CONTENT = {
    "images": idx.pack(RNG.integers(0, 256, (300, 28, 28), dtype=np.uint8)),
    "labels": idx.pack(RNG.integers(0, 10, 300, dtype=np.uint8)),
}
FILES = {stem: hashlib.sha256(content).hexdigest() for stem, content in CONTENT.items()}
PACKED = {f"{stem}.gz": gzip.compress(content, mtime=0) for stem, content in CONTENT.items()}
CORRUPT = bytearray(PACKED["images.gz"])
CORRUPT[10] = 0xFF  # no such type of block
MakeMirror = Callable[..., Mirror]


@pytest.fixture
def mirror() -> Iterator[MakeMirror]:
    with ExitStack() as stack:

        def make(files: dict[str, bytes] = PACKED, **faults: object) -> Mirror:
            created = Mirror(files, **faults)  # type: ignore[arg-type]
            stack.callback(created.close)
            return created

        yield make


def fetch(folder: Path, *mirrors: Mirror, timeout: float = SECONDS) -> None:
    download.download(folder, [mirror.address for mirror in mirrors], FILES, timeout)


def assert_complete(folder: Path) -> None:
    """Assert that the folder contains all files, complete and correct, and nothing else."""
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == PACKED


def test_a_download_fetches_every_file(tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str]) -> None:
    server = mirror()
    fetch(tmp_path / "new" / "folder", server)
    assert_complete(tmp_path / "new" / "folder")
    assert server.requests == ["images.gz", "labels.gz"]
    assert capsys.readouterr().err.splitlines() == ["images.gz: verified", "labels.gz: verified"]


def test_verified_files_are_not_fetched(
    tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = mirror()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    (tmp_path / "images").write_bytes(CONTENT["images"])  # not compressed with gzip
    for _ in range(2):
        fetch(tmp_path, server)
        assert server.requests == ["labels.gz"]
    shown = capsys.readouterr().err
    assert "images: verified" in shown
    assert "labels.gz: 100%|" in shown


def test_a_file_with_other_content_is_not_overwritten(tmp_path: Path, mirror: MakeMirror) -> None:
    server = mirror()
    existing = tmp_path / "images.gz"
    existing.write_bytes(PACKED["labels.gz"])
    with pytest.raises(InputError, match=r"images.gz: expected content with SHA-256 \w{64}, found \w{64}; move it"):
        fetch(tmp_path, server)
    assert existing.read_bytes() == PACKED["labels.gz"]
    assert server.requests == []


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
    fault: dict[str, object], message: str, tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = mirror(**fault)
    with pytest.raises(InputError, match=f"images.gz could not be fetched .*{message}"):
        fetch(tmp_path, wrong)
    assert list(tmp_path.iterdir()) == []
    assert f"{wrong.address}: " in capsys.readouterr().err
    fetch(tmp_path, wrong, mirror())
    assert_complete(tmp_path)


def test_a_silent_server_times_out(tmp_path: Path, mirror: MakeMirror) -> None:
    with pytest.raises(InputError, match="timed out"):
        fetch(tmp_path, mirror(stop_after=1000, stall=True), timeout=0.5)


def test_without_network_one_line_names_alternatives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = Mirror({})
    closed.close()
    real = download.download
    monkeypatch.setattr(download, "download", lambda folder: real(folder, [closed.address], FILES))
    assert main(["download", str(tmp_path)]) == 2
    first, error = capsys.readouterr().err.splitlines()
    assert "Connection refused" in first
    assert error.startswith(f"gan.data: images.gz could not be fetched ({closed.address}: ")
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
