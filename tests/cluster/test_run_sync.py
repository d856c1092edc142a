"""gan/cluster/run_sync.py: copies of a growing run folder, which can be resumed."""

import os
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from gan.cluster import run_sync
from gan.cluster.run_sync import (
    changed_files,
    files_of,
    resume_files,
    write_files,
)
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from nnet.durable_write import durably_replacing
from tests.helpers.fake_worker import tiny
from tests.helpers.players import trained


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    run = create(tmp_path / "there" / "digit-3", tiny(3, iterations=30))
    for iteration in (0, 5, 10):
        run.save_picture(iteration, np.full((4, 28, 28), iteration, np.uint8))
    run.append_metrics({"iteration": 2})
    run.save(trained(run.config, 1))
    (run.path / ".lock").touch()
    (run.images / ".5.png.7.part").write_bytes(b"half")
    return run


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def test_a_copy_has_all_files_except_locks_and_incomplete_ones(
    run: RunWriter, target: Path
) -> None:
    files, news = changed_files(run.path, {})
    write_files(target, files)
    assert files.keys() == news.keys() == changed_files(target, {})[0].keys()
    pictures = ["images/0.png", "images/10.png", "images/5.png"]
    assert sorted(files) == [
        "checkpoint.safetensors",
        "config.json",
        "generator.safetensors",
        *pictures,
        "metrics.jsonl",
    ]
    assert all(
        (target / name).read_bytes() == (run.path / name).read_bytes() for name in files
    )


def test_only_new_files_are_copied(run: RunWriter) -> None:
    _, known = changed_files(run.path, {})
    assert changed_files(run.path, known) == ({}, {})
    run.append_metrics({"iteration": 4})
    run.save_picture(15, np.zeros((4, 28, 28), np.uint8))
    files, news = changed_files(run.path, known)
    assert sorted(files) == ["images/15.png", "metrics.jsonl"]
    assert changed_files(run.path, known | news) == ({}, {})


def test_a_replaced_file_of_the_same_size_and_time_is_copied(run: RunWriter) -> None:
    _, known = changed_files(run.path, {})
    before = run.checkpoint.stat()
    with durably_replacing(run.checkpoint) as beside:
        beside.write_bytes(bytes(before.st_size))
    os.utime(run.checkpoint, ns=(before.st_atime_ns, before.st_mtime_ns))
    files, _ = changed_files(run.path, known)
    assert list(files) == ["checkpoint.safetensors"]


def test_the_checkpoint_is_read_first_and_written_last(
    run: RunWriter, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, _ = changed_files(run.path, {})
    assert next(iter(files)) == "checkpoint.safetensors"
    assert next(files_of(run.path)).name == "checkpoint.safetensors"
    write = Mock(wraps=durably_replacing)
    monkeypatch.setattr(run_sync, "durably_replacing", write)
    write_files(target, files)
    assert write.call_args_list[0].args[0].name == "checkpoint.safetensors", (
        "pictures alone cannot be resumed"
    )
    write_files(target, files)
    assert write.call_args_list[-1].args[0].name == "checkpoint.safetensors"


def test_files_older_than_the_copied_checkpoint_are_copied(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def save_before_read(path: Path) -> bytes:
        """Save a picture and a checkpoint just before the checkpoint is read."""
        if path == run.checkpoint and not run.picture_path(15).exists():
            run.save_picture(15, np.zeros((4, 28, 28), np.uint8))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", save_before_read)
    assert "images/15.png" in changed_files(run.path, {})[0], (
        "a resumed run does not draw it again"
    )


def test_another_machine_needs_everything_except_later_pictures(
    run: RunWriter, tmp_path: Path, target: Path
) -> None:
    assert sorted(resume_files(run)) == [
        "checkpoint.safetensors",
        "config.json",
        "generator.safetensors",
        "images/0.png",
        "metrics.jsonl",
    ]
    new = create(tmp_path / "digit-3", tiny(3))
    assert list(resume_files(new)) == ["config.json"]
    write_files(target, resume_files(new))
    assert Run.open(target).config == new.config
    assert (target / "images").is_dir()
