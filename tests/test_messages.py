"""/api/events?watch=1: who watches is told the sheets, and may ask about them. The worker, a fake, knows of both."""

from typing import Any

import pytest
from fake_worker import FakeWorker
from serving import Client, refusal, soon, until

SHEET = {"png": "aGVsbG8=", "reading": None, "drawn_at": 1.5, "half_after": None, "most_after": None}


def words() -> list[str]:
    """The commands that the worker made last has heard."""
    return [word for word, _ in FakeWorker.made[-1].heard]


@pytest.mark.parametrize(
    "event",
    [{"type": "sheet", "iteration": 7, **SHEET}, {"type": "answer", "iteration": 7, "drawing": 5, "png": {}}],
    ids=lambda event: event["type"],
)
async def test_only_clients_that_watch_hear_sheets_and_answers(client: Client, event: dict[str, Any]) -> None:
    async with client.ws_connect("/api/events?watch=1") as looks, client.ws_connect("/api/events") as listens:
        for events in (looks, listens):
            await until(events, type="snapshot")
        kind, fields = event["type"], {name: value for name, value in event.items() if name != "type"}
        FakeWorker.made[0].say(kind, **fields)
        FakeWorker.made[0].say("picture", iteration=10)
        assert await looks.receive_json(timeout=120) == event | {"run": "all-digits"}
        assert (await listens.receive_json(timeout=120))["type"] == "picture"


async def test_the_last_sheet_is_told_to_who_comes_later(client: Client) -> None:
    async with client.ws_connect("/api/events?watch=1") as first:
        FakeWorker.made[0].say("sheet", iteration=7, **SHEET)
        await until(first, type="sheet")
    async with client.ws_connect("/api/events?watch=1") as later:
        assert (await later.receive_json(timeout=120))["type"] == "snapshot"
        told = await later.receive_json(timeout=120)
        assert (told["type"], told["iteration"], told["png"]) == ("sheet", 7, SHEET["png"])


async def test_the_worker_knows_whether_anybody_watches(client: Client) -> None:
    async with client.ws_connect("/api/events"):
        await until(await client.ws_connect("/api/events"), type="snapshot")
    assert words() == []
    one = await client.ws_connect("/api/events?watch=1")
    await until(one, type="snapshot")
    async with client.ws_connect("/api/events?watch=1") as other:
        await until(other, type="snapshot")
        assert words() == ["watch"]
    await client.post("/api/runs", json={"digit": 3})  # a run that is opened while somebody watches
    assert words() == ["watch"]
    await one.close()
    await soon(lambda: words() == ["watch", "unwatch"])


# Asking about a drawing


async def test_the_worker_is_asked_about_a_drawing(client: Client) -> None:
    async with client.ws_connect("/api/events?watch=1") as looks:
        await until(looks, type="snapshot")
        for drawing in (0, 63, None):
            response = await client.post("/api/runs/all-digits/ask", json={"drawing": drawing})
            assert (response.status, await response.json()) == (202, {"id": "all-digits", "drawing": drawing})
    assert FakeWorker.made[0].heard[:4] == [("watch", None), ("ask", 0), ("ask", 63), ("ask", None)]


WRONG: list[Any] = [-1, 64, 0.5, True, "last", [], {}]


async def test_only_the_run_that_is_open_and_watched_can_be_asked(client: Client) -> None:
    async def asked(name: str, drawing: int | None = 5) -> tuple[int, str | None]:
        status, _, field = await refusal(await client.post(f"/api/runs/{name}/ask", json={"drawing": drawing}))
        return status, field

    assert await asked("all-digits") == (409, "drawing"), "nobody watches"
    assert (await client.post("/api/runs/all-digits/ask", json={"drawing": None})).status == 202
    assert await asked("nobody") == (404, "id")
    await client.post("/api/runs", json={"digit": 1})
    assert await asked("all-digits") == await asked("all-digits", None) == (409, "id"), "another is open"
    assert FakeWorker.made[0].heard[:-1] == [("ask", None)]
    assert FakeWorker.made[1].heard == []
