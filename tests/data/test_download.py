"""Downloading MNIST from local servers, some of which misbehave. No test uses the network."""

import gzip
import hashlib
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from gan.data import download, idx
from gan.data.__main__ import main
from gan.errors import InputError
from tests.helpers.commands import SECONDS, started, wait_for
from tests.helpers.mirrors import Mirror

RNG = np.random.default_rng(3)

CONTENT = {
    "images": idx.pack(RNG.integers(0, 256, (300, 28, 28), dtype=np.uint8)),
    "labels": idx.pack(RNG.integers(0, 10, 300, dtype=np.uint8)),
}

FILES = {stem: hashlib.sha256(content).hexdigest() for stem, content in CONTENT.items()}
PACKED = {f"{stem}.gz": gzip.compress(content, mtime=0) for stem, content in CONTENT.items()}
IMAGES = PACKED["images.gz"]
MakeMirror = Callable[..., Mirror]


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeMirror]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ExitStack() as stack:

        def make(files: dict[str, bytes] = PACKED, **faults: object) -> Mirror:
            created = Mirror(files, **faults)  # type: ignore[arg-type]
            stack.callback(created.close)
            return created

        yield make


@pytest.fixture
def refusing_address() -> Iterator[str]:
    """Yield the address of a port that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/mnist/"


def fetch(folder: Path, *mirrors: Mirror | str, files: dict[str, str] = FILES, timeout: float = 120) -> None:
    addresses = [mirror if isinstance(mirror, str) else mirror.address for mirror in mirrors]
    download.download(folder, addresses, files, timeout)


def assert_complete(folder: Path, *stems: str) -> None:
    """Assert that the folder contains these files, complete and correct, and nothing else."""
    expected = {f"{stem}.gz": PACKED[f"{stem}.gz"] for stem in stems or CONTENT}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == expected


ONLY_IMAGES = {"images": FILES["images"]}


def test_a_download_fetches_every_file(tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str]) -> None:
    server = mirror()
    fetch(tmp_path / "new" / "folder", server)
    assert_complete(tmp_path / "new" / "folder")
    assert server.requests == [("images.gz", None), ("labels.gz", None)]
    assert capsys.readouterr().err.splitlines() == [
        f"images.gz: {len(IMAGES):,} bytes from {server.address}images.gz",
        "images.gz: verified",
        f"labels.gz: {len(PACKED['labels.gz']):,} bytes from {server.address}labels.gz",
        "labels.gz: verified",
    ]


def test_a_terminal_gets_a_progress_bar(
    tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = mirror()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fetch(tmp_path, server)
    images_shown = capsys.readouterr().err
    assert "images.gz: 100%|" in images_shown
    assert server.address not in images_shown


def test_verified_files_are_not_fetched(tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str]) -> None:
    server = mirror()
    (tmp_path / "images").write_bytes(CONTENT["images"])  # not compressed with gzip
    fetch(tmp_path, server)
    assert server.requests == [("labels.gz", None)]
    assert "images: already there, verified" in capsys.readouterr().err
    fetch(tmp_path, server)
    assert len(server.requests) == 1


def test_a_file_with_other_content_is_not_overwritten(tmp_path: Path, mirror: MakeMirror) -> None:
    server = mirror()
    existing = tmp_path / "labels.gz"
    existing.write_bytes(IMAGES)
    with pytest.raises(
        InputError, match=r"has a labels.gz: wrong content: expected SHA-256 \w{64}, found \w{64}; move it"
    ):
        fetch(tmp_path, server)
    assert existing.read_bytes() == IMAGES
    assert server.requests == []


def test_interrupted_downloads_resume(tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str]) -> None:
    server = mirror()
    (tmp_path / "images.gz.part").write_bytes(IMAGES[:70_000])
    fetch(tmp_path, server, files=ONLY_IMAGES)
    assert server.requests == [("images.gz", "bytes=70000-")]
    assert ", 70,000 of them already here" in capsys.readouterr().err
    assert_complete(tmp_path, "images")


def test_a_server_without_ranges_restarts_the_download(tmp_path: Path, mirror: MakeMirror) -> None:
    server = mirror(ranges=False)
    (tmp_path / "images.gz.part").write_bytes(b"x" * 70_000)
    fetch(tmp_path, server, files=ONLY_IMAGES)
    assert server.requests == [("images.gz", "bytes=70000-")]
    assert_complete(tmp_path, "images")


def test_a_complete_part_needs_no_request(tmp_path: Path, mirror: MakeMirror) -> None:
    server = mirror()
    (tmp_path / "images.gz.part").write_bytes(IMAGES)
    fetch(tmp_path, server, files=ONLY_IMAGES)
    assert server.requests == []
    assert_complete(tmp_path, "images")


@pytest.mark.parametrize("size", [50_000, len(IMAGES), len(IMAGES) + 5])
def test_a_wrong_part_is_refetched(
    tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str], size: int
) -> None:
    server = mirror()
    (tmp_path / "images.gz.part").write_bytes(b"x" * size)
    fetch(tmp_path, server, files=ONLY_IMAGES)
    assert server.requests == [("images.gz", f"bytes={size}-"), ("images.gz", None)]
    assert "deleted, beginning again from nothing" in capsys.readouterr().err
    assert_complete(tmp_path, "images")


def test_a_wrong_range_is_not_appended(tmp_path: Path, mirror: MakeMirror) -> None:
    server = mirror(shift=10)
    (tmp_path / "images.gz.part").write_bytes(IMAGES[:70_000])
    fetch(tmp_path, server, files=ONLY_IMAGES)
    assert [options for _, options in server.requests] == ["bytes=70000-", None]
    assert_complete(tmp_path, "images")


def test_a_wrong_hash_tries_the_next_mirror(
    tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, right = mirror({"images.gz": PACKED["labels.gz"]}), mirror()
    fetch(tmp_path, wrong, right, files=ONLY_IMAGES)
    assert f"expected SHA-256 {FILES['images']}, found {FILES['labels']}; trying the next" in capsys.readouterr().err
    assert right.requests == [("images.gz", None)]
    assert_complete(tmp_path, "images")


def test_a_wrong_hash_everywhere_leaves_no_file(tmp_path: Path, mirror: MakeMirror) -> None:
    page = mirror({"images.gz": b"<html>log in to this network</html>"})
    with pytest.raises(InputError, match=f"wrong content: expected SHA-256 {FILES['images']}, found"):
        fetch(tmp_path, page, files=ONLY_IMAGES)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [True, False])
def test_a_short_body_is_completed_by_the_next_mirror(
    tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str], length: bool
) -> None:
    broken, right = mirror(stop_after=60_000, length=length), mirror()
    fetch(tmp_path, broken, right, files=ONLY_IMAGES)
    message = capsys.readouterr().err
    if length:
        assert f"stopped early: expected {len(IMAGES):,} bytes, received 60,000; trying the next mirror" in message
        assert right.requests == [("images.gz", "bytes=60000-")]
    else:  # without a Content-Length, only the content reveals the truncation
        assert "is truncated: its gzip data ends early; trying the next mirror" in message
        assert right.requests == [("images.gz", None)]
    assert_complete(tmp_path, "images")


def test_a_short_body_everywhere_keeps_the_part(tmp_path: Path, mirror: MakeMirror) -> None:
    with pytest.raises(InputError, match=r"stopped early: expected .* received 60,000"):
        fetch(tmp_path, mirror(stop_after=60_000), files=ONLY_IMAGES)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"images.gz.part": IMAGES[:60_000]}


def test_a_silent_server_times_out_and_the_part_is_kept(tmp_path: Path, mirror: MakeMirror) -> None:
    silent = mirror(stop_after=1000, stall=True)
    with pytest.raises(InputError, match=r"127.0.0.1:\d+: no answer within 0.5 s"):
        fetch(tmp_path, silent, files=ONLY_IMAGES, timeout=0.5)
    assert (tmp_path / "images.gz.part").read_bytes() == IMAGES[:1000]


@pytest.mark.parametrize("status", [403, 404, 503])
def test_a_refusing_mirror_is_named_and_the_next_is_tried(
    tmp_path: Path, mirror: MakeMirror, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    fetch(tmp_path, mirror(status=status), mirror(), files=ONLY_IMAGES)
    assert f"the server answered {status} " in capsys.readouterr().err
    assert_complete(tmp_path, "images")


def test_without_network_one_line_names_alternatives(
    tmp_path: Path, refusing_address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    real = download.download
    monkeypatch.setattr(download, "download", lambda folder: real(folder, [refusing_address, refusing_address], FILES))
    assert main(["download", str(tmp_path)]) == 2
    first, error = capsys.readouterr().err.splitlines()
    host = refusing_address.split("/")[2]
    assert first == f"{host}: no connection (Connection refused); trying the next mirror"
    assert error == (
        f"gan.data: images.gz could not be fetched ({host}: no connection (Connection refused); "
        f"{host}: no connection (Connection refused)). Try again later: the same command goes on where it stopped. "
        "Or work without the network: on the shipped 5,000-digit sample (leave --data out), "
        "or on a copy of MNIST's four files (--data DIR)"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_created_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"the folder .*below cannot be made: Not a directory; name another"):
        fetch(tmp_path / "file" / "below")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_stops_the_download(tmp_path: Path, mirror: MakeMirror) -> None:
    (tmp_path / "images.gz.part").symlink_to("/dev/full")
    second = mirror()
    with pytest.raises(InputError, match=r"images.gz cannot be written: No space left on device"):
        fetch(tmp_path, mirror(), second)
    assert second.requests == []


def test_ctrl_c_keeps_the_part_and_the_next_download_resumes(tmp_path: Path, mirror: MakeMirror) -> None:
    stalling = mirror(stop_after=70_000, stall=True)
    code = textwrap.dedent(f"""
        import sys
        from gan.data.__main__ import main
        from gan.data import download
        fetch = download.download
        download.download = lambda folder: fetch(folder, [{stalling.address!r}], {ONLY_IMAGES!r}, 300)
        sys.exit(main(["download", {str(tmp_path)!r}]))
    """)
    part = tmp_path / "images.gz.part"
    with started([sys.executable, "-c", code], stderr=subprocess.PIPE) as process:
        wait_for(lambda: part.exists() and part.stat().st_size > 0, "the first bytes")
        process.send_signal(signal.SIGINT)
        _, message = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert message.splitlines()[1:] == ["Stopped. The downloaded part is kept. Run the same command to continue."]
    arrived = part.read_bytes()
    assert arrived
    assert IMAGES.startswith(arrived)
    server = mirror()
    fetch(tmp_path, server, files=ONLY_IMAGES)
    assert server.requests == [("images.gz", f"bytes={len(arrived)}-")]
    assert_complete(tmp_path, "images")


def test_the_command_fetches_four_files_from_two_mirrors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders: list[Path] = []
    monkeypatch.setattr(download, "download", folders.append)
    monkeypatch.chdir(tmp_path)
    assert main(["download"]) == 0
    assert folders == [Path("data", "mnist")]
    assert "python train.py --data" in capsys.readouterr().out
    assert list(idx.MNIST_SHA256) == [
        f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
    ]
    assert [mirror.split("/")[2] for mirror in download.MIRRORS] == [
        "ossci-datasets.s3.amazonaws.com",
        "storage.googleapis.com",
    ]
