"""gan/web/services/writer_pool.py: who draws what, who waits and for how long, and what becomes of an order whose process ends."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gan.errors import InputError
from gan.web.services import writer_pool as module
from gan.web.services.executor import Busy
from gan.web.services.writer_pool import Writers
from gan.web.services.writer_process import Order, WriterGone


class Scribe:
    """Draws when it is let, and says so; `dies` is how many drawings end it, `starts` how often it was started."""

    def __init__(self) -> None:
        self.drew: list[str] = []
        self.gate, self.begun = threading.Semaphore(0), threading.Event()
        self.dies = self.starts = self.fails = 0
        self.stopped = False

    def start(self) -> None:
        self.starts += 1
        if self.starts <= self.fails:
            raise WriterGone("out of memory")

    def draw(self, order: Order) -> bytes:
        self.begun.set()
        self.gate.acquire()
        if self.stopped or self.dies:
            self.dies -= 1
            raise WriterGone("killed")
        self.drew.append(order.number)
        if order.number == "x":
            raise InputError("number: expected digits", "text")
        return order.number.encode()

    def stop(self) -> None:
        self.stopped = True
        self.gate.release(100)


def order(number: str, seed: int = 0) -> Order:
    return Order(number, look={"seed": seed})


Make = Callable[[int], Awaitable[tuple[Writers, list[Scribe]]]]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Writers that are there, and the scribes behind them."""
    made: list[Writers] = []

    async def of(count: int) -> tuple[Writers, list[Scribe]]:
        scribes: list[Scribe] = []

        def scribe() -> Scribe:
            scribes.append(Scribe())
            return scribes[-1]

        made.append(Writers(scribe, count))
        made[0].open()
        await until(lambda: all(seat.is_free for seat in made[0]._seats))
        return made[0], scribes

    yield of
    await made[0].close()
    assert made[0]._waiting == []


async def until(happened: Callable[[], bool]) -> None:
    while not happened():
        await asyncio.sleep(0.001)


def ask(writers: Writers, number: str, seed: int = 0) -> asyncio.Task[bytes]:
    return asyncio.create_task(writers.draw(order(number, seed)))


async def test_who_asks_first_is_served_first(make: Make) -> None:
    writers, [scribe] = await make(1)
    asked = [ask(writers, str(number), seed=number) for number in range(5)]
    await asyncio.sleep(0)
    scribe.gate.release(5)
    assert await asyncio.gather(*asked) == [b"0", b"1", b"2", b"3", b"4"]
    assert scribe.drew == ["0", "1", "2", "3", "4"]


async def test_several_draw_at_once(make: Make) -> None:
    writers, scribes = await make(3)
    asked = [ask(writers, str(number), seed=number) for number in range(3)]
    for scribe in scribes:
        await asyncio.to_thread(scribe.begun.wait)
        scribe.gate.release()
    assert sorted(await asyncio.gather(*asked)) == [b"0", b"1", b"2"]


