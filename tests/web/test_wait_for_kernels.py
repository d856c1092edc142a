"""gan/web/services/wait_for_kernels.py: requests wait for kernels at a first start, and
are refused after a while.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from gan.web.app import ServerConfig, init_app
from gan.web.services import writer_pool
from gan.web.services.executor import Busy
from gan.web.services.wait_for_kernels import WAIT_SECONDS, Preparation
from tests.helpers.deterministic import Inline, Manual, in_virtual_time, settle
from tests.helpers.serving import Client, get_json


async def tell_state(preparation: Preparation, state: Any) -> None:
    event: Any = {"type": "state", "state": state}
    preparation.publish(event)
    await settle()


@in_virtual_time
async def test_training_is_ready_once_its_process_has_opened_the_run() -> None:
    preparation = Preparation()
    waiting = asyncio.create_task(preparation.wait("training"))
    both = asyncio.create_task(preparation.wait("writer", "training"))
    for state in ("starting", "compiling"):
        await tell_state(preparation, state)
        assert not waiting.done()
    await tell_state(preparation, "idle")
    assert waiting.done() is True
    assert both.done() is False
    assert preparation.is_ready is False
    preparation.finish("writer")
    await settle()
    assert both.done() is True
    assert preparation.is_ready is True
    # another run was opened; its kernels are compiled
    await tell_state(preparation, "starting")
    assert preparation.is_ready


@in_virtual_time
async def test_a_request_waits_for_a_while() -> None:
    with pytest.raises(Busy):
        await Preparation().wait("training", "writer")
    assert asyncio.get_running_loop().time() == pytest.approx(WAIT_SECONDS)


# A whole server that has just started


@pytest.fixture
def thread() -> Manual:
    """The thread in which the writer starts, controlled by the test."""
    return Manual()


@pytest.fixture
async def cold(
    aiohttp_client: Callable[..., Awaitable[Any]],
    config: ServerConfig,
    thread: Manual,
    monkeypatch: pytest.MonkeyPatch,
) -> Client:
    """A client of a server whose writer has not started."""
    monkeypatch.setattr(writer_pool, "draw", lambda job: job.request.text.encode())

    def executor(name: str, threads: int = 1) -> Any:
        return thread if name == "writer" else Inline(name)

    client: Client = await aiohttp_client(init_app(replace(config, executor=executor)))
    return client


async def test_numbers_are_written_as_soon_as_the_writer_is_ready(
    cold: Client, thread: Manual
) -> None:
    assert await get_json(cold, "/healthz") == {
        "status": "ok",
        "ready": False,
        "training": "idle",
    }
    early = asyncio.create_task(cold.get("/api/write?number=1"))
    for query in ("colour=red", "size=many", "run=nobody"):  # not only after the wait
        assert (await cold.get(f"/api/write?number=1&{query}")).status in (400, 404)
    thread.run_next()
    while not early.done():
        await asyncio.sleep(0)
        if thread.submitted:
            thread.run_next()
    assert await (await early).text() == "1"
    assert (await get_json(cold, "/healthz"))["ready"]
