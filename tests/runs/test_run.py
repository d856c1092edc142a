"""gan/runs/run.py and run_writer.py: a run's files, recovery after a kill, labels, and folders that are refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from io import FileIO
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.drawings.load_and_draw import draw, load_generator
from gan.errors import InputError
from gan.rules.config import Config
from gan.runs.run import MAX_DAMAGED, MAX_LINE_BYTES, Run, evenly_spaced
from gan.runs.run_writer import RunWriter, create, resume
from gan.runs.trainer import Trainer
from nnet import weights
from nnet.fast.accelerate import accelerate
from tests.helpers.fake_worker import tiny
from tests.helpers.players import everything, noise_digits

CONFIG = tiny(3, iterations=12)
NOISE = noise_digits(20)
PICTURE = np.zeros((4, 28, 28), np.uint8)


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "deep" / "digit-3", CONFIG)


def trained(iterations: int, config: object = CONFIG) -> Trainer:
    trainer = Trainer(config, NOISE)  # type: ignore[arg-type]
    for _ in range(iterations):
        trainer.iterate()
    return trainer


# Folders


def test_a_new_run_has_its_folders_and_can_be_opened(run: RunWriter) -> None:
    opened = Run.open(str(run.path))  # a path may be a str
    assert (opened.path, opened.config) == (run.path, CONFIG)
    assert (run.pictures(), run.metrics()) == ([], [])
    assert resume(str(run.path.with_name("other")), CONFIG).path == run.path.with_name("other")
    assert sorted(path.name for path in run.path.iterdir()) == ["config.json", "images"]


def test_create_refuses_an_existing_run(run: RunWriter) -> None:
    before = (run.path / "config.json").read_bytes()
    with pytest.raises(InputError, match="already holds a run; choose another folder") as caught:
        create(run.path, replace(CONFIG, seed=5))
    assert caught.value.field == "out"
    assert (run.path / "config.json").read_bytes() == before


def test_a_failed_creation_leaves_no_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, write = tmp_path / "digit-3", Path.write_text
    monkeypatch.setattr(Path, "write_text", Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(InputError, match="No space left on device"):
        create(path, CONFIG)
    assert not path.exists()
    path.mkdir()
    with pytest.raises(InputError, match="No space left on device"):
        create(path, CONFIG)
    assert path.exists(), "the folder was there before"
    monkeypatch.setattr(Path, "write_text", write)
    assert create(path, CONFIG).config == CONFIG


@pytest.mark.parametrize("start", [create, resume])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file", "expected a folder to write in"),
        ("file/digit-3", "expected a folder to write in"),
        ("x" * 300, "name too long"),
    ],
)
def test_a_path_that_cannot_be_a_folder_is_an_input_error(
    tmp_path: Path, start: Callable[..., RunWriter], name: str, message: str
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match=message):
        start(tmp_path / name, CONFIG)
    assert (tmp_path / "file").read_text() == "mine"


def test_opening_another_folder_is_an_input_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match=r"expected the folder of a run, found no config\.json"):
            Run.open(path)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\xff\xfe\x00binary", b'{"digits": 3}'])
def test_a_damaged_config_is_an_input_error_and_is_kept(run: RunWriter, content: bytes) -> None:
    file = run.path / "config.json"
    file.write_bytes(content)
    for start in (lambda: Run.open(run.path), lambda: resume(run.path, CONFIG)):
        with pytest.raises(InputError, match=r"config\.json: is not the configuration of a run"):
            start()
    assert file.read_bytes() == content


# Resuming


def test_resume_may_change_the_length_and_the_intervals(run: RunWriter) -> None:
    longer = replace(CONFIG, iterations=500, picture_every=7, metrics_every=1)
    assert resume(run.path, longer).config == longer
    assert Run.open(run.path).config == CONFIG, "the checkpoint is not checked yet"


@pytest.mark.parametrize("change", [{"seed": 1}, {"batch": 4}, {"freeze": False}, {"digit": 4}, {"channels": (4, 9)}])
def test_resume_with_other_settings_is_refused(run: RunWriter, change: dict) -> None:
    ((name, value),) = change.items()
    before = (run.path / "config.json").read_bytes()
    with pytest.raises(InputError, match="holds a run with other settings") as caught:
        resume(run.path, replace(CONFIG, iterations=99, **change))
    assert caught.value.field == name
    assert f"{name}: {getattr(CONFIG, name)} there, {value} requested" in str(caught.value)
    assert (run.path / "config.json").read_bytes() == before


def test_a_restored_checkpoint_continues_bit_for_bit(run: RunWriter) -> None:
    straight = trained(5)
    run.save(straight)
    for _ in range(7):
        straight.iterate()
    resumed = Trainer(CONFIG, NOISE)
    assert run.restore(resumed)
    assert resumed.iteration == 5
    for _ in range(7):
        resumed.iterate()
    assert everything(resumed) == everything(straight)


def test_restoring_a_new_run_leaves_the_trainer_unchanged(run: RunWriter) -> None:
    trainer = Trainer(CONFIG, NOISE)
    before = everything(trainer)
    assert run.restore(trainer) is False
    assert everything(trainer) == before


def test_the_first_picture_alone_does_not_need_a_checkpoint(run: RunWriter) -> None:
    """Earlier versions saved a first picture but no checkpoint for a run that was opened and never trained."""
    run.save_picture(0, PICTURE)
    assert run.restore(Trainer(CONFIG, NOISE)) is False
    assert run.pictures() == [0]
    run.picture_path(0).write_bytes(b"half")
    assert run.restore(Trainer(CONFIG, NOISE)) is False
    assert run.pictures() == []


def test_a_history_without_a_checkpoint_is_refused_and_kept(run: RunWriter) -> None:
    run.append_metrics({"iteration": 2})
    run.save_picture(0, PICTURE)
    with pytest.raises(InputError, match=r"expected a checkpoint to resume from, found 1 pictures and 1 lines"):
        run.restore(Trainer(CONFIG, NOISE))
    assert (run.metrics(), run.pictures()) == ([{"iteration": 2}], [0])


# Recovery after a kill


def test_restore_deletes_metrics_and_pictures_after_the_checkpoint(run: RunWriter) -> None:
    for iteration in (0, 2, 4, 5, 6, 10, 100):
        run.append_metrics({"iteration": iteration, "d_loss": 0.5})
        run.save_picture(iteration, PICTURE)
    run.save(trained(5))
    assert run.restore(Trainer(CONFIG, NOISE))
    assert [line["iteration"] for line in run.metrics()] == [0, 2, 4, 5]
    assert run.pictures() == [0, 2, 4, 5]
    run.append_metrics({"iteration": 6})
    assert run.metrics()[-2:] == [{"iteration": 5, "d_loss": 0.5}, {"iteration": 6}]


@pytest.mark.parametrize("half", ['{"itera', '{"iteration": 4, "d_loss": 0.', '{"iteration": 4, "d_loss": 0.5', ""])
def test_an_incomplete_last_line_is_ignored_and_then_deleted(run: RunWriter, half: str) -> None:
    run.append_metrics({"iteration": 2, "d_loss": 0.25})
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write(half)
    assert run.metrics() == [{"iteration": 2, "d_loss": 0.25}]
    run.save(trained(5))
    run.restore(Trainer(CONFIG, NOISE))
    run.append_metrics({"iteration": 6})
    lines = (run.path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["iteration"] for line in lines] == [2, 6]


def test_incomplete_files_are_ignored(run: RunWriter) -> None:
    (run.images / ".5.png.77.part").write_bytes(b"half")
    (run.images / "notes.png").write_bytes(b"foreign")
    (run.path / ".checkpoint.safetensors.77.part").write_bytes(b"half")
    assert run.pictures() == []
    assert run.restore(Trainer(CONFIG, NOISE)) is False


def test_restore_does_not_touch_current_files(run: RunWriter) -> None:
    """Modification times must not change, because the newest run is the one that was written last."""
    run.append_metrics({"iteration": 1})
    run.save_picture(1, PICTURE)
    run.save(trained(1))
    times = {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}
    run.restore(Trainer(CONFIG, NOISE))
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*")} == times


# Other files


@pytest.mark.parametrize("config", [CONFIG, replace(CONFIG, output="clipped", finish=True)])
def test_the_generator_file_describes_itself_and_draws_like_the_average(config: Config, tmp_path: Path) -> None:
    run, trainer = create(tmp_path / "run", config), trained(3, config)
    run.save(trainer)
    generator, found = load_generator(run.generator)
    assert found == config
    expected = draw(accelerate(trainer.drawing_network(), "im2col"), trainer.picture_latents)
    assert np.array_equal(draw(accelerate(generator, "im2col"), trainer.picture_latents), expected)
    assert config.finish or np.array_equal(trainer.draw().images, expected)
    texts = weights.load(run.generator)[1]
    assert (texts["iteration"], texts["data"]) == ("3", "20 digits of noise")


def test_start_over_leaves_the_config_and_a_first_checkpoint(run: RunWriter) -> None:
    run.save(trained(1))
    run.append_metrics({"iteration": 0})
    run.save_picture(0, PICTURE)
    for _ in range(2):  # the second pass shows that missing files are not an error
        run.start_over(Trainer(CONFIG, NOISE))
        assert sorted(path.name for path in run.path.iterdir()) == [
            "checkpoint.safetensors", "config.json", "images", "metrics.jsonl",
        ]  # fmt: skip
        assert (run.metrics(), run.pictures()) == ([], [])
    restored = trained(2)
    assert run.restore(restored)
    assert everything(restored) == everything(Trainer(CONFIG, NOISE))


def test_an_unreadable_picture_of_the_checkpoint_is_deleted(run: RunWriter) -> None:
    for iteration in (1, 2):
        run.save_picture(iteration, PICTURE)
    run.save(trained(2))
    for iteration in (1, 2):
        run.picture_path(iteration).write_bytes(b"")
    run.restore(Trainer(CONFIG, NOISE))
    assert run.pictures() == [1]  # picture 1 stays: it was synced before the checkpoint, so no kill emptied it


LONG = b'{"iteration": 2%s}' % (MAX_LINE_BYTES * b" ")


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[1]", b"7", b"{}", b'{"iteration": "2"}', b"\x00\x00", b"", LONG])
def test_an_invalid_line_of_metrics_is_ignored_and_kept(run: RunWriter, line: bytes) -> None:
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


def test_a_full_disk_leaves_no_part_of_a_line(run: RunWriter, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_only_the_known_names_of_a_line_are_kept(run: RunWriter) -> None:
    run.append_metrics({"iteration": 1, "d_loss": 0.5, "x": 7})
    assert run.metrics() == [{"iteration": 1, "d_loss": 0.5}]


@pytest.mark.parametrize("damaged", [MAX_DAMAGED - 1, 5 * MAX_DAMAGED])
def test_at_most_a_thousand_damaged_last_lines_are_parsed(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch, damaged: int
) -> None:
    parse = Mock(side_effect=json.loads)
    monkeypatch.setattr("gan.runs.run.parse_json", parse)
    run.append_metrics({"iteration": 1})
    with run.metrics_file.open("ab") as file:
        file.write(damaged * b'{"iteration": -1}\n')
    assert run.metrics(10) == [{"iteration": 1}]
    assert parse.call_count <= MAX_DAMAGED + 10


MOST = 1000


@pytest.mark.parametrize("length", [0, 1, MOST, MOST + 1, 5 * MOST + 3])
def test_metrics_are_thinned_but_include_the_newest(length: int, tmp_path: Path) -> None:
    run, lines = create(tmp_path / "run", tiny(3)), [{"iteration": number} for number in range(length)]
    run.metrics_file.write_text("".join(json.dumps(line) + "\n" for line in lines) + "damaged\n")
    thinned = run.metrics(MOST)
    assert len(thinned) == min(length, MOST)
    assert thinned[-1:] == lines[-1:]
    assert thinned == sorted(thinned, key=lambda line: line["iteration"])
    assert run.metrics() == lines


@pytest.mark.parametrize(("texts", "iteration"), [({"iteration": "12"}, 12), ({"iteration": "x"}, 0), ({}, 0)])
def test_the_saved_iteration_of_a_foreign_generator_is_0(tmp_path: Path, texts: dict[str, str], iteration: int) -> None:
    run = create(tmp_path / "digit-3", tiny(3))
    assert run.saved_iteration() == 0
    weights.save(run.generator, {}, texts)
    assert run.saved_iteration() == iteration


@given(st.sets(st.integers(0, 10_000), max_size=300), st.integers(2, 80))
def test_items_are_chosen_evenly_with_the_first_and_the_last(available: set[int], most: int) -> None:
    iterations = sorted(available)
    chosen = evenly_spaced(iterations, most)
    assert len(chosen) == min(most, len(iterations))
    assert chosen == sorted(set(chosen))
    assert chosen[:1] + chosen[-1:] == iterations[:1] + iterations[-1:]
    gaps = np.diff([iterations.index(iteration) for iteration in chosen])
    assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1
