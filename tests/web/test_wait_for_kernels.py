"""gan/web/services/wait_for_kernels.py: requests wait for kernels at a first start, and are refused honestly."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import ceil
from typing import Any

import pytest
from aiohttp import hdrs

from gan.runs.messages import Part
from gan.web.app import ServerConfig, init_app
from gan.web.http.connections import ANSWER_SECONDS
from gan.web.keys import PREPARATION
from gan.web.services import writer_process
from gan.web.services.executor import MAX_SECONDS, Busy
from gan.web.services.wait_for_kernels import EXPECTED, INITIAL_PACE, MAX_WAITING, WAIT_SECONDS, Preparation
from tests.helpers.deterministic import Inline, Manual, in_virtual_time, settle
from tests.helpers.serving import Client, FakeWriter, app_of, get_json, refusal, soon, until

OF = EXPECTED["writer"]


async def tell(preparation: Preparation, done: int, part: Part = "writer") -> None:
    preparation.publish({"type": "preparing", "part": part, "done": done, "of": EXPECTED[part]})
    await settle()


async def tell_state(preparation: Preparation, state: Any) -> None:
    preparation.publish({"type": "state", "state": state, "iteration": 0, "target": None, "data": None})
    await settle()


def request(preparation: Preparation, *parts: Part, is_wanted: Callable[[], bool] = lambda: True) -> asyncio.Task[None]:
    return asyncio.create_task(preparation.wait(is_wanted, *(parts or ("writer",))))


def test_a_request_that_has_waited_can_still_be_drawn() -> None:
    assert WAIT_SECONDS + MAX_SECONDS < ANSWER_SECONDS


@in_virtual_time
async def test_training_is_ready_once_its_process_has_opened_the_run() -> None:
    preparation = Preparation()
    waiting, both = request(preparation, "training"), request(preparation, "writer", "training")
    assert preparation.events() == []
    await tell(preparation, 3, "training")
    assert [(event["part"], event["done"]) for event in preparation.events()] == [("training", 3)]
    for state in ("starting", "compiling"):
        await tell_state(preparation, state)
        assert not waiting.done()
    await tell_state(preparation, "idle")
    assert (waiting.done(), both.done(), list(preparation.unready)) == (True, False, ["writer"])
    assert preparation.events() == []
    await tell(preparation, OF - 1)
    assert not both.done()
    await tell(preparation, OF)
    assert (both.done(), preparation.unready) == (True, {})
    await preparation.wait(lambda: True, "writer")
    await tell_state(preparation, "starting")  # another run was opened; its kernels are compiled
    assert preparation.unready == {}


@in_virtual_time
async def test_a_refusal_at_once_or_after_a_long_wait_states_the_remaining_time() -> None:
    preparation, loop = Preparation(), asyncio.get_running_loop()
    first, *_ = [request(preparation) for _ in range(MAX_WAITING)]
    await settle()
    with pytest.raises(Busy, match=f"The server is preparing, once: 0 of {OF}.") as caught:
        await preparation.wait(lambda: True, "writer")
    assert caught.value.seconds == ceil(INITIAL_PACE * OF)
    await asyncio.sleep(3)  # the process starts
    await tell(preparation, 0)
    await asyncio.sleep(20)
    await tell(preparation, 10)
    with pytest.raises(Busy, match=f"10 of {OF}") as caught:
        await preparation.wait(lambda: True, "writer", "training")
    assert caught.value.seconds == pytest.approx(2 * (OF - 10), abs=1)
    with pytest.raises(Busy) as caught:
        await first
    assert loop.time() == pytest.approx(WAIT_SECONDS)
    assert caught.value.seconds == pytest.approx((WAIT_SECONDS - 3) / 10 * (OF - 10), abs=1)


@in_virtual_time
async def test_the_last_part_may_be_ready_at_the_deadline() -> None:
    preparation, loop, problems = Preparation(), asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, context: problems.append(context))
    ready: Any = {"type": "preparing", "part": "writer", "done": OF, "of": OF}
    waiting = request(preparation)
    await settle()
    loop.call_at(WAIT_SECONDS - 1e-12, preparation.publish, ready)  # in the same turn of the loop
    await waiting
    assert problems == []


@in_virtual_time
async def test_a_client_that_disconnects_leaves_its_place() -> None:
    preparation, connected = Preparation(), [True]
    gone = [request(preparation, is_wanted=lambda: connected[0]) for _ in range(MAX_WAITING)]
    await settle()
    connected.clear()
    connected.append(False)
    kept = request(preparation)
    await settle()
    assert [type(one.exception()) for one in gone] == [ConnectionResetError] * MAX_WAITING
    cancelled = request(preparation)
    await settle()
    cancelled.cancel()
    await tell(preparation, OF)
    assert (kept.done(), cancelled.cancelled()) == (True, True)


# A whole server that has just started


class ColdWriter(FakeWriter):
    """A writer that has compiled twelve kernels when the test lets it start."""

    def start(self, tell: Callable[[int], None] = lambda done: None) -> None:
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
    monkeypatch.setattr(writer_process, "draw", lambda job: job.request.text.encode())

    def executor(name: str, threads: int = 1) -> Any:
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
    for query in ("colour=red", "size=many", "run=nobody", "choices=1:1"):  # not only after the wait
        assert (await cold.get(f"/api/write?number=1&{query}")).status in (400, 404)
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
