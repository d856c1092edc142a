"""gan/web/services/run_manager.py: which runs there are, which is live, who hears of it. The workers are fakes; the runs are real."""

import json
from pathlib import Path
from typing import Any

import pytest
from fake_worker import FakeWorker, tiny
from studios import Heard, heard, open_first, studio, written_at

from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.run_writer import create, held
from gan.web.services.catalogue import Unknown
from gan.web.services.live_run import LOST
from gan.web.services.run_manager import RunManager

__all__ = ["heard", "studio"]  # fixtures


def test_first_run_is_made_once_it_is_trained_and_then_opened(studio: RunManager, tmp_path: Path) -> None:
    studio.open_first()
    assert not list(tmp_path.iterdir())
    studio.command("all-digits", "fun")
    assert Run.open(tmp_path / "all-digits").config == tiny(None, network="quick", few=True, iterations=None)
    studio.command("all-digits", "train", 5)
    studio.close()
    studio.open_first()
    assert studio.present()["pictures"] == [0, 5]
    assert [worker.threads for worker in FakeWorker.made] == [1, 1]


def test_the_run_that_was_written_to_last_is_opened_first(studio: RunManager, tmp_path: Path) -> None:
    for seconds, name in enumerate(("digit-7", "digit-3", "all-digits"), start=1):
        written_at(create(tmp_path / name, tiny(3)), seconds)
    with (tmp_path / "digit-3" / "metrics.jsonl").open("w"):  # now
        pass
    (create(tmp_path / "broken", tiny(3)).path / "config.json").write_text("{}")
    assert studio.catalogue.newest() == "digit-3"
    open_first(studio)
    assert studio.live_name() == "digit-3"
    studio.close()
    assert studio.present()["run"] == "digit-3"


def test_a_run_that_another_process_trains_is_not_opened_unasked(studio: RunManager, tmp_path: Path) -> None:
    for seconds, name in enumerate(("digit-3", "digit-7"), start=1):
        written_at(create(tmp_path / name, tiny(3)), seconds)
    with held(Run.open(tmp_path / "digit-7")):
        open_first(studio)
        assert studio.live_name() == "digit-3"
        studio.close()
    written_at(Run.open(tmp_path / "digit-3"), 1)
    open_first(studio)
    assert studio.live_name() == "digit-7"


def test_where_there_is_a_run_none_is_made(studio: RunManager, tmp_path: Path) -> None:
    create(tmp_path / "digit-3", tiny(3))
    open_first(studio)
    assert (studio.live_name(), studio.catalogue.names()) == ("digit-3", ["digit-3"])


def test_snapshot_tells_all_a_page_needs(studio: RunManager, heard: Heard) -> None:
    open_first(studio)
    studio.command("all-digits", "train", 7)
    snapshot = studio.present()
    config: dict[str, Any] = {
        "digit": None,
        "labels": False,
        "seed": 0,
        "freeze": True,
        "loss": "relativistic",
        "network": "quick",
        "batch": 8,
    }
    config |= {"generator_updates": 1, "metrics_every": 2, "gamma": 0.5, "learning_rate": 0.0007}
    assert snapshot["config"].pop("unusual")["batch"] == 8
    assert snapshot["config"] == config
    told = {key: snapshot[key] for key in ("type", "run", "state", "iteration", "target", "data", "pictures", "error")}
    told["recorded"] = snapshot["recorded"]
    assert told == {
        "type": "snapshot",
        "run": "all-digits",
        "recorded": False,
        "state": "idle",
        "iteration": 7,
        "target": None,
        "data": "fake digits",
        "pictures": [0, 7],
        "error": None,
    }
    assert snapshot["metrics"][0]["g_loss"] is None, "infinity is not JSON"
    json.dumps([snapshot, *heard], allow_nan=False)


def test_one_run_is_live_and_the_former_is_ended(studio: RunManager, heard: Heard) -> None:
    open_first(studio)
    name = studio.create(3, 7, True)
    assert (name, studio.live_name()) == ("digit-3", "digit-3")
    assert [worker.alive for worker in FakeWorker.made] == [False, True]
    assert FakeWorker.made[0].heard == [("quit", None)]
    assert studio.snapshot("all-digits")["state"] == "closed"
    assert [entry["live"] for entry in studio.summaries()] == [False, True]
    assert LOST.format("ended unexpectedly") not in [event.get("message") for event in heard], (
        "to be asked to go is no accident"
    )


def test_a_run_that_is_there_keeps_its_network(studio: RunManager, tmp_path: Path) -> None:
    create(tmp_path / "all-digits", tiny(None, network="digits"))
    open_first(studio)
    assert FakeWorker.made[0].config.network == "digits"
    assert Run.open(tmp_path / studio.create(3, 0, True, "digits")).config.network == "digits"


