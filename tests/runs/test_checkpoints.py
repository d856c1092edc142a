"""gan/runs/checkpoints.py: the newest and the previous checkpoint, and recovery. test_cuts.py tests power cuts."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save as to_bytes

from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.run_writer import DAMAGED, RunWriter, create
from gan.runs.trainer import Trainer
from nnet import weights
from tests.helpers.fake_worker import tiny
from tests.helpers.players import everything, noise_digits

CONFIG = tiny(3, iterations=12)
NOISE = noise_digits(20)
PICTURE = np.zeros((4, 28, 28), np.uint8)


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", CONFIG)


def trained(iterations: int) -> Trainer:
    trainer = Trainer(CONFIG, NOISE)
    for _ in range(iterations):
        trainer.iterate()
    return trainer


@pytest.fixture
def saved_twice(run: RunWriter) -> RunWriter:
    """Return a run with checkpoints at iterations 2 and 3."""
    for iterations in (1, 2, 3):
        run.save(trained(iterations))
    return run


def test_the_previous_checkpoint_is_kept(saved_twice: RunWriter) -> None:
    assert (iteration_of(saved_twice.checkpoint), iteration_of(saved_twice.checkpoint_before)) == (3, 2)


def test_a_changed_config_is_written_after_all_checks(saved_twice: RunWriter) -> None:
    longer = replace(CONFIG, iterations=500)
    run, before = RunWriter(saved_twice.path, longer), (saved_twice.path / "config.json").read_bytes()
    with pytest.raises(InputError, match="belongs to a run on other data"):
        run.restore(Trainer(longer, noise_digits(21)))
    assert (run.path / "config.json").read_bytes() == before
    assert run.restore(Trainer(longer, NOISE))
    assert Run.open(run.path).config == longer


def test_an_untrained_checkpoint_is_not_kept(run: RunWriter) -> None:
    kept = []
    for iterations in (0, 1, 2, 0):
        (run.start_over if iterations == 0 else run.save)(trained(iterations))
        kept.append([iteration_of(path) for path in (run.checkpoint, run.checkpoint_before) if path.exists()])
    assert kept == [[0], [1], [2, 1], [0]]


def iteration_of(path: Path) -> int:
    trainer = Trainer(CONFIG, NOISE)
    trainer.restore(*weights.load(path), str(path))
    return trainer.iteration


def test_a_damaged_checkpoint_is_kept_and_the_previous_one_restored(saved_twice: RunWriter) -> None:
    damaged = saved_twice.checkpoint.read_bytes()[:-9]
    saved_twice.checkpoint.write_bytes(damaged)
    restored = Trainer(CONFIG, NOISE)
    assert saved_twice.restore(restored)
    assert everything(restored) == everything(trained(2))
    (note,) = saved_twice.notes
    assert "went back to the checkpoint before it, of iteration 2" in note
    assert (saved_twice.path / DAMAGED).read_bytes() == damaged
    assert iteration_of(saved_twice.checkpoint) == 2
    restored.iterate()
    saved_twice.save(restored)
    assert (iteration_of(saved_twice.checkpoint), iteration_of(saved_twice.checkpoint_before)) == (3, 2)


def test_a_power_cut_between_two_renames_loses_nothing(saved_twice: RunWriter) -> None:
    os.replace(saved_twice.checkpoint, saved_twice.checkpoint_before)
    restored = Trainer(CONFIG, NOISE)
    assert saved_twice.restore(restored)
    assert (restored.iteration, saved_twice.notes) == (3, [])
    assert iteration_of(saved_twice.checkpoint) == 3


@pytest.mark.parametrize("is_overflow", [False, True])
def test_two_damaged_checkpoints_are_an_input_error_and_kept(saved_twice: RunWriter, is_overflow: bool) -> None:
    paths = (saved_twice.checkpoint, saved_twice.checkpoint_before)
    for path in paths:
        if is_overflow:
            overflow(path, "generator_adam", np.inf)
        else:
            path.write_bytes(b"damaged")
    before = [path.read_bytes() for path in paths]
    expected = "is damaged: expected finite numbers" if is_overflow else "expected a whole safetensors file"
    with pytest.raises(InputError, match=rf"checkpoint\.safetensors: {expected}"):
        saved_twice.restore(Trainer(CONFIG, NOISE))
    assert [path.read_bytes() for path in paths] == before


OVERFLOWS = [("generator_adam", np.inf), ("discriminator_adam", np.nan), ("generator.", -np.inf)]


def overflow(path: Path, part: str, number: float) -> str:
    """Put a number into one array of a checkpoint, as earlier versions could, and return the name of that array."""
    arrays, texts = weights.load(path)
    name = next(name for name in sorted(arrays) if name.startswith(part))
    changed = arrays[name].copy()
    changed.flat[0] = number
    weights.save(path, arrays | {name: changed}, texts)
    return name


@pytest.mark.parametrize(("part", "number"), OVERFLOWS)
def test_overflowed_numbers_count_as_damage(saved_twice: RunWriter, part: str, number: float) -> None:
    name = overflow(saved_twice.checkpoint, part, number)
    restored = Trainer(CONFIG, NOISE)
    assert saved_twice.restore(restored)
    assert everything(restored) == everything(trained(2))
    damage = f"{saved_twice.checkpoint}: is damaged: expected finite numbers, found others in {name}"
    assert saved_twice.notes == [f"{damage}; went back to the checkpoint before it, of iteration 2"]


@pytest.mark.parametrize("change", [{"trainer": "["}, {"iteration": -1}, {"position": 1 << 60}, {"order_rng": {}}])
def test_a_checkpoint_without_a_valid_state_counts_as_damage(saved_twice: RunWriter, change: dict[str, object]) -> None:
    arrays, texts = weights.load(saved_twice.checkpoint)
    numbers = json.dumps(json.loads(texts["trainer"]) | change)
    weights.save(saved_twice.checkpoint, arrays, texts | {"trainer": str(change.get("trainer", numbers))})
    restored = Trainer(CONFIG, NOISE)
    assert saved_twice.restore(restored)
    assert everything(restored) == everything(trained(2))
    assert "found a file without its state; went back to the checkpoint before it" in saved_twice.notes[0]


@pytest.mark.parametrize("has_digest", [True, False])
def test_a_checkpoint_of_an_earlier_version_is_restored(saved_twice: RunWriter, has_digest: bool) -> None:
    arrays, texts = weights.load(saved_twice.checkpoint)
    plain = to_bytes(arrays)
    digest = {"sha256": hashlib.sha256(plain[8 + int.from_bytes(plain[:8], "little") :]).hexdigest()}
    saved_twice.checkpoint.write_bytes(to_bytes(arrays, metadata=texts | (digest if has_digest else {})))
    restored = Trainer(CONFIG, NOISE)
    assert saved_twice.restore(restored)
    assert (everything(restored), saved_twice.notes) == (everything(trained(3)), [])


def test_a_checkpoint_of_other_data_is_an_input_error(saved_twice: RunWriter) -> None:
    with pytest.raises(InputError, match="belongs to a run on other data"):
        saved_twice.restore(Trainer(CONFIG, noise_digits(30)))
    assert iteration_of(saved_twice.checkpoint) == 3


def test_an_untrained_generator_is_not_written(run: RunWriter) -> None:
    run.save(Trainer(CONFIG, NOISE))
    assert (run.checkpoint.exists(), run.generator.exists()) == (True, False)


def test_the_same_state_gives_the_same_bytes_on_disk(run: RunWriter) -> None:
    trainer = trained(1)
    run.save(trainer)
    files = {path: path.read_bytes() for path in (run.generator, run.checkpoint)}
    for _ in range(8):
        run.save(trainer)
        assert {path: path.read_bytes() for path in files} == files


@pytest.mark.parametrize("damage", ["cut short", "empty", "text", "another network"])
def test_a_damaged_or_foreign_checkpoint_is_an_input_error_and_kept(run: RunWriter, damage: str) -> None:
    run.save(trained(2))
    run.append_metrics({"iteration": 9})
    run.save_picture(9, PICTURE)
    whole = run.checkpoint.read_bytes()
    other = Trainer(replace(CONFIG, hidden_discriminator=3), NOISE)
    contents = {"cut short": whole[:-100], "empty": b"", "text": b"not a checkpoint at all"}
    if damage in contents:
        run.checkpoint.write_bytes(contents[damage])
    else:
        weights.save(run.checkpoint, *other.state())
    content, trainer = run.checkpoint.read_bytes(), trained(1)
    before = everything(trainer)
    with pytest.raises(InputError, match=r"checkpoint\.safetensors: (expected|belongs to another network)"):
        run.restore(trainer)
    assert everything(trainer) == before
    assert run.checkpoint.read_bytes() == content
    assert ([line["iteration"] for line in run.metrics()], run.pictures()) == ([9], [9])


@pytest.mark.parametrize("files_written", [0, 1])
def test_a_full_disk_leaves_a_checkpoint_and_a_generator_that_is_not_older(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch, files_written: int
) -> None:
    """Resuming a finished run does not save again, so its generator must not be older than its checkpoint."""
    trainer = trained(2)
    run.save(trainer)
    trainer.iterate()
    replaced_files: list[str] = []
    replace_file = os.replace

    def fail(source: Path, target: Path) -> None:
        if len(replaced_files) == files_written:
            raise OSError(28, "No space left on device")
        replaced_files.append(str(target))
        replace_file(source, target)

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="No space left"):
        run.save(trainer)
    monkeypatch.undo()
    resumed = Trainer(CONFIG, NOISE)
    assert run.restore(resumed)
    assert int(weights.load(run.generator)[1]["iteration"]) >= resumed.iteration >= 2
    assert not list(run.path.glob(".*.part"))
