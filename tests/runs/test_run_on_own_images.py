"""gan/runs/run_on_own_images.py: a run on uploaded images, after power cuts, kills, a
full disk and a lost file.
"""

import json
import multiprocessing
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from gan.base.errors import InputError
from gan.data import Dataset, load, own_images
from gan.rules.run_config import Config
from gan.runs import run_on_own_images
from gan.runs.folder_lock import held
from gan.runs.messages import Command, SentCommand
from gan.runs.run import Run
from gan.runs.run_on_own_images import create_uploaded, remove_unfinished
from gan.runs.worker import train_until_quit
from gan.runs.worker_link import WorkerChannel
from tests.helpers.cuts import cuts, lay_out, recording
from tests.helpers.digits import SAMPLE
from tests.helpers.fake_worker import tiny

DIGITS = Dataset(SAMPLE.images[::100], SAMPLE.labels[::100], "", (), ("50 digits",))


def create(runs: Path) -> Path:
    """Create a run on uploaded digits and return its folder."""
    return create_uploaded(runs / "all-digits", DIGITS, tiny(None)).path


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def test_a_run_has_its_images_and_says_where_they_are(runs: Path) -> None:
    run = Run.open(create(runs))
    data = load(run.path / "data.npz")
    np.testing.assert_array_equal(data.images, DIGITS.images)
    (entry,) = json.loads((run.path / "provenance.json").read_text("utf-8"))
    assert entry["data_sha256"] == data.sha256
    assert entry["uploaded"] is True
    assert entry["data"] == data.name
    assert entry["data_path"] == data.path
    assert [path.name for path in runs.iterdir()] == ["all-digits"]


def test_no_power_cut_leaves_a_run_without_images(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recording(runs, monkeypatch) as recorder:
        recorder.promise(create(runs).name)
    expected = (runs / "all-digits" / "data.npz").read_bytes()
    seen = set()
    (tmp_path / "disk").mkdir()
    for promised, disk in cuts(recorder, every=True):
        lay_out(disk, tmp_path / "disk")
        run = tmp_path / "disk" / "all-digits"
        seen.add(Run.exists(run))
        assert Run.exists(run) or not promised
        assert not Run.exists(run) or (run / "data.npz").read_bytes() == expected
    assert seen == {False, True}


@pytest.mark.parametrize("failing", ["save", "record"])
def test_a_full_disk_is_reported_and_leaves_nothing(
    runs: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    monkeypatch.setattr(
        run_on_own_images,
        failing,
        Mock(side_effect=OSError(28, "No space left on device")),
    )
    with pytest.raises(
        InputError,
        match=r"runs: expected a folder to write in, received No space left on device",
    ):
        create(runs)
    assert list(runs.iterdir()) == []


def test_folders_left_by_a_kill_are_deleted_but_not_one_in_use(runs: Path) -> None:
    killed = runs / ".upload-1"
    busy = runs / ".upload-2"
    for folder in (killed, busy):
        folder.mkdir()
        (folder / "data.npz").write_bytes(b"half")
    with held(Run(busy, Config())):
        remove_unfinished(runs)
    assert [path.name for path in runs.iterdir()] == [".upload-2"]


def open_on(run: Path, data: Path | None, command: Command = "quit") -> list[Any]:
    """Open a run as a worker process does, with its first command, and return its
    events.
    """
    parent, child = multiprocessing.Pipe()
    parent.send({command: SentCommand(1, command, None)})
    train_until_quit(WorkerChannel(child), run, Run.open(run).config, data)
    return list(iter(lambda: parent.recv() if parent.poll() else None, None))


def test_a_run_whose_images_are_missing_is_refused_even_to_start_over(
    runs: Path, tmp_path: Path
) -> None:
    run = create(runs)
    moved = (run / "data.npz").rename(tmp_path / "copy.npz")
    message = (
        "expected its uploaded images, .*all-digits/data.npz, received MNIST; "
        "put the file back"
    )
    with pytest.raises(InputError, match=message):
        open_on(run, None, "reset")
    assert not (run / "checkpoint.safetensors").exists()
    assert open_on(run, moved)[-1]["state"] == "gone", "a copy is the same data"
    own_images.save(Dataset(DIGITS.images[::-1], DIGITS.labels, ""), run / "data.npz")
    with pytest.raises(InputError, match="received 50 images of"):
        open_on(run, run / "data.npz")
