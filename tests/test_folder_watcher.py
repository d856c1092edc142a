"""gan/web/routes/folder_watcher.py: what others do in the runs folder is told to the pages that are open."""

import asyncio

import pytest
from fake_worker import FakeWorker, tiny
from serving import MakeClient, until

from gan.runs.run_writer import create
from gan.web.routes import folder_watcher
from gan.web.routes.runs import STUDIO
from server import ServerConfig, init_app


async def test_the_list_and_a_folder_that_goes_are_told(
    config: ServerConfig, aiohttp_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watcher, "LOOK_SECONDS", 0.01)
    FakeWorker.made.clear()
    client = await aiohttp_client(init_app(config))
    socket = await client.ws_connect("/api/events")
    await until(socket, state="idle")
    create(config.runs / "seed-0" / "digit-3", tiny(3))
    await until(socket, type="runs")
    (config.runs / "all-digits").rename(config.runs / ".elsewhere")
    missing = await until(socket, type="snapshot", state="missing")
    assert "open another run" in missing["error"]
    again = await client.ws_connect("/api/events")
    assert (await until(again, type="snapshot"))["state"] == "missing", "who comes later is told, too"
    assert (await client.get("/static/images")).status == 200
    (config.runs / ".elsewhere").rename(config.runs / "all-digits")
    await until(socket, type="snapshot", state="idle")


async def test_a_look_that_fails_is_not_the_last(
    config: ServerConfig, aiohttp_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watcher, "LOOK_SECONDS", 0.01)
    FakeWorker.made.clear()
    app = init_app(config)
    client = await aiohttp_client(app)
    failed, studio = asyncio.Event(), app[STUDIO]
    loop, look = asyncio.get_running_loop(), studio.look

    def fails() -> None:
        monkeypatch.setattr(studio, "look", look)
        loop.call_soon_threadsafe(failed.set)
        raise FileNotFoundError(config.runs)

    monkeypatch.setattr(studio, "look", fails)
    socket = await client.ws_connect("/api/events")
    await failed.wait()
    create(config.runs / "digit-3", tiny(3))
    await until(socket, type="runs")


async def test_nobody_looks_where_no_page_is_open(
    config: ServerConfig, aiohttp_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    monkeypatch.setattr(folder_watcher, "LOOK_SECONDS", 0.0)
    FakeWorker.made.clear()
    app = init_app(config)
    monkeypatch.setattr(app[STUDIO], "look", lambda: looks.append(1))
    client = await aiohttp_client(app)
    for _ in range(20):
        await asyncio.sleep(0)  # a turn of the loop, in which a look would be asked for
    assert looks == []
    await client.ws_connect("/api/events")
    while not looks:
        await asyncio.sleep(0)
