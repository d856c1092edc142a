"""provenance.json: what is recorded of how a run is trained, and when."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from gan.base.errors import InputError
from gan.rules.run_config import Config
from gan.runs import provenance
from gan.runs.run import Run
from gan.runs.session import Session
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits
from tests.helpers.workers import session_of

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


def test_a_run_records_how_it_is_trained_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "sys.argv", ["here/train.py", "--digits", "3", "--out", "my runs"]
    )
    run = trained_run(tmp_path / "digit-3", tiny(3))
    (entry,) = provenance.entries_of(run)
    assert entry["command"] == "python train.py --digits 3 --out 'my runs'"
    assert entry["iteration"] == 0
    assert entry["data"] == DATA.name
    assert entry["data_path"] is None
    assert entry["data_sha256"] == DATA.sha256
    assert entry == entry | provenance.environment(tiny(3), DATA, cores=1)
    monkeypatch.setattr("sys.argv", ["python", "server.py"])
    again = opened(run.path, tiny(3))
    again.save()
    assert provenance.entries_of(run) == [entry], "the same environment"


def test_other_versions_or_lengths_add_entries_until_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained_run(tmp_path / "digit-3", tiny(3, iterations=50))
    monkeypatch.setattr("numpy.__version__", "0.1")
    again = opened(run.path, tiny(3, iterations=60))
    again.cores = 2
    again.save()
    first, second = provenance.entries_of(run)
    assert second["iteration"] == 2
    assert {name for name in provenance.ENVIRONMENT if first[name] != second[name]} == {
        "cores",
        "numpy",
        "iterations",
    }
    again.start_over()
    again.train()
    again.save()
    assert [entry["iteration"] for entry in provenance.entries_of(run)] == [0]


@pytest.mark.parametrize("content", ["[", "{}", "[1]", '[{"cores": 2}]'])
def test_a_damaged_record_is_told_and_replaced(tmp_path: Path, content: str) -> None:
    run = trained_run(tmp_path / "digit-3", tiny(3))
    assert provenance.damage(run) == []
    (run.path / provenance.FILE).write_text(content)
    assert provenance.cores_of(run) is None
    again = session_of(run.path, tiny(3), DATA, parent := Mock())
    again.load()
    note = parent.tell.mock_calls[0].args[0]["message"]
    assert "provenance.json: is damaged and will be replaced" in note
    again.train()
    again.save()
    assert [entry["iteration"] for entry in provenance.entries_of(run)] == [2]
    (run.path / provenance.FILE).unlink()
    (run.path / provenance.FILE).mkdir()
    with pytest.raises(InputError, match="expected a file, found none; move it"):
        provenance.damage(run)
