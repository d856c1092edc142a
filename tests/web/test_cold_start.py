"""A server that has just started on a machine without compiled kernels: requests, /healthz and events."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import ceil
from typing import Any

import pytest
from aiohttp import hdrs

from gan.web.app import ServerConfig, init_app
from gan.web.keys import PREPARATION
from gan.web.services import writer_process
from gan.web.services.preparation import EXPECTED, INITIAL_PACE, MAX_WAITING
from tests.helpers.deterministic import Inline, Manual, settle
from tests.helpers.fake_writer import FakeWriter
from tests.helpers.serving import Client, app_of, get_json, refusal, soon, until

OF = EXPECTED["writer"]


class ColdWriter(FakeWriter):
    """A writer that has compiled twelve kernels when the test lets it start."""

    def start(self, tell: Callable[[int], None]) -> None:
        tell(0)
        tell(12)


@pytest.fixture
def thread() -> Manual:
    """The thread in which the writer starts, controlled by the test."""
    return Manual()


@pytest.fixture
async def cold(
    aiohttp_client: Callable[..., Awaitable[Any]], config: ServerConfig, thread: Manual, monkeypatch: pytest.MonkeyPatch
) -> Client:
    """A client of a server whose writer has not started."""
    monkeypatch.setattr(writer_process, "draw", lambda job: job.number.encode())

    def executor(name: str) -> Any:
        return thread if name == "writer" else Inline(name)

    client: Client = await aiohttp_client(init_app(replace(config, writer=ColdWriter, executor=executor)))
    await settle()
    return client


def ask(client: Client, number: int) -> "asyncio.Task[Any]":
    return asyncio.create_task(client.get(f"/api/write?number={number}"))


def waiting(client: Client) -> int:
    return len(app_of(client)[PREPARATION]._waiting)


async def test_numbers_are_written_as_soon_as_the_writer_is_ready(cold: Client, thread: Manual) -> None:
    health = await get_json(cold, "/healthz")
    assert (health["ready"], health["preparing"]) == (False, {"writer": [0, OF]})
    responses = [ask(cold, number) for number in range(MAX_WAITING)]
    await soon(lambda: waiting(cold) == MAX_WAITING)
    for query in ("number=1&colour=red", "number=1&size=many", "number=1&run=nobody"):  # not only after the wait
        assert (await cold.get(f"/api/write?{query}")).status in (400, 404)
    refused = await cold.get("/api/write?number=1")
    seconds = ceil(INITIAL_PACE * OF)
    assert (refused.status, refused.headers[hdrs.RETRY_AFTER]) == (503, str(seconds))
    assert (await refusal(refused))[1] == f"The server is preparing, once: 0 of {OF}. Try again in {seconds} seconds."
    thread.run_next()
    while not all(response.done() for response in responses):
        await soon(lambda: bool(thread.submitted) or all(response.done() for response in responses))
        if thread.submitted:
            thread.run_next()
    assert [await (await one).text() for one in responses] == [str(number) for number in range(MAX_WAITING)]
    health = await get_json(cold, "/healthz")
    assert (health["ready"], health["preparing"]) == (True, {})


async def test_pages_are_told_how_far_the_writer_is(cold: Client, thread: Manual) -> None:
    early = await cold.ws_connect("/api/events")
    await until(early, type="snapshot")
    app_of(cold)[PREPARATION].publish({"type": "preparing", "part": "writer", "done": 0, "of": OF})
    late = await cold.ws_connect("/api/events")
    assert (await until(late, type="preparing"))["done"] == 0
    thread.run_next()
    for done in (0, 12, OF):
        await until(early, type="preparing", part="writer", done=done, of=OF)


@pytest.mark.parametrize(
    ("address", "body"), [("/api/turns", None), ("/api/mine", {"drawings": {"3": [[100, 100, 120, 140]]}})]
)
async def test_what_needs_the_kernels_of_training_waits_for_them(
    cold: Client, monkeypatch: pytest.MonkeyPatch, address: str, body: Any
) -> None:
    app_of(cold)[PREPARATION].unready = {"training": {"type": "preparing", "part": "training", "done": 0, "of": 25}}
    sent = cold.post(address, json=body) if body else cold.get(address)
    response = asyncio.ensure_future(sent)
    await soon(lambda: waiting(cold) == 1)
    assert (await cold.get("/api/place")).status == 200, "other drawings do not wait behind it"
    assert (await cold.get("/guess")).status == 200
    await app_of(cold).shutdown()
    answer = await response
    assert (await refusal(answer))[1] == "The server is shutting down. Try again in a second."
