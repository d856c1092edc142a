"""gan/web/services/pair.py and its routes: two runs that differ in one setting and are trained together."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.run_lock import held
from gan.runs.what_if import FROZEN, LOOSE
from gan.web.keys import CHANGES, PAIR, RUN_MANAGER
from gan.web.routes import what_if
from gan.web.services.executor import SerialExecutor
from gan.web.services.pair import DIGIT, FOLDER, Pair
from gan.web.services.run_manager import Settings
from tests.helpers.deterministic import Inline
from tests.helpers.fake_worker import FakeWorker, tiny
from tests.helpers.serving import Client, until, until_each

WORKER: Any = FakeWorker


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    FakeWorker.made.clear()
    pair = Pair(Settings(tmp_path, None, "some digits", 4, tiny, WORKER))
    yield pair
    pair.close()


def iterations(pair: Pair) -> list[int]:
    return [message["iteration"] for message in pair.present() if message["type"] == "snapshot"]


def configs(tmp_path: Path) -> list[Any]:
    return [Run.open(tmp_path / FOLDER / name).config for name in (FROZEN, LOOSE)]


def test_a_pair_is_created_when_it_is_trained_and_kept(pair: Pair, tmp_path: Path) -> None:
    pair.open()
    pair.open()
    assert [message["config"]["freeze"] for message in pair.present() if message["type"] == "snapshot"] == [True, False]
    assert not list(tmp_path.iterdir())
    pair.command("train", 1)
    frozen, loose = configs(tmp_path)
    assert (frozen.freeze, loose.freeze, frozen.digit, frozen.network) == (True, False, DIGIT, "quick")
    assert [worker.threads for worker in FakeWorker.made] == [2, 2]
    pair.command("train", 4)
    message = [(message["type"], message["run"]) for message in pair.present()]
    assert message == [(kind, name) for name in (FROZEN, LOOSE) for kind in ("snapshot", "sheet")]
    pair.close()
    pair.open()
    assert iterations(pair) == [5, 5]
    assert (tmp_path / FOLDER).name.startswith("."), "the list of runs does not show it"


def test_an_idle_pair_is_saved_and_closed(tmp_path: Path) -> None:
    now = [0.0]
    pair = Pair(Settings(tmp_path, None, "some digits", 4, tiny, WORKER), idle_seconds=5, clock=lambda: now[0])

    def alive_after(seconds: float) -> list[bool]:
        now[0] += seconds
        assert pair.close_if_idle() is None
        return [worker.alive for worker in FakeWorker.made]

    FakeWorker.made.clear()
    assert alive_after(6) == []
    pair.command("fun")
    assert alive_after(6) == [True, True], "a training pair is not idle"
    pair.pause()
    assert alive_after(4) == [True, True]
    assert alive_after(1) == [False, False]
    pair.command("reset")
    assert alive_after(4) == [False, False, True, True]
    pair.close()


def test_commands_go_to_both_and_pause_only_to_runs_in_training(pair: Pair) -> None:
    pair.pause()
    assert FakeWorker.made == []
    pair.command("fun")
    pair.pause()
    pair.pause()
    for worker in FakeWorker.made:
        assert [word for word, _ in worker.heard] == ["fun", "pause"]


def test_the_run_that_is_behind_catches_up(pair: Pair) -> None:
    pair.open()
    pair.managers[LOOSE].command(LOOSE, "train", 7)
    pair.command("train", 5)
    assert [worker.heard[-1] for worker in FakeWorker.made] == [("train", 12), ("train", 5)]


def test_a_new_pair_replaces_the_previous_one(pair: Pair, tmp_path: Path) -> None:
    pair.open()
    pair.command("train", 5)
    pair.make(None, seed=7, generator_updates=2)
    for config in configs(tmp_path):
        assert (config.digit, config.seed, config.generator_updates) == (None, 7, 2)
    assert iterations(pair) == [0, 0]
    assert [Run.open(tmp_path / ".trash" / name).pictures() for name in (FROZEN, LOOSE)] == [[0, 5]] * 2
    before = configs(tmp_path)
    with pytest.raises(InputError, match="generator_updates"):
        pair.make(3, generator_updates=0)
    assert configs(tmp_path) == before


@pytest.mark.parametrize("damage", ["missing", "other", "broken"])
def test_an_invalid_pair_is_replaced(pair: Pair, tmp_path: Path, damage: str) -> None:
    pair.make(5)
    pair.close()
    path = tmp_path / FOLDER / LOOSE / "config.json"
    if damage == "missing":
        path.unlink()
    else:
        path.write_text(tiny(5, freeze=False, seed=1).to_json() if damage == "other" else "{")
    pair.command("train", 1)
    assert [config.digit for config in configs(tmp_path)] == [DIGIT, DIGIT]
    assert Run.open(tmp_path / ".trash" / FROZEN).config.digit == 5


@pytest.mark.parametrize("is_broken", [False, True])
def test_a_pair_that_another_process_trains_is_kept(pair: Pair, tmp_path: Path, is_broken: bool) -> None:
    pair.make(5)
    pair.close()
    run = Run.open(tmp_path / FOLDER / LOOSE)
    if is_broken:
        (run.path / "config.json").write_text("{")
    before = sorted(tmp_path.rglob("*"))
    with held(run):
        for refused in (lambda: pair.make(5, seed=1), pair.open, lambda: pair.command("reset")):
            with pytest.raises(InputError, match="is open in another process"):
                refused()
            pair.close()
    assert set(before) <= set(tmp_path.rglob("*"))
    assert not (tmp_path / ".trash").exists()


def test_both_workers_are_told_whether_anybody_watches(pair: Pair) -> None:
    pair.watch(True)
    pair.open()
    pair.watch(False)
    assert [[word for word, _ in worker.heard] for worker in FakeWorker.made] == [["watch", "unwatch"]] * 2


# The HTTP requests


async def test_the_websocket_opens_both_runs_and_sends_their_events(client: Client) -> None:
    socket = await client.ws_connect("/api/what-if/events")
    await until_each(socket, FROZEN, LOOSE, type="snapshot")
    response = await client.post("/api/what-if/train", json={"iterations": 4})
    assert (response.status, await response.json()) == (202, {"command": "train"})
    await until_each(socket, FROZEN, LOOSE, type="picture", iteration=4)
    assert (await client.post("/api/what-if/reset")).status == 202
    await until(socket, type="snapshot", iteration=0)
    response = await client.post("/api/what-if", json={"digit": 8, "generator_updates": 1})
    expected = {"digit": 8, "seed": 0, "generator_updates": 1, "loss": "relativistic"}
    assert (response.status, await response.json()) == (201, expected)
    while (message := await until(socket, type="snapshot", run=LOOSE))["config"]["digit"] != 8:
        pass
    assert message["config"]["freeze"] is False


async def test_a_pair_that_could_not_be_saved_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    pair = SimpleNamespace(close_if_idle=lambda: "no space")
    await what_if.end_idle({CHANGES: SerialExecutor(Inline(), 1), PAIR: pair})  # type: ignore[arg-type]
    assert caplog.messages == ["no space"]


async def test_the_pair_and_the_live_run_never_train_together(client: Client) -> None:
    app: Any = client.app
    manager, frozen = app[RUN_MANAGER], app[PAIR].managers[FROZEN]
    await client.post("/api/runs/all-digits/fun")
    assert manager.state() == "training"
    await client.post("/api/what-if/train", json={"iterations": 2})
    assert (manager.state(), iterations(app[PAIR])) == ("idle", [2, 2])
    {worker.run.path.name: worker for worker in FakeWorker.made}[FROZEN].state("training")
    await client.post("/api/runs/all-digits/fun")
    assert (manager.state(), frozen.state()) == ("training", "idle")
