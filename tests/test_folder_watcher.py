"""gan/web/routes/folder_watcher.py: pages learn of changes that others make in the runs folder."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from deterministic import Inline, in_virtual_time
from fake_worker import tiny
from serving import Client, until

from gan.runs.run_writer import create
from gan.web.routes import folder_watcher
from gan.web.routes.runs import BROADCAST, READS, STUDIO
from gan.web.services.executor import SerialExecutor
from server import ServerConfig


async def test_new_runs_and_a_missing_folder_are_reported(client: Client, config: ServerConfig) -> None:
    app: Any = client.app
    socket = await client.ws_connect("/api/events")
    await until(socket, type="snapshot")
    create(config.runs / "seed-0" / "digit-3", tiny(3))
    await folder_watcher.look_once(app)
    await until(socket, type="runs")
    (config.runs / "all-digits").rename(config.runs / ".elsewhere")
    await folder_watcher.look_once(app)
    missing = await until(socket, type="snapshot", state="missing")
    assert "open another run" in missing["error"]
    again = await client.ws_connect("/api/events")
    assert (await until(again, type="snapshot"))["state"] == "missing", "clients that connect later are told, too"
    assert (await client.get("/static/images")).status == 200
    (config.runs / ".elsewhere").rename(config.runs / "all-digits")
    await folder_watcher.look_once(app)
    await until(socket, type="snapshot", state="idle")


def fake_app(check: Any, is_heard: bool = True) -> Any:
    """Return all that `watch_folder` needs of an application."""
    return {
        READS: SerialExecutor(Inline(), 1),
        BROADCAST: SimpleNamespace(is_heard=is_heard),
        STUDIO: SimpleNamespace(look=check),
    }


@in_virtual_time
async def test_a_failed_check_is_logged_and_repeated(caplog: pytest.LogCaptureFixture) -> None:
    times: list[float] = []

    def check() -> None:
        times.append(asyncio.get_running_loop().time())
        if len(times) == 1:
            raise FileNotFoundError("the runs folder is gone")

    task = asyncio.create_task(folder_watcher.watch_folder(fake_app(check)))
    await asyncio.sleep(3.5 * folder_watcher.LOOK_SECONDS)
    task.cancel()
    assert times == [folder_watcher.LOOK_SECONDS * number for number in (1, 2, 3)]
    assert caplog.messages == ["looking at the runs folder"]


async def test_there_is_no_check_while_no_page_is_open() -> None:
    await folder_watcher.look_once(fake_app(pytest.fail, is_heard=False))