async def test_a_handwriting_comes_back_to_who_knows_it(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOYAL_SECONDS", 1000.0)
    writers, scribes = await make(2)
    for scribe in scribes:
        scribe.gate.release(100)
    for number in range(30):
        await writers.draw(order(str(number), seed=number % 6))
    handwritings = [{int(number) % 6 for number in scribe.drew} for scribe in scribes]
    assert not handwritings[0] & handwritings[1]
    assert [len(some) for some in handwritings] == [3, 3]  # a new one goes to who knows fewest


async def test_it_waits_for_who_knows_it_but_not_for_long(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOYAL_SECONDS", 0.05)
    writers, [one, two] = await make(2)
    first, second = ask(writers, "1", seed=7), ask(writers, "2", seed=7)
    await asyncio.to_thread(one.begun.wait)
    assert not two.begun.is_set()  # it is free, but would have to find the handwriting anew
    two.gate.release()
    assert await second == b"2"
    one.gate.release()
    assert await first == b"1"
    assert (one.drew, two.drew) == (["1"], ["2"])


async def test_who_would_wait_too_long_is_told_at_once_and_when_to_come_again(make: Make) -> None:
    writers, [scribe] = await make(1)
    writers._pace = {True: 1.0, False: 1.0}  # seconds a character
    asked = [ask(writers, "1"), ask(writers, "22")]
    await until(lambda: len(writers._waiting) == 1)
    with pytest.raises(Busy) as caught:
        await writers.draw(order("3"))
    assert caught.value.seconds == 4
    scribe.gate.release(2)
    assert await asyncio.gather(*asked) == [b"1", b"22"]
    assert writers._pace[False] < 1  # it was judged by what the last ones took


async def test_who_does_wait_too_long_is_put_off(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", 0.05)
    writers, [scribe] = await make(1)
    writers._pace = {True: 0.0, False: 0.0}
    first = ask(writers, "1")
    await asyncio.to_thread(scribe.begun.wait)
    with pytest.raises(Busy):
        await writers.draw(order("2"))
    scribe.gate.release()
    assert await first == b"1"
    assert scribe.drew == ["1"]


async def test_only_so_many_wait_while_no_writer_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    writers = Writers(Scribe, 1)
    asked = [ask(writers, "1"), ask(writers, "2")]
    await until(lambda: len(writers._waiting) == 2)
    with pytest.raises(Busy):
        await writers.draw(order("3"))
    await writers.close()
    assert [type(end) for end in await asyncio.gather(*asked, return_exceptions=True)] == [Busy, Busy]


async def test_what_nobody_waits_for_is_not_drawn(make: Make) -> None:
    writers, [scribe] = await make(1)
    first = ask(writers, "1")
    await asyncio.to_thread(scribe.begun.wait)
    unwanted = asyncio.create_task(writers.draw(order("2"), lambda: False))
    left = ask(writers, "3")
    await until(lambda: len(writers._waiting) == 2)
    left.cancel()
    scribe.gate.release(3)
    assert (await first, await unwanted, scribe.drew) == (b"1", b"", ["1"])


async def test_what_is_refused_is_passed_on_and_the_writer_draws_on(make: Make) -> None:
    writers, [scribe] = await make(1)
    scribe.gate.release(2)
    with pytest.raises(InputError, match="expected digits"):
        await writers.draw(order("x"))
    assert not writers._seats[0].knows
    assert await writers.draw(order("1")) == b"1"


async def test_a_process_that_ends_is_started_anew_and_the_order_is_drawn(make: Make) -> None:
    writers, [scribe] = await make(1)
    scribe.dies = 1
    scribe.gate.release(2)
    assert await writers.draw(order("1")) == b"1"
    assert (scribe.starts, scribe.drew) == (2, ["1"])


async def test_an_order_that_ends_two_processes_is_put_off(make: Make) -> None:
    writers, scribes = await make(2)
    for scribe in scribes:
        scribe.dies = 1
        scribe.gate.release(2)
    with pytest.raises(Busy):
        await writers.draw(order("1"))
    await until(lambda: all(seat.is_free for seat in writers._seats))
    assert [scribe.starts for scribe in scribes] == [2, 2]
    assert await writers.draw(order("2", seed=1)) == b"2"


async def test_a_process_that_does_not_start_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.01)
    scribe = Scribe()
    scribe.fails = 2
    scribe.gate.release(1)
    writers = Writers(lambda: scribe, 1)
    writers.open()
    assert await writers.draw(order("1")) == b"1"
    assert scribe.starts == 3
    await writers.close()


async def test_the_end_lets_nobody_wait(make: Make) -> None:
    writers, [scribe] = await make(1)
    asked = [ask(writers, "1"), ask(writers, "2")]
    await asyncio.to_thread(scribe.begun.wait)
    await until(lambda: len(writers._waiting) == 1)
    await writers.close()
    with pytest.raises(Busy):
        await asked[1]
    asked[0].cancel()
    assert scribe.stopped
