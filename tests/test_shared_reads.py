"""gan/web/services/executor.py: one answer for all who wait, and never one that was begun before it was asked for."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from deterministic import in_virtual_time, settle

from gan.web.services.executor import SharedRead


class Slow:
    """Answers when it is let: first 1, then 2, and so on."""

    def __init__(self) -> None:
        self.made, self.gate = 0, asyncio.Event()

    async def __call__(self) -> int:
        self.made += 1
        number = self.made
        await self.gate.wait()
        return number


def asking(together: SharedRead[int], times: int) -> list["asyncio.Task[int]"]:
    return [asyncio.create_task(together.get()) for _ in range(times)]


@in_virtual_time
async def test_all_who_come_at_one_time_are_given_one_answer() -> None:
    slow = Slow()
    first = asking(SharedRead(slow), 250)
    slow.gate.set()
    assert await asyncio.gather(*first) == [1] * 250
    assert slow.made == 1


@in_virtual_time
async def test_who_comes_while_one_is_made_is_given_the_next() -> None:
    slow = Slow()
    together = SharedRead(slow)
    first = asking(together, 3)
    await settle()
    later = asking(together, 5)
    await settle()
    slow.gate.set()
    assert await asyncio.gather(*first, *later) == [1] * 3 + [2] * 5
    assert await together.get() == 3  # nothing is remembered


@in_virtual_time
async def test_who_goes_away_leaves_the_others_theirs() -> None:
    slow = Slow()
    first, second = asking(SharedRead(slow), 2)
    await settle()
    first.cancel()
    slow.gate.set()
    assert await second == 1


@pytest.mark.parametrize("stays", [True, False])
@in_virtual_time
async def test_what_goes_wrong_is_told_and_the_next_is_made(stays: bool) -> None:
    makers: list[Callable[[], Awaitable[int]]] = []

    async def broken() -> int:
        await asyncio.sleep(1)
        raise ValueError("broken")

    async def whole() -> int:
        return 7

    makers += [broken, whole]
    together = SharedRead(lambda: makers.pop(0)())
    tasks = asking(together, 3)
    await settle()
    if not stays:
        for task in tasks:
            task.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in found] == [ValueError if stays else asyncio.CancelledError] * 3
    assert await together.get() == 7
