"""gan/runs/run_writer.py: a run's files, recovery after a kill, and two checkpoints.
test_cuts.py tests power cuts.
"""

import errno
import os
from dataclasses import replace
from io import FileIO
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from gan.base.errors import InputError
from gan.drawings.load_and_draw import draw, load_generator
from gan.rules.run_config import Config
from gan.runs.run import MAX_LINE_BYTES, Run
from gan.runs.run_writer import DAMAGED, RunWriter, create, resume
from gan.runs.trainer import Trainer
from nnet import weights
from nnet.fast.accelerate import accelerate
from tests.helpers.fake_worker import tiny
from tests.helpers.players import NOISE, everything, trained

CONFIG = tiny(3, iterations=12)
PICTURE = np.zeros((4, 28, 28), np.uint8)


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "deep" / "digit-3", CONFIG)


@pytest.fixture
def saved_twice(run: RunWriter) -> RunWriter:
    """Return a run with checkpoints at iterations 2 and 3."""
    for iterations in (1, 2, 3):
        run.save(trained(CONFIG, iterations))
    return run


def restore(run: RunWriter) -> None:
    run.restore(Trainer(CONFIG, NOISE))
    assert run.checkpoint.exists()


def iteration_of(path: Path) -> int:
    trainer = Trainer(CONFIG, NOISE)
    trainer.restore(*weights.load(path), str(path))
    return trainer.iteration


# Folders


def test_a_new_run_has_its_folders_and_can_be_opened(run: RunWriter) -> None:
    opened = Run.open(str(run.path))  # a path may be a str
    assert opened.path == run.path
    assert opened.config == CONFIG
    assert run.metrics() == []
    assert run.pictures() == []
    other = run.path.with_name("other")
    assert resume(str(other), CONFIG).path == other
    assert sorted(path.name for path in run.path.iterdir()) == ["config.json", "images"]


@pytest.mark.parametrize("name", ["file", "file/digit-3", "x" * 300])
def test_a_path_that_cannot_be_a_folder_is_an_input_error(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_text("mine")
    for start in (create, resume):
        with pytest.raises(InputError, match="expected a folder"):
            start(tmp_path / name, CONFIG)
    assert (tmp_path / "file").read_text() == "mine"


# Resuming


def test_resume_may_change_the_length_and_the_intervals(run: RunWriter) -> None:
    longer = replace(
        CONFIG, iterations=500, picture_every=7, metrics_every=1, save_seconds=1.0
    )
    assert resume(run.path, longer).config == longer
    assert Run.open(run.path).config == CONFIG, "the checkpoint is not checked yet"


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"batch": 4}, {"freeze": False}, {"digit": 4}, {"channels": (4, 9)}],
)
def test_resume_with_other_settings_is_refused(run: RunWriter, change: dict) -> None:
    ((name, value),) = change.items()
    with pytest.raises(InputError, match="holds a run with other settings") as caught:
        resume(run.path, replace(CONFIG, iterations=99, **change))
    assert f"{name}: {getattr(CONFIG, name)} there, {value} requested" in str(
        caught.value
    )
    assert caught.value.field == name
    assert Run.open(run.path).config == CONFIG


# Recovery after a kill


def test_restore_does_not_touch_current_files(run: RunWriter) -> None:
    """Modification times must not change, because the newest run is the one that was
    written last.
    """
    run.append_metrics({"iteration": 1})
    run.save_picture(1, PICTURE)
    run.save(trained(CONFIG, 1))
    times = {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}
    restore(run)
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*")} == times


def test_an_unreadable_picture_of_the_checkpoint_is_deleted(run: RunWriter) -> None:
    for iteration in (1, 2):
        run.save_picture(iteration, PICTURE)
    run.save(trained(CONFIG, 2))
    for iteration in (1, 2):
        run.picture_path(iteration).write_bytes(b"")
    restore(run)
    # Picture 1 stays: it was synced before the checkpoint, so no kill emptied it.
    assert run.pictures() == [1]


LONG = b'{"iteration": 2%s}' % (MAX_LINE_BYTES * b" ")


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe", b"[1]", b"7", b"{}", b'{"iteration": "2"}', b"\x00\x00", b"", LONG],
)
def test_an_invalid_line_of_metrics_is_ignored_and_kept(
    run: RunWriter, line: bytes
) -> None:
    run.append_metrics({"iteration": 1})
    with run.metrics_file.open("ab") as file:
        file.write(line + b"\n")
    run.append_metrics({"iteration": 3})
    assert run.metrics() == [{"iteration": 1}, {"iteration": 3}]
    content = run.metrics_file.read_bytes()
    run.cut_back(5)
    assert run.metrics_file.read_bytes() == content
    run.cut_back(2)
    assert run.metrics_file.read_bytes() == b'{"iteration": 1}\n'


