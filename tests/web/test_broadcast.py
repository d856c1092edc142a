"""gan/web/services/broadcast.py: each client's queue, which holds only the newest
sheet, and slow clients.
"""

import asyncio
import json
from typing import Any

import pytest

from gan.runs.messages import ClientMessage
from gan.web.app import on_loop
from gan.web.services.broadcast import (
    MAX_CLIENTS,
    QUEUE_LENGTH,
    Broadcast,
    Subscription,
    TooManyClients,
)
from tests.helpers.commands import SECONDS


def picture(iteration: int) -> ClientMessage:
    return {"type": "picture", "iteration": iteration}


def sheet(iteration: int, run: str = "") -> Any:
    # other fields do not matter here
    return {"type": "sheet", "iteration": iteration, "run": run}


def publish(broadcast: Broadcast, *events: ClientMessage) -> None:
    for event in events:
        broadcast.publish(event)


def queued(subscription: Subscription) -> list[tuple[str, int]]:
    """Return the types and iterations of the queued events."""
    events = [json.loads(text) for text in subscription.queue.values()]
    return [(event["type"], event["iteration"]) for event in events]


async def test_an_event_from_another_thread_wakes_a_waiting_client() -> None:
    # refuses calls that do not wake the loop
    asyncio.get_running_loop().set_debug(True)
    broadcast = Broadcast()
    task = asyncio.create_task(broadcast.subscribe(lambda: None).get())
    await asyncio.to_thread(on_loop(broadcast.publish), picture(7))
    assert await asyncio.wait_for(task, SECONDS) == json.dumps(picture(7))


async def test_only_a_slow_client_is_dropped() -> None:
    broadcast = Broadcast()
    dropped: list[str] = []
    slow = broadcast.subscribe(lambda: dropped.append("slow"))
    publish(broadcast, *map(picture, range(QUEUE_LENGTH)))
    assert dropped == []
    fast = broadcast.subscribe(lambda: dropped.append("fast"))
    publish(broadcast, *map(picture, range(10)))
    assert dropped == ["slow"]
    assert len(slow.queue) == QUEUE_LENGTH
    assert queued(fast) == [("picture", number) for number in range(10)]
    for _ in range(2):
        broadcast.drop_all()
    assert dropped == ["slow", "fast"]


async def test_only_watchers_receive_the_newest_sheet() -> None:
    broadcast = Broadcast()
    watcher = broadcast.subscribe(lambda: None, watches=True)
    listener = broadcast.subscribe(lambda: None)
    assert broadcast.has_viewers
    publish(broadcast, sheet(1), picture(5), sheet(6), sheet(7), picture(10))
    assert queued(watcher) == [("sheet", 7), ("picture", 5), ("picture", 10)]
    assert queued(listener) == [("picture", 5), ("picture", 10)]
    assert [json.loads(await watcher.get())["iteration"] for _ in range(2)] == [7, 5]
    publish(broadcast, sheet(11))
    assert queued(watcher) == [("picture", 10), ("sheet", 11)]
    broadcast.unsubscribe(watcher)
    assert broadcast.has_viewers is False
    assert broadcast.has_clients is True


async def test_a_sheet_replaces_that_of_its_run_and_a_snapshot_removes_all() -> None:
    broadcast = Broadcast()
    subscription = broadcast.subscribe(lambda: None, watches=True)
    snapshot: Any = {"type": "snapshot", "iteration": 0}
    sheets = [sheet(1, "left"), sheet(2, "right"), sheet(3, "left"), sheet(4, "right")]
    publish(broadcast, sheet(90, "left"), picture(80), snapshot, *sheets)
    assert queued(subscription) == [
        ("picture", 80),
        ("snapshot", 0),
        ("sheet", 3),
        ("sheet", 4),
    ]


def test_there_is_a_place_for_250_clients_and_a_limit() -> None:
    broadcast = Broadcast()
    assert MAX_CLIENTS >= 250
    last, *_ = [broadcast.subscribe(lambda: None) for _ in range(MAX_CLIENTS)]
    for _ in range(2):
        with pytest.raises(TooManyClients):
            broadcast.subscribe(lambda: None)
        for _ in range(2):
            broadcast.unsubscribe(last)
        last = broadcast.subscribe(lambda: None)
