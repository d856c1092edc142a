"""A run on disk: what is written, what a kill leaves, what is cut back, and whose folder is refused."""

import json
from dataclasses import replace
from io import FileIO
from pathlib import Path

import numpy as np
import pytest
from fake_worker import tiny
from players import everything, noise_digits

from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create, resume
from gan.runs.trainer import Trainer
from gan.sample import draw
from gan.saved_networks import load_generator
from nnet import weights
from nnet.fast.accelerate import accelerate

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


# Whose folder


def test_a_new_run_makes_its_folders_and_can_be_opened(run: RunWriter) -> None:
    assert Run.open(run.path).config == CONFIG
    assert (run.pictures(), run.metrics()) == ([], [])
    assert sorted(path.name for path in run.path.iterdir()) == ["config.json", "images"]


def test_a_folder_that_holds_a_run_is_not_overwritten(run: RunWriter) -> None:
    before = (run.path / "config.json").read_bytes()
    with pytest.raises(InputError, match="holds a run already; choose another folder") as caught:
        create(run.path, replace(CONFIG, seed=5))
    assert caught.value.field == "out"
    assert (run.path / "config.json").read_bytes() == before


def test_a_file_in_the_place_of_the_folder_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", tmp_path / "file" / "digit-3"):
        with pytest.raises(InputError, match="expected a folder to write in"):
            create(path, CONFIG)
        with pytest.raises(InputError, match="expected a folder to write in"):
            resume(path, CONFIG)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_name_too_long_is_an_input_error(tmp_path: Path) -> None:
    for start in (create, resume):
        with pytest.raises(InputError, match="name too long"):
            start(tmp_path / ("x" * 300), CONFIG)


def test_opening_what_is_no_run_is_an_input_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match=r"expected the folder of a run, found no config\.json"):
            Run.open(path)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\xff\xfe\x00binary", b'{"digits": 3}'])
def test_a_damaged_config_is_an_input_error_that_names_the_file_and_keeps_it(run: RunWriter, content: bytes) -> None:
    file = run.path / "config.json"
    file.write_bytes(content)
    for start in (lambda: Run.open(run.path), lambda: resume(run.path, CONFIG)):
        with pytest.raises(InputError, match=r"config\.json: is not the configuration of a run"):
            start()
    assert file.read_bytes() == content


# Resuming


def test_resuming_creates_a_run_where_there_is_none(tmp_path: Path) -> None:
    assert resume(tmp_path / "new", CONFIG).config == CONFIG
    assert Run.open(tmp_path / "new").config == CONFIG


def test_a_run_may_be_prolonged_and_write_at_other_times(run: RunWriter) -> None:
    longer = replace(CONFIG, iterations=500, picture_every=7, metrics_every=1)
    assert resume(run.path, longer).config == longer
    assert Run.open(run.path).config == longer


@pytest.mark.parametrize("change", [{"seed": 1}, {"batch": 4}, {"freeze": False}, {"digit": 4}, {"channels": (4, 9)}])
def test_resuming_with_other_settings_is_refused_says_which_and_changes_nothing(run: RunWriter, change: dict) -> None:
    ((name, value),) = change.items()
    before = (run.path / "config.json").read_bytes()
    with pytest.raises(InputError, match="holds a run with other settings") as caught:
        resume(run.path, replace(CONFIG, iterations=99, **change))
    assert caught.value.field == name
    assert f"{name}: {getattr(CONFIG, name)} there, {value} asked for" in str(caught.value)
    assert (run.path / "config.json").read_bytes() == before


def test_a_checkpoint_on_disk_goes_on_bit_for_bit(run: RunWriter) -> None:
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


def test_without_a_checkpoint_and_without_a_history_a_trainer_stays_as_it_is(run: RunWriter) -> None:
    trainer = Trainer(CONFIG, NOISE)
    before = everything(trainer)
    assert run.restore(trainer) is False
    assert everything(trainer) == before


