"""gan/web/services/writer_pool.py: which process draws what, who waits for how long, and what happens when a process ends.

Here the processes draw only when the test says so, and time passes only while the test waits.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from deterministic import Manual, in_virtual_time, settle

from gan.errors import InputError
from gan.web.services import writer_pool as module
from gan.web.services.executor import MAX_SECONDS, Busy
from gan.web.services.writer_pool import Writers
from gan.web.services.writer_process import Order, WriterGone


class Scribe:
    """A writer without a process. `dies` drawings end it; it starts after `fails` attempts."""

    def __init__(self) -> None:
        self.drew: list[str] = []
        self.dies = self.starts = self.fails = 0
        self.stopped = False

    def start(self) -> None:
        self.starts += 1
        if self.starts <= self.fails:
            raise WriterGone("out of memory")

    def draw(self, order: Order) -> bytes:
        if self.dies:
            self.dies -= 1
            raise WriterGone("killed")
        self.drew.append(order.number)
        if order.number == "x":
            raise InputError("number: expected digits", "text")
        return order.number.encode()

    def stop(self) -> None:
        self.stopped = True


def order(number: str, seed: int = 0) -> Order:
    return Order(number, look={"seed": seed})


class Office:
    """Some writers, the scribes behind them, and the thread of each."""

    def __init__(self, count: int) -> None:
        self.scribes: list[Scribe] = []
        self.threads: list[Manual] = []
        self.writers = Writers(self._scribe, count, self._thread)

    def _scribe(self) -> Scribe:
        self.scribes.append(Scribe())
        return self.scribes[-1]

    def _thread(self, name: str) -> Manual:
        self.threads.append(Manual(name))
        return self.threads[-1]

    @property
    def busy(self) -> list[int]:
        """How many things each thread has to do."""
        return [len(thread.submitted) for thread in self.threads]

    def ask(self, number: str, seed: int = 0) -> asyncio.Task[bytes]:
        return asyncio.create_task(self.writers.draw(order(number, seed)))

    async def work(self) -> None:
        """Do all that there is to do, in turn."""
        await settle()
        while any(self.busy):
            for thread in self.threads:
                if thread.submitted:
                    thread.run_next()
            await settle()


@asynccontextmanager
async def opened(count: int = 1) -> AsyncIterator[Office]:
    """Writers that have been started."""
    office = Office(count)
    office.writers.open()
    await office.work()
    yield office
    await office.writers.close()
    assert office.writers._waiting == []
    assert all(scribe.stopped for scribe in office.scribes)


@in_virtual_time
async def test_orders_are_drawn_first_come_first_served() -> None:
    async with opened() as office:
        asked = [office.ask(str(number), seed=number) for number in range(5)]
        await office.work()
        assert await asyncio.gather(*asked) == [b"0", b"1", b"2", b"3", b"4"]
        assert office.scribes[0].drew == ["0", "1", "2", "3", "4"]


@in_virtual_time
async def test_several_draw_at_once() -> None:
    async with opened(3) as office:
        asked = [office.ask(str(number), seed=number) for number in range(3)]
        await settle()
        assert office.busy == [1, 1, 1]
        await office.work()
        assert await asyncio.gather(*asked) == [b"0", b"1", b"2"]


@in_virtual_time
async def test_a_handwriting_goes_to_the_writer_that_knows_it() -> None:
    async with opened(2) as office:
        for number in range(30):
            asked = office.ask(str(number), seed=number % 6)
            await office.work()
            await asked
        handwritings = [{int(number) % 6 for number in scribe.drew} for scribe in office.scribes]
        assert not handwritings[0] & handwritings[1]
        assert [len(some) for some in handwritings] == [3, 3]  # a new one goes to the writer that knows fewest


@in_virtual_time
async def test_an_order_waits_for_the_writer_that_knows_it_but_not_for_long() -> None:
    async with opened(2) as office:
        first, second = office.ask("1", seed=7), office.ask("2", seed=7)
        await asyncio.sleep(0.9 * module.AFFINITY_SECONDS)
        assert office.busy == [1, 0]  # the second is free, but would have to find the handwriting anew
        await asyncio.sleep(0.2 * module.AFFINITY_SECONDS)
        assert office.busy == [1, 1]
        await office.work()
        assert (await first, await second) == (b"1", b"2")
        assert [scribe.drew for scribe in office.scribes] == [["1"], ["2"]]


@in_virtual_time
async def test_an_order_that_would_wait_too_long_is_refused_at_once_with_a_time() -> None:
    async with opened() as office:
        office.writers._pace = {True: 1.0, False: 1.0}  # seconds a character
        asked = [office.ask("1"), office.ask("22")]
        await settle()
        with pytest.raises(Busy) as caught:
            await office.writers.draw(order("3"))
        assert caught.value.seconds == 4
        await office.work()
        assert await asyncio.gather(*asked) == [b"1", b"22"]
        assert office.writers._pace[False] < 1  # it follows what the last drawings took


@in_virtual_time
async def test_an_order_that_has_waited_too_long_is_refused() -> None:
    async with opened() as office:
        first, loop = office.ask("1"), asyncio.get_running_loop()
        await settle()
        before = loop.time()
        with pytest.raises(Busy):
            await office.writers.draw(order("2"))
        assert loop.time() - before == pytest.approx(MAX_SECONDS)
        await office.work()
        assert await first == b"1"
        assert office.scribes[0].drew == ["1"]


@in_virtual_time
async def test_only_so_many_wait_while_no_writer_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    office = Office(1)
    asked = [office.ask("1"), office.ask("2")]
    await settle()
    with pytest.raises(Busy):
        await office.writers.draw(order("3"))
    await office.writers.close()
    assert [type(end) for end in await asyncio.gather(*asked, return_exceptions=True)] == [Busy, Busy]


@in_virtual_time
async def test_an_order_that_nobody_waits_for_is_not_drawn() -> None:
    async with opened() as office:
        first = office.ask("1")
        await settle()
        unwanted = asyncio.create_task(office.writers.draw(order("2"), lambda: False))
        left = office.ask("3")
        await settle()
        left.cancel()
        await office.work()
        assert (await first, await unwanted, office.scribes[0].drew) == (b"1", b"", ["1"])


@in_virtual_time
async def test_an_error_is_passed_on_and_the_writer_draws_on() -> None:
    async with opened() as office:
        refused, drawn = office.ask("x"), office.ask("1", seed=1)
        await office.work()
        with pytest.raises(InputError, match="expected digits"):
            await refused
        assert list(office.writers._seats[0].knows) == [order("1", seed=1).handwriting]
        assert await drawn == b"1"


@in_virtual_time
async def test_a_process_that_ends_is_started_again_and_the_order_is_drawn() -> None:
    async with opened() as office:
        office.scribes[0].dies = 1
        asked = office.ask("1")
        await office.work()
        assert await asked == b"1"
        assert (office.scribes[0].starts, office.scribes[0].drew) == (2, ["1"])


@in_virtual_time
async def test_an_order_that_ends_two_processes_is_refused() -> None:
    async with opened(2) as office:
        for scribe in office.scribes:
            scribe.dies = 1
        asked = office.ask("1")
        await office.work()
        with pytest.raises(Busy):
            await asked
        assert [scribe.starts for scribe in office.scribes] == [2, 2]
        asked = office.ask("2", seed=1)
        await office.work()
        assert await asked == b"2"


@in_virtual_time
async def test_a_process_that_does_not_start_is_tried_again() -> None:
    office = Office(1)
    office.scribes[0].fails = 2
    office.writers.open()
    asked = office.ask("1")
    for starts in (1, 2, 3):
        await office.work()
        assert office.scribes[0].starts == starts
        await asyncio.sleep(module.RETRY_SECONDS)
    assert await asked == b"1"
    await office.writers.close()


@in_virtual_time
async def test_closing_refuses_the_orders_that_wait() -> None:
    async with opened() as office:
        asked = [office.ask("1"), office.ask("2")]
        await settle()
        await office.writers.close()
        with pytest.raises(Busy):
            await asked[1]
        asked[0].cancel()
