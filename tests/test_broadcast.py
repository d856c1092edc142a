"""gan/web/services/broadcast.py: what waits for each browser, who is dropped, and that of the sheets only the newest waits."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from gan.runs.messages import ClientMessage
from gan.web.services.broadcast import MAX_CLIENTS, QUEUE_LENGTH, Broadcast, Subscription, TooManyClients, encode


def picture(iteration: int) -> ClientMessage:
    return {"type": "picture", "iteration": iteration}


def sheet(iteration: int) -> ClientMessage:
    event: Any = {"type": "sheet", "iteration": iteration}  # the rest does not matter here
    return event


async def told(broadcast: Broadcast, *events: ClientMessage) -> None:
    """Publish, and let the loop pass everything on."""
    broadcast.attach(asyncio.get_running_loop())
    for event in events:
        broadcast.publish(event)
    await asyncio.sleep(0)


def waiting(subscription: Subscription) -> list[tuple[str, int]]:
    """The types and iterations of what waits."""
    events = [json.loads(text) for text in subscription.queue]
    return [(event["type"], event["iteration"]) for event in events]


async def test_every_browser_is_told_everything_in_order() -> None:
    broadcast = Broadcast()
    subscriptions = [broadcast.subscribe(lambda: None) for _ in range(3)]
    await told(broadcast, *map(picture, range(5)))
    for subscription in subscriptions:
        assert [json.loads(await subscription.get())["iteration"] for _ in range(5)] == [0, 1, 2, 3, 4]


async def test_an_event_from_another_thread_wakes_the_client_that_waits() -> None:
    broadcast = Broadcast()
    broadcast.attach(asyncio.get_running_loop())
    task = asyncio.create_task(broadcast.subscribe(lambda: None).get())
    await asyncio.to_thread(broadcast.publish, picture(7))
    assert await asyncio.wait_for(task, 120) == encode(picture(7))


async def test_a_slow_browser_is_dropped_once_and_the_others_are_not() -> None:
    broadcast = Broadcast()
    dropped: list[str] = []
    slow = broadcast.subscribe(lambda: dropped.append("slow"))
    await told(broadcast, *map(picture, range(QUEUE_LENGTH)))
    assert dropped == []
    quick = broadcast.subscribe(lambda: dropped.append("quick"))
    await told(broadcast, *map(picture, range(10)))
    assert dropped == ["slow"]
    assert (len(slow.queue), len(quick.queue)) == (QUEUE_LENGTH, 10)


async def test_sheets_go_to_those_who_watch() -> None:
    broadcast = Broadcast()
    looks, listens = broadcast.subscribe(lambda: None, watches=True), broadcast.subscribe(lambda: None)
    await told(broadcast, picture(1), sheet(2))
    assert waiting(looks) == [("picture", 1), ("sheet", 2)]
    assert waiting(listens) == [("picture", 1)]


async def test_of_the_sheets_only_the_newest_waits_and_in_its_place() -> None:
    broadcast = Broadcast()
    subscription = broadcast.subscribe(lambda: None, watches=True)
    await told(broadcast, sheet(1), picture(5), sheet(6), sheet(7), picture(10))
    assert waiting(subscription) == [("sheet", 7), ("picture", 5), ("picture", 10)]
    assert [json.loads(await subscription.get())["iteration"] for _ in range(2)] == [7, 5]
    await told(broadcast, sheet(11))
    assert waiting(subscription) == [("picture", 10), ("sheet", 11)]


async def test_who_always_has_more_waiting_comes_to_a_sheet_all_the_same() -> None:
    broadcast = Broadcast()
    slow = broadcast.subscribe(lambda: None, watches=True)
    seen: list[str] = []
    for iteration in range(20):  # three events come while one is read
        await told(broadcast, picture(3 * iteration), sheet(3 * iteration + 1), picture(3 * iteration + 2))
        seen.append(json.loads(await slow.get())["type"])
    assert "sheet" in seen


async def test_a_sheet_does_not_come_before_the_snapshot_that_would_take_it_away() -> None:
    broadcast = Broadcast()
    subscription = broadcast.subscribe(lambda: None, watches=True)
    anew: Any = {"type": "snapshot", "iteration": 0}
    await told(broadcast, sheet(90), anew, sheet(1), sheet(2))
    assert waiting(subscription) == [("sheet", 90), ("snapshot", 0), ("sheet", 2)]


async def test_two_runs_side_by_side_each_have_their_newest_sheet() -> None:
    def of(run: str, iteration: int) -> ClientMessage:
        return {**sheet(iteration), "run": run}  # type: ignore[return-value]

    broadcast = Broadcast()
    subscription = broadcast.subscribe(lambda: None, watches=True)
    await told(broadcast, of("left", 1), of("right", 2), of("left", 3), of("right", 4))
    events = [json.loads(text) for text in subscription.queue]
    assert [(event["run"], event["iteration"]) for event in events] == [("left", 3), ("right", 4)]


async def test_of_the_answers_likewise() -> None:
    def answer(iteration: int) -> ClientMessage:
        event: Any = {"type": "answer", "iteration": iteration}
        return event

    broadcast = Broadcast()
    looks, listens = broadcast.subscribe(lambda: None, watches=True), broadcast.subscribe(lambda: None)
    await told(broadcast, sheet(1), answer(1), answer(2), picture(5), sheet(6))
    assert waiting(looks) == [("sheet", 6), ("answer", 2), ("picture", 5)]
    assert waiting(listens) == [("picture", 5)]
    assert [json.loads(await looks.get())["iteration"] for _ in range(2)] == [6, 2]
    await told(broadcast, answer(7))
    assert waiting(looks) == [("picture", 5), ("answer", 7)]


async def test_sheets_never_drop_a_browser() -> None:
    broadcast = Broadcast()
    dropped: list[str] = []
    slow = broadcast.subscribe(lambda: dropped.append("slow"), watches=True)
    await told(broadcast, *map(sheet, range(3 * QUEUE_LENGTH)))
    assert (dropped, waiting(slow)) == ([], [("sheet", 3 * QUEUE_LENGTH - 1)])
    await told(broadcast, *map(picture, range(QUEUE_LENGTH - 1)), sheet(5), sheet(6))
    assert (dropped, len(slow.queue), waiting(slow)[0]) == ([], QUEUE_LENGTH, ("sheet", 6))
    await slow.get()
    while len(slow.queue) < QUEUE_LENGTH:
        slow.put("more")
    slow._newest = {}
    await told(broadcast, sheet(7))  # there is no room for it
    assert (dropped, len(slow.queue)) == ([], QUEUE_LENGTH)
    await told(broadcast, picture(1))
    assert dropped == ["slow"]


async def test_whether_anybody_watches() -> None:
    broadcast = Broadcast()
    assert broadcast.has_viewers is False
    broadcast.subscribe(lambda: None)
    one, other = (broadcast.subscribe(lambda: None, watches=True) for _ in range(2))
    seen = [broadcast.has_viewers]
    for subscription in (one, other):
        broadcast.unsubscribe(subscription)
        seen.append(broadcast.has_viewers)
    assert seen == [True, True, False]


async def test_places_are_limited_and_given_back() -> None:
    broadcast = Broadcast()
    subscriptions = [broadcast.subscribe(lambda: None) for _ in range(MAX_CLIENTS)]
    with pytest.raises(TooManyClients):
        broadcast.subscribe(lambda: None)
    broadcast.unsubscribe(subscriptions[0])
    broadcast.unsubscribe(subscriptions[0])
    broadcast.subscribe(lambda: None)
    with pytest.raises(TooManyClients):
        broadcast.subscribe(lambda: None)


async def test_when_the_server_closes_all_are_dropped() -> None:
    broadcast = Broadcast()
    dropped: list[int] = []
    drops: list[Callable[[], None]] = [lambda number=number: dropped.append(number) for number in range(3)]  # type: ignore[misc]
    for drop in drops:
        broadcast.subscribe(drop)
    broadcast.drop_all()
    broadcast.drop_all()
    assert sorted(dropped) == [0, 1, 2]


def test_an_event_before_the_server_runs_is_nobodys() -> None:
    Broadcast().publish(picture(0))


def test_two_hundred_and_fifty_pages_may_be_open_at_one_time() -> None:
    broadcast = Broadcast()
    for _ in range(250):
        broadcast.subscribe(lambda: None)
    for _ in range(MAX_CLIENTS - 250 - MAX_CLIENTS // 10):
        broadcast.subscribe(lambda: None, drives=False)
    with pytest.raises(TooManyClients):
        broadcast.subscribe(lambda: None, drives=False)
    broadcast.subscribe(lambda: None)  # a place is kept for who drives
    few = Broadcast(2)
    for _ in range(2):
        few.subscribe(lambda: None)
    with pytest.raises(TooManyClients):
        few.subscribe(lambda: None)