def test_the_first_picture_alone_is_no_history(run: RunWriter) -> None:
    """Earlier versions drew it and took no checkpoint: such a run was opened, and never trained."""
    run.save_picture(0, PICTURE)
    assert run.restore(Trainer(CONFIG, NOISE)) is False
    assert run.pictures() == [0]
    run.picture_path(0).write_bytes(b"half")
    assert run.restore(Trainer(CONFIG, NOISE)) is False
    assert run.pictures() == []


def test_a_history_without_a_checkpoint_is_refused_and_stays(run: RunWriter) -> None:
    run.append_metrics({"iteration": 2})
    run.save_picture(0, PICTURE)
    with pytest.raises(InputError, match=r"expected a checkpoint to go on from, found 1 pictures and 1 lines"):
        run.restore(Trainer(CONFIG, NOISE))
    assert (run.metrics(), run.pictures()) == ([{"iteration": 2}], [0])


# What a kill leaves


def test_metrics_and_pictures_after_the_checkpoint_are_cut_away_and_those_before_stay(run: RunWriter) -> None:
    for iteration in (0, 2, 4, 5, 6, 10, 100):
        run.append_metrics({"iteration": iteration, "d_loss": 0.5})
        run.save_picture(iteration, PICTURE)
    run.save(trained(5))
    assert run.restore(Trainer(CONFIG, NOISE))
    assert [line["iteration"] for line in run.metrics()] == [0, 2, 4, 5]
    assert run.pictures() == [0, 2, 4, 5]
    run.append_metrics({"iteration": 6})
    assert run.metrics()[-2:] == [{"iteration": 5, "d_loss": 0.5}, {"iteration": 6}]


def test_a_damaged_line_costs_that_line(run: RunWriter) -> None:
    run.metrics_file.write_text('{"iteration": 2}\n{"itera\n{"iteration": 4}\n')
    assert run.metrics() == [{"iteration": 2}, {"iteration": 4}]


@pytest.mark.parametrize("half", ['{"itera', '{"iteration": 4, "d_loss": 0.', '{"iteration": 4, "d_loss": 0.5', ""])
def test_a_half_written_last_line_is_left_out_and_then_cut_away(run: RunWriter, half: str) -> None:
    run.append_metrics({"iteration": 2, "d_loss": 0.25})
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write(half)
    assert run.metrics() == [{"iteration": 2, "d_loss": 0.25}]
    run.save(trained(5))
    run.restore(Trainer(CONFIG, NOISE))
    run.append_metrics({"iteration": 6})
    lines = (run.path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["iteration"] for line in lines] == [2, 6]


def test_half_written_files_beside_are_no_pictures_and_no_checkpoint(run: RunWriter) -> None:
    (run.images / ".5.png.77.part").write_bytes(b"half")
    (run.images / "notes.png").write_bytes(b"foreign")
    (run.path / ".checkpoint.safetensors.77.part").write_bytes(b"half")
    assert run.pictures() == []
    assert run.restore(Trainer(CONFIG, NOISE)) is False


def test_a_picture_that_a_person_removes_is_no_error(run: RunWriter) -> None:
    for iteration in (0, 1):
        run.save_picture(iteration, PICTURE)
    run.picture_path(0).unlink()
    run.save(trained(1))
    assert run.pictures() == [1]


def test_opening_a_run_leaves_its_files_as_they_are(run: RunWriter) -> None:
    """The newest run is the one that was written to last, and not the one that was looked at."""
    run.append_metrics({"iteration": 1})
    run.save_picture(1, PICTURE)
    run.save(trained(1))
    times = {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}
    run.restore(Trainer(CONFIG, NOISE))
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*")} == times


def test_pictures_are_listed_by_number(run: RunWriter) -> None:
    for iteration in (100, 0, 20, 3):
        run.save_picture(iteration, PICTURE)
    assert run.pictures() == [0, 3, 20, 100]
    assert run.picture_path(20) == run.path / "images" / "20.png"
    assert run.picture_path(20).read_bytes().startswith(b"\x89PNG")