def test_a_full_disk_leaves_no_part_of_a_line(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.append_metrics({"iteration": 1})
    write = FileIO.write

    class Full(FileIO):
        """A file on a disk with ten bytes left."""

        def write(self, content: bytes) -> int:  # type: ignore[override]
            if len(content) < 15:
                raise OSError(28, "No space left on device")
            return write(self, content[:10])

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda path, mode, buffering: Full(path, "ab"))
        with pytest.raises(OSError, match="No space left"):
            run.append_metrics({"iteration": 2})
    run.append_metrics({"iteration": 3})
    assert run.metrics() == [{"iteration": 1}, {"iteration": 3}]


# Checkpoints


def test_the_previous_checkpoint_is_kept_unless_it_is_untrained(run: RunWriter) -> None:
    kept = []
    for iterations in (0, 1, 2, 0):
        trainer = trained(CONFIG, iterations)
        run.save(trainer) if iterations else run.start_over(trainer)
        kept.append(
            [
                iteration_of(path)
                for path in (run.checkpoint, run.checkpoint_before)
                if path.exists()
            ]
        )
        assert run.generator.exists() == (iterations > 0), (
            "an untrained generator is not written"
        )
    assert kept == [[0], [1], [2, 1], [0]]


@pytest.mark.parametrize("is_cut", [True, False])
def test_a_damaged_checkpoint_is_kept_and_the_previous_one_restored(
    saved_twice: RunWriter, is_cut: bool
) -> None:
    if is_cut:
        os.truncate(saved_twice.checkpoint, 1000)
    else:  # without a valid state
        arrays, texts = weights.load(saved_twice.checkpoint)
        weights.save(saved_twice.checkpoint, arrays, texts | {"trainer": "["})
    damaged = saved_twice.checkpoint.read_bytes()
    trainer = Trainer(CONFIG, NOISE)
    (note,) = saved_twice.restore(trainer)
    assert everything(trainer) == everything(trained(CONFIG, 2))
    assert ("found a file without its state; " in note) is not is_cut
    assert "went back to the checkpoint before it, of iteration 2" in note
    assert (saved_twice.path / DAMAGED).read_bytes() == damaged
    assert iteration_of(saved_twice.checkpoint) == 2
    trainer.iterate()
    saved_twice.save(trainer)
    assert iteration_of(saved_twice.checkpoint) == 3
    assert iteration_of(saved_twice.checkpoint_before) == 2


def test_a_checkpoint_that_cannot_be_read_is_not_replaced_by_an_older_one(
    saved_twice: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = sorted(path.name for path in saved_twice.path.iterdir())
    refusal = OSError(errno.EACCES, "refused")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", Mock(side_effect=refusal))
        with pytest.raises(InputError, match=r"checkpoint.safetensors cannot be read"):
            saved_twice.restore(Trainer(CONFIG, NOISE))
    assert sorted(path.name for path in saved_twice.path.iterdir()) == names
    assert iteration_of(saved_twice.checkpoint) > 2


@pytest.mark.parametrize("is_foreign", [False, True])
def test_a_damaged_or_foreign_checkpoint_is_an_input_error_and_kept(
    run: RunWriter, is_foreign: bool
) -> None:
    run.save(trained(CONFIG, 2))
    run.append_metrics({"iteration": 9})
    run.save_picture(9, PICTURE)
    if is_foreign:
        other = Trainer(replace(CONFIG, hidden_discriminator=3), NOISE)
        weights.save(run.checkpoint, *other.state())
    else:
        os.truncate(run.checkpoint, 1000)
    content = run.checkpoint.read_bytes()
    trainer = trained(CONFIG, 1)
    before = everything(trainer)
    with pytest.raises(
        InputError,
        match=r"checkpoint\.safetensors: (expected|belongs to another network)",
    ):
        run.restore(trainer)
    assert everything(trainer) == before
    assert run.checkpoint.read_bytes() == content
    assert run.metrics() == [{"iteration": 9}]
    assert run.pictures() == [9]


@pytest.mark.parametrize(
    "config", [CONFIG, replace(CONFIG, output="clipped", finish=True)]
)
def test_the_generator_file_describes_itself_and_draws_like_the_average(
    config: Config, tmp_path: Path
) -> None:
    run = create(tmp_path / "run", config)
    trainer = trained(config, 3)
    run.save(trainer)
    generator, found = load_generator(run.generator)
    assert found == config
    expected = draw(
        accelerate(trainer.drawing_network(), "im2col"), trainer.picture_latents
    )
    assert np.array_equal(
        draw(accelerate(generator, "im2col"), trainer.picture_latents), expected
    )
    assert config.finish or np.array_equal(trainer.draw().images, expected)
    texts = weights.load(run.generator)[1]
    assert texts["iteration"] == "3"
    assert texts["data"] == "20 digits of noise"
