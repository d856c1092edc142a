"""A broken or malicious run is listed with an error and never causes a 500.

No symlink is followed out of a run.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gan.base.errors import InputError
from gan.runs.run import is_regular_file, read_regular_file, refuse_symlinks
from gan.runs.run_writer import create
from gan.web.app import ServerConfig
from tests.helpers.fake_worker import FakeWorker, tiny
from tests.helpers.serving import REMARKS, Client, expect_refusal, until

SECRET = b"a secret of this machine"
JSON_SECRET = b'{"iteration": 42424242424242}\n'
# called with the run's folder and a folder outside the runs folder
Damage = Callable[[Path, Path], None]


def put(run: Path, name: str, contents: bytes | Path | None) -> None:
    """Replace a file in the run by content, a symlink, or a folder (None)."""
    if (run / name).is_dir():
        shutil.rmtree(run / name)
    (run / name).unlink(missing_ok=True)
    if contents is None:
        (run / name).mkdir()
    elif isinstance(contents, Path):
        (run / name).symlink_to(contents)
    else:
        (run / name).write_bytes(contents)


def symlink(name: str, to: str) -> Damage:
    return lambda run, elsewhere: put(run, name, elsewhere / to)


def config_of(contents: bytes | None) -> Damage:
    return lambda run, elsewhere: put(run, "config.json", contents)


def pipe(run: Path, elsewhere: Path) -> None:
    (run / "config.json").unlink()
    os.mkfifo(run / "config.json")


BROKEN: dict[str, Damage] = {  # runs that are listed with an error
    "a config of nested objects": config_of(b'{"a":' * 100_000),
    "a config that is a pipe": pipe,
    "a config that is a folder": config_of(None),
}
LINKED = {
    "config.json": "run/config.json",
    "images": "run/images",
    "metrics.jsonl": "lines",
    ".lock": "secret",
}
LINKED |= {"generator.safetensors": "secret", "checkpoint.safetensors": "secret"}
BROKEN |= {f"{name} that is a link": symlink(name, to) for name, to in LINKED.items()}
# runs that are listed as usual, because only part of each is broken
ODD: dict[str, Damage] = {
    "a picture that is a link": symlink("images/7.png", "secret"),
    "a picture that is a link to a picture": symlink(
        "images/7.png", "run/images/0.png"
    ),
    "remarks that are a link": symlink("images/0.json", "lines"),
}
PICTURES = [
    f"images/{name}"
    for name in ("0.png", "7.png", "0.json", "7.json", "0/0.json", "7/0.json")
]
GETS = [f"/api/runs/bad/{name}" for name in ("film.gif", *PICTURES)]
GETS += ["/api/runs/bad", "/api/write?number=1&run=bad"]
POSTS = ["open", "fun", "pause", "reset", "ask"]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return a folder outside the runs folder."""
    folder = tmp_path / "elsewhere"
    run = create(folder / "run", tiny(None))
    run.save_picture(0, np.full((4, 28, 28), 7, np.uint8), REMARKS)
    (folder / "secret").write_bytes(SECRET)
    (folder / "lines").write_bytes(JSON_SECRET)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("kind", [*BROKEN, *ODD])
async def test_a_broken_run_is_one_row_and_reveals_or_changes_nothing_outside(
    client: Client, config: ServerConfig, elsewhere: Path, kind: str
) -> None:
    await until(await client.ws_connect("/api/events"), state="idle")
    run = create(config.runs / "bad", tiny(3))
    run.save_picture(0, np.zeros((4, 28, 28), np.uint8))
    (BROKEN | ODD)[kind](run.path, elsewhere)
    before = contents(elsewhere)
    response = await client.get("/api/runs")
    rows = {row["id"]: row for row in (await response.json())["runs"]}
    assert response.status == 200
    assert list(rows) == ["all-digits", "bad"]
    assert ("error" in rows["bad"]) == (kind in BROKEN)
    assert "error" not in rows["all-digits"]
    responses = [await client.get(path) for path in GETS]
    responses += [await client.post(f"/api/runs/bad/{command}") for command in POSTS]
    for response in responses:
        body = await response.read()
        assert response.status < 500, (response.url, body)
        assert SECRET not in body
        assert b"42424242424242" not in body
        if not response.ok:
            field = (await response.json())["field"]
            await expect_refusal(response, response.status, field)
    assert contents(elsewhere) == before
    assert (await client.post("/api/runs/all-digits/open")).status == 202
    assert (await client.get("/api/runs/all-digits")).status == 200
    assert kind in ODD or len(FakeWorker.made) == 1, "a broken run is never live"


# gan/runs/run.py


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "plain")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert read_regular_file(tmp_path / "plain", 5) == b"12345"
    assert is_regular_file(tmp_path / "plain")
    for name in ("link", "folder", "pipe", "none", "\0"):
        assert not is_regular_file(tmp_path / name)
    free = os.dup(0)  # the number of the next file that is opened
    os.close(free)
    for name in ("link", "folder", "pipe", "none"):
        with pytest.raises(OSError, match=r"."):
            read_regular_file(tmp_path / name, 5)
    os.close(again := os.dup(0))
    assert again == free, "each file was closed"
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_regular_file(tmp_path / "plain", 4)
    with pytest.raises(
        InputError, match=r"link: expected a file of the run, found a link"
    ):
        refuse_symlinks(tmp_path)
    (tmp_path / "link").unlink()
    refuse_symlinks(tmp_path)
