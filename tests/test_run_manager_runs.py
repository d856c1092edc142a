"""gan/web/services/run_manager.py: a run that nobody has begun, and what a person does with one. The workers are fakes."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from fake_worker import FakeWorker, tiny
from studios import Heard, heard, open_first, studio, written_at

from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.run_writer import create, held
from gan.web.services.catalogue import Unknown
from gan.web.services.run_manager import RunManager

__all__ = ["heard", "studio"]  # fixtures


# A run that is not on disk yet


def test_a_run_that_nobody_has_begun_is_shown_and_listed(studio: RunManager, tmp_path: Path) -> None:
    studio.open_first()
    studio.command("all-digits", "reset")
    studio.command("all-digits", "pause")
    snapshot = studio.present()
    assert (snapshot["run"], snapshot["pictures"], snapshot["config"]["network"]) == ("all-digits", [], "quick")
    (row,) = studio.summaries()
    assert (row["id"], row["live"], row["pictures"]) == ("all-digits", True, 0)
    assert studio.open("all-digits").alive
    for refused in (studio.delete, lambda name: studio.rename(name, "mine")):
        with pytest.raises(Unknown):
            refused("all-digits")
    assert not list(tmp_path.iterdir())


def test_a_process_that_dies_before_its_run_is_begun_is_started_again(studio: RunManager, tmp_path: Path) -> None:
    studio.open_first()
    FakeWorker.made[0].die()
    studio.command("all-digits", "fun")
    assert Run.open(tmp_path / "all-digits").config == FakeWorker.made[1].config


def test_a_run_that_is_made_takes_the_place_of_one_that_nobody_has_begun(studio: RunManager) -> None:
    studio.open_first()
    assert studio.create(None, 5) == "all-digits"
    assert FakeWorker.made[1].config.seed == 5
    assert [row["id"] for row in studio.summaries()] == ["all-digits"]


def test_a_run_that_another_process_has_is_not_opened_nor_told_anything(studio: RunManager, tmp_path: Path) -> None:
    """A worker would wait for it, and carry out what it was sent meanwhile once the other one had saved."""
    create(tmp_path / "mine", tiny(3)).save_picture(0, np.zeros((64, 28, 28), np.uint8))
    studio.open("mine")
    with held(create(tmp_path / "other", tiny(3))):
        for refused in (
            lambda: studio.open("other"), lambda: studio.command("other", "reset"),
            lambda: studio.command("other", "fun"), lambda: studio.delete("other"),
        ):  # fmt: skip
            with pytest.raises(InputError, match="is open in another process"):
                refused()
    assert studio.live_name() == "mine"
    assert [worker.run.path.name for worker in FakeWorker.made] == ["mine"]
    assert (tmp_path / "other" / "config.json").is_file()


def test_where_every_run_is_held_by_others_one_is_ready_under_a_free_name(studio: RunManager, tmp_path: Path) -> None:
    with held(create(tmp_path / "all-digits", tiny(None))):
        studio.open_first()
    assert studio.live_name() == "all-digits-2"


def test_a_trained_run_is_opened_before_a_newer_one_that_is_not(studio: RunManager, tmp_path: Path) -> None:
    run = create(tmp_path / "seed-0" / "digit-3", tiny(3))
    run.save_picture(10, np.zeros((4, 28, 28), np.uint8))
    run.checkpoint.touch()
    written_at(run, 1)
    create(tmp_path / "digit-7", tiny(7))
    studio.open_first()
    assert studio.live_name() == "seed-0.digit-3"


# Named, deleted, looked for


def test_a_name_is_told_and_kept(studio: RunManager, heard: Heard, tmp_path: Path) -> None:
    open_first(studio)
    assert studio.rename("all-digits", "Mine") == "Mine"
    assert heard[-2:] == [{"type": "label", "run": "all-digits", "label": "Mine"}, {"type": "runs"}]
    assert studio.present()["label"] == "Mine"
    assert (tmp_path / "all-digits").is_dir()


def test_the_live_run_is_saved_before_it_is_deleted_and_the_newest_other_opened(
    studio: RunManager, heard: Heard, tmp_path: Path
) -> None:
    open_first(studio)
    studio.create(3)
    studio.command("digit-3", "fun")
    heard.clear()
    place = studio.delete("digit-3")
    assert place == tmp_path / ".trash" / "digit-3"
    assert FakeWorker.made[1].heard[-1] == ("quit", None)
    assert (studio.live_name(), studio.catalogue.names()) == ("all-digits", ["all-digits"])
    assert heard.count({"type": "runs"}) == 1


def test_another_run_is_deleted_beside_the_live_one(studio: RunManager, tmp_path: Path) -> None:
    open_first(studio)
    create(tmp_path / "seed-0" / "digit-3", tiny(3))
    assert studio.delete("seed-0.digit-3") == tmp_path / ".trash" / "seed-0.digit-3"
    assert [worker.alive for worker in FakeWorker.made] == [True]


def test_with_the_last_run_gone_one_is_ready_and_nothing_is_written(studio: RunManager, tmp_path: Path) -> None:
    open_first(studio)
    studio.delete("all-digits")
    assert studio.present()["pictures"] == []
    assert [path.name for path in tmp_path.iterdir()] == [".trash"]


def test_a_live_run_that_cannot_be_deleted_is_opened_again(studio: RunManager, tmp_path: Path) -> None:
    open_first(studio)
    (tmp_path / ".trash").write_text("in the way")
    with pytest.raises(InputError, match="could not be moved"):
        studio.delete("all-digits")
    assert (studio.live_name(), FakeWorker.made[-1].alive) == ("all-digits", True)


def test_what_others_do_in_the_folder_is_told_once(studio: RunManager, heard: Heard, tmp_path: Path) -> None:
    open_first(studio)
    studio.check_folder()
    heard.clear()
    studio.command("all-digits", "train", 3)  # the live run is followed otherwise
    heard.clear()
    studio.check_folder()
    assert heard == []
    run = create(tmp_path / "seed-0" / "digit-3", tiny(3))
    studio.check_folder()
    studio.check_folder()
    assert heard == [{"type": "runs"}]
    run.save_picture(0, np.zeros((4, 28, 28), np.uint8))
    written_at(run, 5e9)
    studio.check_folder()
    shutil.rmtree(run.path)
    studio.check_folder()
    assert heard == [{"type": "runs"}] * 3


def test_a_live_run_whose_folder_goes_is_said_to_be_missing_until_it_is_back(
    studio: RunManager, heard: Heard, tmp_path: Path
) -> None:
    open_first(studio)
    studio.check_folder()
    heard.clear()
    (tmp_path / "all-digits").rename(tmp_path / ".elsewhere")
    studio.check_folder()
    studio.check_folder()
    assert [told["type"] for told in heard] == ["runs", "snapshot"]
    missing = studio.present()
    assert (missing["state"], missing["pictures"]) == ("missing", [])
    assert str(missing["error"]).startswith("The folder of run all-digits is not there any more: open another run")
    with pytest.raises(Unknown):
        studio.command("all-digits", "fun")
    (tmp_path / ".elsewhere").rename(tmp_path / "all-digits")
    studio.check_folder()
    assert (heard[-1]["type"], heard[-1]["state"], heard[-1]["pictures"]) == ("snapshot", "idle", [0])
    assert len(FakeWorker.made) == 1
