"""gan/web/routes/events.py: events shared by all clients, sheets, questions about
drawings, and regular checks.
"""

from typing import Any

import pytest
from aiohttp import ClientResponse

from gan.web.app import ServerConfig
from gan.web.app_keys import BROADCAST, RUN_MANAGER
from gan.web.routes import events as streams
from tests.helpers.commands import SECONDS
from tests.helpers.fake_worker import FakeWorker
from tests.helpers.serving import Client, app_of, expect_refusal, get_json, soon, until

SHEET = {"png": "aGVsbG8=", "reading": None, "drawn_at": 1.5, "most_after": None}


def commands(worker: int = -1) -> list[str]:
    """Return the commands that a worker has received, by default the newest one."""
    return [word for word, _ in FakeWorker.made[worker].heard]


async def test_only_watchers_receive_sheets_and_answers(client: Client) -> None:
    sent: list[dict[str, Any]] = [
        {"type": "sheet", "iteration": 7, **SHEET},
        {"type": "answer", "iteration": 7, "drawing": 5, "png": {}},
        {"type": "turns", "iteration": 7, "frames": []},
    ]
    received = [event | {"run": "all-digits"} for event in sent]
    async with (
        client.ws_connect("/api/events?watch=1") as watcher,
        client.ws_connect("/api/events") as listener,
    ):
        for events in (watcher, listener):
            await until(events, type="snapshot")
        for event in (*sent, {"type": "picture", "iteration": 10}):
            FakeWorker.made[0].say(event["type"], **event)
        assert [await watcher.receive_json(timeout=SECONDS) for _ in sent] == received
        assert (await listener.receive_json(timeout=SECONDS))["type"] == "picture"
    async with client.ws_connect("/api/events?watch=1") as later:
        await until(later, type="snapshot")
        assert await later.receive_json(timeout=SECONDS) == received[0]


async def test_the_worker_is_told_whether_anybody_watches(client: Client) -> None:
    async with client.ws_connect("/api/events"):
        await until(await client.ws_connect("/api/events"), type="snapshot")
    assert commands() == []
    one = await client.ws_connect("/api/events?watch=1")
    await until(one, type="snapshot")
    async with client.ws_connect("/api/events?watch=1") as other:
        await until(other, type="snapshot")
        assert commands() == ["watch"]
    # creating a run replaces the live run
    await client.post("/api/runs", json={"digit": 3})
    assert commands() == ["watch"]
    await one.close()
    await soon(lambda: commands() == ["watch", "unwatch"])


# Questions about a drawing


async def test_a_question_about_a_drawing_reaches_the_worker(client: Client) -> None:
    async with client.ws_connect("/api/events?watch=1") as watcher:
        await until(watcher, type="snapshot")
        for drawing in (0, 63, None):
            response = await client.post(
                "/api/runs/all-digits/ask", json={"drawing": drawing}
            )
            assert response.status == 202
            assert await response.json() == {"id": "all-digits", "drawing": drawing}
    assert FakeWorker.made[0].heard[:4] == [
        ("watch", None),
        ("ask", 0),
        ("ask", 63),
        ("ask", None),
    ]


async def test_only_the_open_and_watched_run_can_be_asked(client: Client) -> None:
    async def ask(name: str, drawing: int | None = 5) -> ClientResponse:
        return await client.post(f"/api/runs/{name}/ask", json={"drawing": drawing})

    # no client is watching
    await expect_refusal(await ask("all-digits"), 409, "drawing")
    assert (await ask("all-digits", None)).status == 202
    await expect_refusal(await ask("nobody"), 404, "id")
    await client.post("/api/runs", json={"digit": 1})  # another run is open
    for drawing in (5, None):
        await expect_refusal(await ask("all-digits", drawing), 409, "id")
    assert FakeWorker.made[0].heard[:-1] == [("ask", None)]
    assert FakeWorker.made[1].heard == []


# Training without pages

STOPPED = "Stopped: no page was open for 30 minutes. Press Go on to continue."


async def press_fun(client: Client) -> ClientResponse:
    """Send the command as a page does, whose browser adds the Origin header."""
    origin = str(client.make_url("/")).rstrip("/")
    return await client.post("/api/runs/all-digits/fun", headers={"Origin": origin})


async def test_training_from_a_page_pauses_long_after_the_last_page_has_closed(
    client: Client,
) -> None:
    app = app_of(client)
    now = [5000.0]
    app[RUN_MANAGER]._clock = lambda: now[0]

    async def wait(minutes: float) -> None:
        now[0] += 60 * minutes
        await streams.pause_if_unwatched(app)

    for minutes in (100, 2):  # while a page is open, twice
        async with client.ws_connect("/api/events?watch=1"):
            if "fun" not in commands(0):
                await wait(0)
                assert (await press_fun(client)).status == 202
            await wait(minutes)
        await soon(lambda: not app[BROADCAST].has_clients)
        await wait(29)
    assert "pause" not in commands(0)
    await wait(1)
    assert "pause" in commands(0)
    async with client.ws_connect("/api/events") as returned:
        assert (await until(returned, type="snapshot", state="idle"))[
            "error"
        ] == STOPPED
    await press_fun(client)
    async with client.ws_connect("/api/events") as returned:
        assert (await until(returned, type="snapshot", state="training"))[
            "error"
        ] is None


async def test_training_from_a_program_goes_on_without_pages(client: Client) -> None:
    app = app_of(client)
    now = [0.0]
    app[RUN_MANAGER]._clock = lambda: now[0]
    await press_fun(client)
    await client.post("/api/runs/all-digits/fun")  # the last command counts
    await streams.pause_if_unwatched(app)
    now[0] = 1e6
    await streams.pause_if_unwatched(app)
    assert commands(0) == ["fun", "fun"]


# Changes by other programs in the runs folder


async def test_a_missing_runs_folder_is_reported_and_noticed_when_it_is_back(
    client: Client, config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    app: Any = client.app
    await streams.check_folder({BROADCAST: app[BROADCAST]})  # type: ignore[arg-type]  # nothing while no page is open
    socket = await client.ws_connect("/api/events")
    await until(socket, type="snapshot")
    await streams.check_folder(app)
    gone = config.runs.rename(config.runs.with_name("unplugged"))
    for _ in range(2):
        await streams.check_folder(app)
    await until(socket, type="runs")
    missing = await until(socket, type="snapshot", state="missing")
    assert "Open another run" in missing["error"]
    again = await client.ws_connect("/api/events")
    assert (await until(again, type="snapshot"))["state"] == "missing", (
        "clients that connect later are notified, too"
    )
    assert (await get_json(client, "/api/runs"))["runs"] == []
    for path in ("/", "/slideshow", "/guess", "/api/guess", "/api/runs/all-digits"):
        assert (await client.get(path)).status < 500, path
    gone.rename(config.runs)
    await streams.check_folder(app)
    await until(socket, type="runs")
    await until(socket, type="snapshot", state="idle")
    assert [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("gan.")
    ] == []
