"""provenance.json and `train.py --again`: what is recorded, what is noticed, and a run made again."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gan.commands import train
from gan.errors import InputError
from gan.rules.config import Config
from gan.runs import provenance
from gan.runs.run import Run
from gan.runs.session import Session
from nnet import weights
from tests.helpers.commands import TINY, assert_refused
from tests.helpers.fake_worker import tiny
from tests.helpers.letters import folder_of_letters
from tests.helpers.players import noise_digits
from tests.helpers.workers import Local, session_of

pytestmark = pytest.mark.usefixtures("restore_signals")

DATA = noise_digits(40)


def opened(path: Path, config: Config) -> Session:
    session = session_of(path, config, DATA)
    session.load()
    return session


def trained_run(path: Path, config: Config) -> Run:
    """Return a run that was trained for two iterations and saved."""
    session = opened(path, config)
    for _ in range(2):
        session.train()
    session.save()
    session.resources.close()
    return session.files


def test_a_run_records_how_it_is_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["here/train.py", "--digits", "3", "--out", "my runs"])
    run = trained_run(tmp_path / "digit-3", tiny(3))
    (entry,) = provenance.entries_of(run)
    assert entry["command"] == "python train.py --digits 3 --out 'my runs'"
    assert (entry["iteration"], entry["data"], entry["data_path"]) == (0, DATA.name, None)
    assert entry["data_sha256"] == DATA.sha256
    assert entry == entry | provenance.environment(tiny(3), DATA, cores=1)
    monkeypatch.setattr("sys.argv", ["python", "server.py"])
    again = opened(run.path, tiny(3))
    again.save()
    assert provenance.entries_of(run) == [entry], "the same environment"


def test_other_versions_or_lengths_add_entries_until_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained_run(tmp_path / "digit-3", tiny(3, iterations=50))
    monkeypatch.setattr("numpy.__version__", "0.1")
    again = opened(run.path, tiny(3, iterations=60))
    again.cores = 2
    again.save()
    first, second = provenance.entries_of(run)
    assert second["iteration"] == 2
    assert provenance.differences(second, first)[1] == f"numpy: 0.1 recorded, {first['numpy']} here"
    assert provenance.changes(run) == [
        "cores changed from 1 to 2 at iteration 2",
        f"numpy changed from {first['numpy']} to 0.1 at iteration 2",
        "iterations changed from 50 to 60 at iteration 2",
    ]
    again.start_over()
    again.train()
    again.save()
    assert [entry["iteration"] for entry in provenance.entries_of(run)] == [0]


FORGED: list[dict[str, Any]] = [{"cores": 0}, {"cores": "2"}, {"data_sha256": 5}, {"data_path": 7}]
DAMAGED = [None, "", "[]", "{}", "[1]", '[{"cores": 2}]', "[" * 100_000]


@pytest.mark.parametrize("content", [*DAMAGED, *FORGED])
def test_a_missing_damaged_or_forged_entry_is_refused(tmp_path: Path, content: Any) -> None:
    run = trained_run(tmp_path / "run", tiny(3))
    file = run.path / provenance.FILE
    if isinstance(content, dict):
        file.write_text(json.dumps([provenance.last_entry(run) | content]))
    else:
        file.unlink() if content is None else file.write_text(content)
        assert provenance.entries_of(run) == []
    message = r"expected a provenance.json that says how it was made, found none; only runs"
    with pytest.raises(InputError, match=message):
        provenance.last_entry(run)


# The command


@pytest.fixture(scope="module")
def letters_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that train.py trained on pictures of letters."""
    folder = tmp_path_factory.mktemp("again")
    letters = folder_of_letters(folder / "letters", each=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gan.runs.run_queue.Worker", Local)
        out = ["--data", str(letters), "--out", str(folder / "runs")]
        assert train.main([*TINY, "--iterations", "12", *out]) == 0
    return folder / "runs" / "all-labels"


def test_a_run_on_own_images_is_made_again_bit_for_bit(letters_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run.open(letters_run)
    assert (run.config.names, run.config.batch) == (("A", "B", "C"), 4)
    assert (letters_run / "nearest.png").is_file()
    assert train.main(["--again", str(letters_run)]) == 0
    again = letters_run.with_name("all-labels-again")
    out, err = capsys.readouterr()
    assert out == (
        f"Equal: {again / 'generator.safetensors'} and {run.generator} have the same bytes after 12 iterations\n"
    )
    assert "15 images of" in err
    assert_refused(train.main, ["--again", str(letters_run)], "train.py", f"{again}: already holds a run", capsys)


@pytest.fixture
def copied(letters_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Return a function that copies this run to tmp_path/run, with changed entries, and returns its own entry.

    Workers run in threads. The batch of 4 can use two cores.
    """
    monkeypatch.setattr("gan.runs.run_queue.Worker", Local)
    monkeypatch.setattr("nnet.threads.LEAST_SHARE", 2)

    def copy(*changes: dict[str, Any]) -> dict[str, Any]:
        shutil.copytree(letters_run, tmp_path / "run", dirs_exist_ok=True)
        file = tmp_path / "run" / provenance.FILE
        (entry,) = json.loads(file.read_text())
        file.write_text(json.dumps([entry | change for change in changes]))
        return dict(entry)

    return copy


def test_a_different_generator_is_explained(
    copied: Callable[..., dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry, file = copied({"numpy": "1.0\x1b"}), tmp_path / "run" / "generator.safetensors"
    arrays, texts = weights.load(file)
    weights.save(file, {name: array + 1 for name, array in arrays.items()}, texts)
    assert train.main(["--again", str(file.parent), "-o", str(tmp_path / "new")]) == 1
    assert f"12 iterations (numpy: 1.0\\x1b recorded, {entry['numpy']} here)" in capsys.readouterr().out


def test_a_prolonged_run_is_refused_at_once(
    copied: Callable[..., dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    copied({}, {"iteration": 12, "iterations": 24})
    (run / "config.json").write_text(replace(Run.open(run).config, iterations=24).to_json())
    message = "its length sets the learning rate; iterations changed from 12 to 24 at iteration 12"
    assert_refused(train.main, ["--again", str(run)], "train.py", message, capsys)
    assert not (tmp_path / "run-again").exists()
    copied({})
    (run / "config.json").write_text(replace(Run.open(run).config, iterations=24).to_json())
    assert train.main(["--again", str(run)]) == 0, "it was not trained since"


def test_the_recorded_number_of_cores_is_used(
    copied: Callable[..., dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copied({"cores": 2})
    assert train.main(["--again", str(tmp_path / "run")]) == 0
    assert "12 iterations on 2 core(s)" in capsys.readouterr().err


def test_invalid_requests_change_nothing(letters_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = ["--again", str(letters_run), "-o", str(tmp_path / "new")]
    other, pipe = folder_of_letters(tmp_path / "other", each=4), tmp_path / "pipe.npy"
    os.mkfifo(pipe)
    for arguments, message in (
        ([*again, "--seed", "3"], "--seed: expected none with --again; leave it out"),
        ([*again, "--data", str(other)], "of 12 images of"),
        ([*again, "--data", str(pipe)], "expected a folder or a file, found a pipe or a device"),
        ([*again, "--data", "\x1b[2J"], r"\x1b[2J: expected train-images"),
        (["--again", str(tmp_path / "none")], "none: expected the folder of a run"),
    ):
        assert_refused(train.main, arguments, "train.py", message, capsys)
    assert not (tmp_path / "new").exists()