def test_the_live_run_knows_whether_somebody_watches_and_so_does_the_next(studio: RunManager) -> None:
    studio.watch(True)  # before any run is live
    open_first(studio)
    studio.watch(True)
    studio.create(3, 0, True)
    studio.watch(False)
    studio.watch(False)
    studio.open("all-digits")
    heard = [[word for word, _ in worker.heard] for worker in FakeWorker.made]
    assert heard == [["watch", "quit"], ["watch", "unwatch", "quit"], []]
    studio.close()
    studio.watch(True)  # nobody is there to hear it


def test_the_newest_sheet_is_that_of_the_live_run(studio: RunManager) -> None:
    assert studio.sheet() is None
    open_first(studio)
    FakeWorker.made[0].say("sheet", iteration=7)
    assert studio.sheet() == {"type": "sheet", "iteration": 7, "run": "all-digits"}
    assert studio.present()["iteration"] == 7
    studio.create(3, 0, True)
    assert studio.sheet() is None


def test_a_command_opens_the_run_it_is_for(studio: RunManager) -> None:
    open_first(studio)
    studio.create(3, 0, True)
    studio.command("all-digits", "fun")
    assert studio.live_name() == "all-digits"
    assert FakeWorker.made[-1].heard == [("fun", None)]


def test_opening_the_live_run_does_nothing(studio: RunManager) -> None:
    open_first(studio)
    studio.open("all-digits")
    assert len(FakeWorker.made) == 1


def test_what_a_killed_worker_wrote_after_its_checkpoint_is_told_to_be_gone(studio: RunManager, heard: Heard) -> None:
    class Restoring(FakeWorker):
        def start(self) -> None:
            super().start()
            self.run.cut_back(0)  # as the real one does before it is idle, and after the first snapshot

    open_first(studio)
    studio.command("all-digits", "train", 8)
    FakeWorker.made[0].die()
    heard.clear()
    object.__setattr__(studio._settings, "worker", Restoring)
    studio.open("all-digits")
    assert (heard[-1]["type"], heard[-1]["pictures"]) == ("snapshot", [0])


def test_a_run_that_rests_is_not_opened_to_be_paused(studio: RunManager) -> None:
    open_first(studio)
    studio.create(3, 0, True)
    studio.command("all-digits", "pause")
    assert (studio.live_name(), FakeWorker.made[-1].heard) == ("digit-3", [])
    with pytest.raises(Unknown):
        studio.command("nobody", "pause")


def test_a_run_that_could_not_be_saved_is_named_where_the_next_one_is_opened(studio: RunManager) -> None:
    open_first(studio)
    last = FakeWorker.made[0]

    def die() -> None:
        last.say("error", message="no space")
        FakeWorker.die(last)

    last.die = die  # type: ignore[method-assign]
    name = studio.create(3, 0, True)
    assert studio.snapshot(name)["error"] == "all-digits: no space"


def test_a_worker_that_had_to_be_killed_is_named_too(studio: RunManager) -> None:
    open_first(studio)
    last = FakeWorker.made[0]
    last.stop = lambda timeout=20: last.die()  # type: ignore[method-assign]  # without having said that it saved
    name = studio.create(3, 0, True)
    assert "all-digits: its process had to be ended before it had saved" in str(studio.snapshot(name)["error"])


def test_a_worker_that_dies_is_told_and_started_again(studio: RunManager, heard: Heard) -> None:
    open_first(studio)
    FakeWorker.made[0].die()
    assert heard[-1]["message"] == LOST.format("ended unexpectedly")
    assert (studio.state(), studio.present()["error"]) == ("gone", LOST.format("ended unexpectedly"))
    studio.command("all-digits", "train", 2)
    assert studio.present()["error"] is None
    assert FakeWorker.made[1].heard == [("train", 2)]


def test_a_link_out_of_the_folder_is_no_run(studio: RunManager, tmp_path: Path) -> None:
    elsewhere = tmp_path / "deep" / "run"
    create(elsewhere, tiny(None))
    try:
        (tmp_path / "link").symlink_to(elsewhere)
    except OSError:
        pytest.skip("this system lets us make no links")
    with pytest.raises(Unknown):
        studio.catalogue.find("link")
    assert "which is not followed" in studio.catalogue.summary("link")["error"]
    (tmp_path / "all-digits").symlink_to(elsewhere)
    (tmp_path / "deeper").symlink_to(elsewhere.parent)
    with pytest.raises(Unknown):
        studio.catalogue.find("deeper.run")
    studio.open_first()
    assert studio.live_name() == "deep.run", "a run one folder deeper, and not what a link leads to"


def test_a_broken_run_is_listed_with_its_fault_and_the_live_one_stays(studio: RunManager, tmp_path: Path) -> None:
    open_first(studio)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}")
    assert "error" in studio.catalogue.summary("broken")
    with pytest.raises(InputError):
        studio.open("broken")
    assert (studio.live_name(), FakeWorker.made[0].alive) == ("all-digits", True)