# What else is written


def test_the_generator_file_alone_tells_what_it_is_and_draws_what_the_average_draws(run: RunWriter) -> None:
    trainer = trained(3)
    run.save(trainer)
    generator, config = load_generator(run.generator)
    assert config == CONFIG
    assert np.array_equal(draw(accelerate(generator, "im2col"), trainer.picture_latents), trainer.picture())
    texts = weights.load(run.generator)[1]
    assert (texts["iteration"], texts["data"]) == ("3", "20 digits of noise")


def test_beginning_anew_leaves_the_config_and_a_first_checkpoint(run: RunWriter) -> None:
    run.save(trained(1))
    run.append_metrics({"iteration": 0})
    run.save_picture(0, PICTURE)
    for _ in range(2):  # what is gone is no error
        run.start_over(Trainer(CONFIG, NOISE))
        assert sorted(path.name for path in run.path.iterdir()) == [
            "checkpoint.safetensors", "config.json", "images", "metrics.jsonl",
        ]  # fmt: skip
        assert (run.metrics(), run.pictures()) == ([], [])
    restored = trained(2)
    assert run.restore(restored)
    assert everything(restored) == everything(Trainer(CONFIG, NOISE))


def test_a_picture_of_the_checkpoint_s_iteration_that_cannot_be_read_is_dropped(run: RunWriter) -> None:
    for iteration in (1, 2):
        run.save_picture(iteration, PICTURE)
    run.save(trained(2))
    for iteration in (1, 2):
        run.picture_path(iteration).write_bytes(b"")
    run.restore(Trainer(CONFIG, NOISE))
    assert run.pictures() == [1]  # it was on the disk before the checkpoint: something else has emptied it


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[1]", b"7", b"{}", b'{"iteration": "2"}', b"\x00\x00", b""])
def test_what_is_no_line_of_metrics_is_left_out_and_stays_until_what_is_before_it_goes(
    run: RunWriter, line: bytes
) -> None:
    run.append_metrics({"iteration": 1})
    with run.metrics_file.open("ab") as file:
        file.write(line + b"\n")
    run.append_metrics({"iteration": 3})
    assert run.metrics() == [{"iteration": 1}, {"iteration": 3}]
    whole = run.metrics_file.read_bytes()
    run.cut_back(5)
    assert run.metrics_file.read_bytes() == whole
    run.cut_back(2)
    assert run.metrics_file.read_bytes() == b'{"iteration": 1}\n'


def test_a_line_of_metrics_that_does_not_fit_on_the_disk_leaves_no_part_of_it(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.append_metrics({"iteration": 1})
    whole = FileIO.write

    class Full(FileIO):
        """A file on a disk that takes ten bytes more."""

        def write(self, content: bytes) -> int:  # type: ignore[override]
            if len(content) < 15:
                raise OSError(28, "No space left on device")
            return whole(self, content[:10])

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda path, mode, buffering: Full(path, "ab"))
        with pytest.raises(OSError, match="No space left"):
            run.append_metrics({"iteration": 2})
    run.append_metrics({"iteration": 3})
    assert run.metrics() == [{"iteration": 1}, {"iteration": 3}]


MOST = 1000


@pytest.mark.parametrize("length", [0, 1, MOST, MOST + 1, 5 * MOST + 3])
def test_of_many_metrics_some_are_read_the_newest_whole_one_among_them(length: int, tmp_path: Path) -> None:
    run, lines = create(tmp_path / "run", tiny(3)), [{"iteration": number} for number in range(length)]
    run.metrics_file.write_text("".join(json.dumps(line) + "\n" for line in lines) + "damaged\n")
    kept = run.metrics(MOST)
    assert len(kept) <= MOST
    assert len(kept) >= min(length, MOST // 2)
    assert kept[-1:] == lines[-1:]
    assert kept == sorted(kept, key=lambda line: line["iteration"])
    assert run.metrics() == lines
