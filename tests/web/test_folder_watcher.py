"""gan/web/routes/events.py: pages are notified of changes that other programs make in the runs folder."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from gan.runs.run_writer import create
from gan.web.app import ServerConfig
from gan.web.keys import BROADCAST
from gan.web.routes import events
from gan.web.services.executor import Busy
from tests.helpers.deterministic import in_virtual_time
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import Client, get_json, until


async def test_new_runs_and_a_missing_folder_are_reported(client: Client, config: ServerConfig) -> None:
    app: Any = client.app
    socket = await client.ws_connect("/api/events")
    await until(socket, type="snapshot")
    create(config.runs / "seed-0" / "digit-3", tiny(3))
    await events.check_folder(app)
    await until(socket, type="runs")
    (config.runs / "all-digits").rename(config.runs / ".elsewhere")
    await events.check_folder(app)
    missing = await until(socket, type="snapshot", state="missing")
    assert "Open another run" in missing["error"]
    again = await client.ws_connect("/api/events")
    assert (await until(again, type="snapshot"))["state"] == "missing", "clients that connect later are notified, too"
    assert (await client.get("/static/images")).status == 200
    (config.runs / ".elsewhere").rename(config.runs / "all-digits")
    await events.check_folder(app)
    await until(socket, type="snapshot", state="idle")


async def test_a_missing_runs_folder_is_reported_and_noticed_when_it_is_back(
    client: Client, config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    app: Any = client.app
    socket = await client.ws_connect("/api/events")
    await until(socket, type="snapshot")
    await events.check_folder(app)
    gone = config.runs.rename(config.runs.with_name("unplugged"))
    for _ in range(2):
        await events.check_folder(app)
    await until(socket, type="runs")
    await until(socket, type="snapshot", state="missing")
    assert (await get_json(client, "/api/runs"))["runs"] == []
    for path in ("/", "/guess", "/api/guess", "/api/guess/round", "/api/runs/all-digits"):
        assert (await client.get(path)).status < 500, path
    gone.rename(config.runs)
    await events.check_folder(app)
    await until(socket, type="runs")
    await until(socket, type="snapshot", state="idle")
    assert [record.getMessage() for record in caplog.records if record.name.startswith("gan.")] == []


@in_virtual_time
async def test_a_failed_check_is_repeated_and_logged_unless_busy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    times, errors = list[float](), [RuntimeError("broken"), Busy(), None]

    async def check(app: Any) -> None:
        times.append(asyncio.get_running_loop().time())
        if error := errors.pop(0):
            raise error

    task = asyncio.create_task(events.repeat(web.Application(), 2.0, check))
    await asyncio.sleep(7.0)
    task.cancel()
    assert (times, errors) == ([2.0, 4.0, 6.0], [])
    assert caplog.messages == ["check failed"]


async def test_there_is_no_check_while_no_page_is_open() -> None:
    await events.check_folder({BROADCAST: SimpleNamespace(has_clients=False)})  # type: ignore[arg-type]
