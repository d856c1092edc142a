"""gan/web/services/writer_pool.py: which process gets each job, waiting times, and processes that exit.

Fake processes draw only when the test tells them to, and virtual time passes only while the test waits.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gan.errors import InputError
from gan.web.services import writer_pool as module
from gan.web.services.executor import MAX_SECONDS, Busy
from gan.web.services.writer_pool import Writers
from gan.web.services.writer_process import Job, WriterGone
from gan.write.request import Request
from gan.write.warm import KERNELS
from tests.helpers.deterministic import Manual, in_virtual_time, settle


class FakeWriter:
    """A writer without a process, whose first `dies` drawings and first `fails` starts fail."""

    def __init__(self) -> None:
        self.drew: list[str] = []
        self.dies = self.starts = self.fails = self.compiled = 0
        self.stopped = False

    def start(self, tell: Callable[[int], None]) -> None:
        self.starts += 1
        if self.starts <= self.fails:
            raise WriterGone("out of memory")
        tell(self.compiled)

    def draw(self, job: Job) -> bytes:
        if self.dies:
            self.dies -= 1
            raise WriterGone("killed")
        self.drew.append(job.request.text)
        if job.request.text == "x":
            raise InputError("number: expected digits", "text")
        return job.request.text.encode()

    def stop(self) -> None:
        self.stopped = True


class Pool:
    """A pool of writers, the fakes behind them, and a manually run executor for each."""

    def __init__(self, count: int) -> None:
        self.fakes = [FakeWriter() for _ in range(count)]
        self.threads = [Manual("writer") for _ in range(count)]
        fakes, threads = iter(self.fakes), iter(self.threads)
        self.writers = Writers(lambda: next(fakes), count, lambda name: next(threads))

    @property
    def busy(self) -> list[int]:
        """Return the number of calls submitted to each thread."""
        return [len(thread.submitted) for thread in self.threads]

    def ask(self, number: str, seed: int = 0, wanted: bool = True) -> asyncio.Task[bytes]:
        return asyncio.create_task(self.writers.draw(Job(Request(number, seed)), lambda: wanted))

    async def work(self) -> None:
        """Run all submitted calls, one thread after another."""
        await settle()
        while any(self.busy):
            for thread in self.threads:
                if thread.submitted:
                    thread.run_next()
            await settle()


@asynccontextmanager
async def open_pool(count: int = 1) -> AsyncIterator[Pool]:
    """Yield a pool whose writers have started."""
    pool = Pool(count)
    pool.writers.open()
    await pool.work()
    yield pool
    await pool.writers.close()
    assert pool.writers._waiting == []
    assert all(fake.stopped for fake in pool.fakes)


@in_virtual_time
async def test_orders_are_drawn_in_order_by_all_writers() -> None:
    for count, busy in ((1, [1]), (3, [1, 1, 1])):
        async with open_pool(count) as pool:
            tasks = [pool.ask(str(number), seed=number) for number in range(5)]
            await settle()
            assert pool.busy == busy
            await pool.work()
            assert await asyncio.gather(*tasks) == [b"0", b"1", b"2", b"3", b"4"]
            assert all(fake.drew == sorted(fake.drew) for fake in pool.fakes)


@in_virtual_time
async def test_an_order_goes_to_the_writer_that_knows_its_handwriting() -> None:
    async with open_pool(2) as pool:
        for number in range(30):
            tasks = pool.ask(str(number), seed=number % 6)
            await pool.work()
            await tasks
        handwritings = [{int(number) % 6 for number in fake.drew} for fake in pool.fakes]
        assert not handwritings[0] & handwritings[1]
        assert [len(some) for some in handwritings] == [3, 3]  # a new style goes to the writer that knows the fewest


@in_virtual_time
async def test_an_order_waits_only_briefly_for_the_writer_that_knows_it() -> None:
    async with open_pool(2) as pool:
        first, second = pool.ask("1", seed=7), pool.ask("2", seed=7)
        await asyncio.sleep(0.9 * module.AFFINITY_SECONDS)
        assert pool.busy == [1, 0]  # the second writer is free but does not know the style
        await asyncio.sleep(0.2 * module.AFFINITY_SECONDS)
        assert pool.busy == [1, 1]
        await pool.work()
        assert (await first, await second) == (b"1", b"2")
        assert [fake.drew for fake in pool.fakes] == [["1"], ["2"]]


@in_virtual_time
async def test_an_order_that_would_wait_too_long_is_refused_at_once() -> None:
    async with open_pool() as pool:
        pool.writers._pace = {True: 1.0, False: 1.0}  # seconds per character
        tasks = [pool.ask("1"), pool.ask("22")]
        await settle()
        with pytest.raises(Busy) as caught:
            await pool.ask("3")
        assert caught.value.seconds == 4
        await pool.work()
        assert await asyncio.gather(*tasks) == [b"1", b"22"]
        assert pool.writers._pace[False] < 1  # the estimate follows recent drawing times


@in_virtual_time
async def test_an_order_that_has_waited_too_long_is_refused() -> None:
    async with open_pool() as pool:
        first, loop = pool.ask("1"), asyncio.get_running_loop()
        await settle()
        before = loop.time()
        with pytest.raises(Busy):
            await pool.ask("2")
        assert loop.time() - before == pytest.approx(MAX_SECONDS)
        await pool.work()
        assert await first == b"1"
        assert pool.fakes[0].drew == ["1"]


@in_virtual_time
async def test_a_failed_start_is_repeated_and_listeners_follow_the_start() -> None:
    pool, heard = Pool(1), list[tuple[int, int]]()
    pool.writers.listen(lambda event: heard.append((event["done"], event["of"])))
    pool.fakes[0].compiled, pool.fakes[0].fails = 12, 2
    pool.writers.open()
    task = pool.ask("1")
    for starts in (1, 2, 3):
        assert heard == []
        await pool.work()
        assert pool.fakes[0].starts == starts
        await asyncio.sleep(module.RETRY_SECONDS)
    assert await task == b"1"
    assert heard == [(12, KERNELS), (KERNELS, KERNELS)]
    await pool.writers.close()


@in_virtual_time
async def test_a_cancelled_order_is_not_drawn() -> None:
    async with open_pool() as pool:
        first = pool.ask("1")
        await settle()
        unwanted, cancelled = pool.ask("2", wanted=False), pool.ask("3")
        await settle()
        cancelled.cancel()
        await pool.work()
        assert (await first, await unwanted, pool.fakes[0].drew) == (b"1", b"", ["1"])


@in_virtual_time
async def test_an_error_reaches_the_caller_and_the_writer_continues() -> None:
    async with open_pool() as pool:
        refused, drawn = pool.ask("x"), pool.ask("1", seed=1)
        await pool.work()
        with pytest.raises(InputError, match="expected digits"):
            await refused
        assert list(pool.writers._seats[0].knows) == [Job(Request("1", 1)).handwriting]
        assert await drawn == b"1"


@in_virtual_time
async def test_the_order_of_a_process_that_ends_is_drawn_again_before_later_ones_but_only_once() -> None:
    async with open_pool() as pool:
        fake = pool.fakes[0]
        fake.dies = 1
        tasks = [pool.ask(number) for number in "123"]
        await pool.work()
        assert await asyncio.gather(*tasks) == [b"1", b"2", b"3"]
        assert (fake.drew, fake.starts) == (["1", "2", "3"], 2)
        fake.dies = 2
        tasks = [pool.ask(number) for number in "45"]
        await pool.work()
        with pytest.raises(Busy):
            await tasks[0]
        assert (await tasks[1], fake.starts) == (b"5", 4)
    async with open_pool(2) as pool:
        pool.fakes[0].dies = 1
        once = pool.ask("1")
        await pool.work()
        for fake in pool.fakes:
            fake.dies = 1
        twice = pool.ask("2", seed=1)
        await pool.work()
        assert await once == b"1"
        with pytest.raises(Busy):
            await twice
        assert [fake.starts for fake in pool.fakes] == [3, 2], "a new process has cached no handwriting"


@in_virtual_time
async def test_close_refuses_queued_orders() -> None:
    async with open_pool() as pool:
        drawing, queued = pool.ask("1"), pool.ask("2")
        await settle()
    with pytest.raises(Busy):
        await queued
    drawing.cancel()
