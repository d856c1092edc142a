"""gan/runs/trash.py: a deleted run moves to the trash as a whole, and overwrites
nothing.
"""

from pathlib import Path

import pytest

from gan.runs.run_writer import RunWriter, create
from gan.runs.trash import TRASH, move_to_trash
from tests.helpers.fake_worker import tiny


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", tiny(3))


def test_each_deleted_run_gets_its_own_folder_and_overwrites_nothing(
    run: RunWriter, tmp_path: Path
) -> None:
    folder = tmp_path / TRASH
    (folder / "digit-3-2" / "kept").mkdir(parents=True)
    (folder / "digit-3-3").touch()
    for number in ("", "-4", "-5"):
        (run.path / "mine.txt").write_text(number)
        (run.path / "config.json").write_text("{")  # a broken run can be deleted, too
        assert (
            move_to_trash(tmp_path, "digit-3", run.path) == folder / f"digit-3{number}"
        )
        assert not run.path.exists()
        create(run.path, run.config)
    assert [path.name for path in (folder / "digit-3-2").iterdir()] == ["kept"]
    for number in ("", "-4", "-5"):
        assert (folder / f"digit-3{number}" / "mine.txt").read_text() == number
