"""A run's folder copied as it grows: only what is new, in an order in which any part of it can go on."""

from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from fake_worker import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from players import noise_digits

from gan.cluster import run_sync
from gan.cluster.run_sync import changed_files, files_of, resume_files, stamps, write_files
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.runs.trainer import Trainer
from nnet.durable_write import durably_replacing


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    run = create(tmp_path / "there" / "digit-3", tiny(3, iterations=30))
    trainer = Trainer(run.config, noise_digits(20))
    trainer.iterate()
    for iteration in (0, 5, 10):
        run.save_picture(iteration, np.full((4, 28, 28), iteration, np.uint8))
    run.append_metrics({"iteration": 2})
    run.save(trainer)
    (run.path / ".lock").touch()
    (run.images / ".5.png.7.part").write_bytes(b"half")
    return run


def test_a_copy_has_all_but_the_lock_and_what_is_half_written(run: RunWriter, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    files, news = changed_files(run.path, {})
    write_files(here, files)
    assert files.keys() == news.keys() == stamps(here).keys()
    pictures = ["images/0.png", "images/10.png", "images/5.png"]
    assert sorted(files) == [
        "checkpoint.safetensors", "config.json", "generator.safetensors", *pictures, "metrics.jsonl",
    ]  # fmt: skip
    assert all((here / name).read_bytes() == (run.path / name).read_bytes() for name in files)


def test_only_what_is_new_is_copied(run: RunWriter) -> None:
    _, have = changed_files(run.path, {})
    assert changed_files(run.path, have) == ({}, {})
    assert have == stamps(run.path)
    run.append_metrics({"iteration": 4})
    run.save_picture(15, np.zeros((4, 28, 28), np.uint8))
    files, news = changed_files(run.path, have)
    assert sorted(files) == ["images/15.png", "metrics.jsonl"]
    assert changed_files(run.path, have | news) == ({}, {})


def test_the_checkpoint_is_read_first_and_written_last(
    run: RunWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, _ = changed_files(run.path, {})
    assert next(iter(files)) == next(files_of(run.path)).name == "checkpoint.safetensors"
    written: list[str] = []

    def noted(path: Path) -> AbstractContextManager[Path]:
        written.append(path.name)
        return durably_replacing(path)

    monkeypatch.setattr(run_sync, "durably_replacing", noted)
    here = tmp_path / "here"
    here.mkdir()
    write_files(here, files)
    assert written[0] == "checkpoint.safetensors", "pictures without one could not be gone on with"
    written.clear()
    write_files(here, files)
    assert written[-1] == "checkpoint.safetensors"


def test_what_is_older_than_the_checkpoint_that_is_copied_is_copied_too(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def late(path: Path) -> bytes:
        """The training keeps a picture and then saves, just before a checkpoint is read."""
        if path == run.checkpoint and not run.picture_path(15).exists():
            run.save_picture(15, np.zeros((4, 28, 28), np.uint8))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", late)
    assert "images/15.png" in changed_files(run.path, {})[0], "gone on with from that checkpoint, nobody draws it again"


def test_a_file_that_is_renamed_while_it_is_read_comes_the_next_time(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = list(files_of(run.path))
    (run.images / "5.png").unlink()
    monkeypatch.setattr(run_sync, "files_of", lambda folder: listed)
    files, _ = changed_files(run.path, {})
    assert "images/5.png" not in files
    assert "images/10.png" in files


def test_what_another_machine_needs_is_all_but_the_later_pictures(run: RunWriter) -> None:
    assert sorted(resume_files(run)) == [
        "checkpoint.safetensors", "config.json", "generator.safetensors", "images/0.png", "metrics.jsonl",
    ]  # fmt: skip


def test_a_new_run_needs_its_config_alone(tmp_path: Path) -> None:
    new = create(tmp_path / "digit-3", tiny(3))
    assert list(resume_files(new)) == ["config.json"]
    there = tmp_path / "there"
    there.mkdir()
    write_files(there, resume_files(new))
    assert Run.open(there).config == new.config
    assert (there / "images").is_dir()


@settings(max_examples=20)  # each brings its files to the disk
@given(data=st.data())
def test_copied_at_any_times_a_folder_ends_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    top = tmp_path_factory.mktemp("copied")
    there, here, have = top / "there", top / "here", dict[str, run_sync.Stamp]()
    there.mkdir()
    here.mkdir()
    (there / "images").mkdir()
    names = st.sampled_from(["checkpoint.safetensors", "metrics.jsonl", "images/0.png"])
    for length, (name, copies) in enumerate(data.draw(st.lists(st.tuples(names, st.booleans()), max_size=8))):
        (there / name).write_bytes(b"x" * length)
        if copies:
            files, news = changed_files(there, have)
            write_files(here, files)
            have |= news
    write_files(here, changed_files(there, have)[0])
    assert {p.relative_to(here): p.read_bytes() for p in files_of(here)} == {
        p.relative_to(there): p.read_bytes() for p in files_of(there)
    }
