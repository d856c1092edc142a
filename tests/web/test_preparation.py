"""gan/web/services/preparation.py: requests wait for kernels at a first start, and are refused honestly."""

import asyncio
from collections.abc import Callable
from math import ceil
from typing import Any

import pytest

from gan.runs.messages import Part
from gan.web.http.connections import ANSWER_SECONDS
from gan.web.services.executor import MAX_SECONDS, Busy
from gan.web.services.preparation import EXPECTED, INITIAL_PACE, MAX_WAITING, WAIT_SECONDS, Preparation
from tests.helpers.deterministic import in_virtual_time, settle

OF = EXPECTED["writer"]


def prepare() -> Preparation:
    """Return the preparation of a server that has just started."""
    preparation = Preparation()
    preparation.attach(asyncio.get_running_loop())
    return preparation


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
async def test_requests_wait_until_the_writer_is_ready() -> None:
    preparation = prepare()
    waiting = [request(preparation) for _ in range(MAX_WAITING)]
    for done in (0, OF - 1):
        await tell(preparation, done)
        assert not any(one.done() for one in waiting)
    await asyncio.sleep(WAIT_SECONDS - 1)
    await tell(preparation, OF)
    assert await asyncio.gather(*waiting) == [None] * MAX_WAITING
    await preparation.wait(lambda: True, "writer")


@in_virtual_time
async def test_training_is_ready_once_its_process_has_opened_the_run() -> None:
    preparation = prepare()
    waiting, both = request(preparation, "training"), request(preparation, "writer", "training")
    for state in ("starting", "compiling"):
        await tell_state(preparation, state)
        assert not waiting.done()
    await tell_state(preparation, "idle")
    assert (waiting.done(), both.done(), list(preparation.unready)) == (True, False, ["writer"])
    await tell(preparation, OF)
    assert (both.done(), preparation.unready) == (True, {})
    await tell_state(preparation, "starting")  # another run was opened; its kernels are compiled
    assert preparation.unready == {}


@in_virtual_time
async def test_only_parts_that_compile_are_announced_to_new_pages() -> None:
    preparation = prepare()
    assert preparation.events() == []
    await tell(preparation, 0, "training")
    await tell(preparation, 3, "training")
    assert [(event["part"], event["done"]) for event in preparation.events()] == [("training", 3)]
    await tell_state(preparation, "gone")
    assert preparation.events() == []


@in_virtual_time
async def test_a_refusal_states_the_remaining_time() -> None:
    preparation = prepare()
    for _ in range(MAX_WAITING):
        request(preparation)
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
    preparation.close()


@in_virtual_time
async def test_a_request_that_has_waited_too_long_is_refused() -> None:
    preparation, loop = prepare(), asyncio.get_running_loop()
    await tell(preparation, 0)
    waiting = request(preparation)
    await tell(preparation, 9)
    with pytest.raises(Busy) as caught:
        await waiting
    assert loop.time() == pytest.approx(WAIT_SECONDS)
    assert caught.value.seconds == pytest.approx(WAIT_SECONDS / 9 * (OF - 9), abs=1)


@in_virtual_time
async def test_a_client_that_disconnects_leaves_its_place() -> None:
    preparation, connected = prepare(), [True]
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


@in_virtual_time
async def test_the_end_of_the_server_ends_all_waits() -> None:
    preparation = prepare()
    waiting = [request(preparation) for _ in range(3)]
    await settle()
    preparation.close()
    errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert [(str(error), isinstance(error, Busy) and error.seconds) for error in errors] == [
        ("The server is shutting down.", 1)
    ] * 3
