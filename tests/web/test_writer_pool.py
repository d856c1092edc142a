"""gan/web/services/writer_pool.py: which process draws, waiting times, and processes that exit."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from gan.errors import InputError
from gan.web.services.executor import MAX_SECONDS, Busy, thread_pool
from gan.web.services.writer_pool import MAX_QUEUED, Writers
from gan.web.services.writer_process import Job, Writer, WriterGone
from gan.write.options_and_limits import Request
from gan.write.warm import KERNELS
from tests.helpers.commands import SECONDS
from tests.helpers.deterministic import Inline, Manual, in_virtual_time, settle


class FakeWriter(Writer):
    """A writer without a process, whose first `dies` drawings and first `fails` starts fail."""

    def __init__(self) -> None:
        self.drew: list[str] = []
        self.dies = self.starts = self.fails = 0
        self.stopped = False

    def start(self, tell: Callable[[int], None] = lambda done: None) -> None:
        self.starts += 1
        if self.starts <= self.fails:
            raise WriterGone("out of memory")
        tell(12)

    def draw(self, job: Job) -> bytes:
        if self.dies or self.starts <= self.fails:
            self.dies -= 1
            raise WriterGone("killed")
        self.drew.append(job.request.text)
        if job.request.text == "x":
            raise InputError("number: expected digits", "text")
        return job.request.text.encode()

    def stop(self) -> None:
        self.stopped = True


@contextmanager
def open_pool(fakes: list[FakeWriter], executor: Manual | None = None) -> Iterator[Writers]:
    """Open a pool of writers, whose calls run at once if there is no executor, and close it."""
    made = iter(fakes)
    writers = Writers(lambda: next(made), len(fakes), executor or Inline())
    writers.open(lambda event: None)
    if executor:
        executor.run_next()
    yield writers
    writers.close()
    assert all(fake.stopped for fake in fakes)


def ask(writers: Writers, number: str, wanted: bool = True) -> asyncio.Task[bytes]:
    return asyncio.create_task(writers.draw(Job(Request(number)), lambda: wanted))


async def test_numbers_are_drawn_at_once_by_all_processes() -> None:
    class Meeting(FakeWriter):
        both = threading.Barrier(2)

        def draw(self, job: Job) -> bytes:
            self.both.wait(SECONDS)
            return super().draw(job)

    writers = Writers(Meeting, 2, thread_pool("writer", 2))
    writers.most_seconds = SECONDS  # a busy machine refuses no drawing
    writers.open(lambda event: None)
    both = ask(writers, "1"), ask(writers, "2")
    assert [await one for one in both] == [b"1", b"2"]
    writers.close()


@in_virtual_time
async def test_numbers_are_drawn_in_order_by_the_process_that_drew_last_if_they_are_wanted() -> None:
    fakes, manual = [FakeWriter(), FakeWriter()], Manual()
    with open_pool(fakes, manual) as writers:
        tasks = [ask(writers, str(number), wanted=number != 2) for number in range(5)]
        await settle()
        tasks[3].cancel()
        await settle()
        while manual.submitted:
            manual.run_next()
        assert [await task for task in tasks if task is not tasks[3]] == [b"0", b"1", b"", b"4"]
    assert sorted(fake.drew for fake in fakes) == [[], ["0", "1", "4"]]


@in_virtual_time
async def test_a_number_is_refused_if_too_many_wait_or_if_it_has_waited_too_long() -> None:
    with open_pool([FakeWriter()], Manual()) as writers:
        tasks, loop = [ask(writers, "1") for _ in range(MAX_QUEUED)], asyncio.get_running_loop()
        await settle()
        before = loop.time()
        with pytest.raises(Busy):
            await ask(writers, "2")
        assert loop.time() == before
        for task in tasks:
            with pytest.raises(Busy):
                await task
        assert loop.time() == pytest.approx(MAX_SECONDS)


async def test_a_process_that_ends_or_could_not_be_started_is_started_for_the_next_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake, told = FakeWriter(), list[int]()
    fake.fails = 2
    writers = Writers(lambda: fake, 1, Inline())
    writers.most_seconds = 0.0
    with pytest.raises(Busy):  # no process is free yet
        writers._draw(Job(Request("1")), lambda: True)
    writers.most_seconds = SECONDS
    writers.open(lambda event: told.append(event["done"]))
    for starts in (2, 3):
        with pytest.raises(Busy):
            await ask(writers, "1")
        assert fake.starts == starts
    fake.dies = 1
    with pytest.raises(Busy):
        await ask(writers, "2")
    assert await ask(writers, "3") == b"3"
    assert (told, fake.starts) == ([KERNELS, KERNELS, 12, KERNELS, 12, KERNELS], 4)
    assert len(caplog.messages) == 5
    writers.close()
    fake.dies = 1
    with pytest.raises(Busy):
        writers._draw(Job(Request("4")), lambda: True)
    assert len(caplog.messages) == 5, "the end of a process at the end of the server is not logged"


async def test_an_error_reaches_the_caller_and_the_process_continues() -> None:
    with open_pool([FakeWriter()]) as writers:
        with pytest.raises(InputError, match="expected digits"):
            await ask(writers, "x")
        assert await ask(writers, "1") == b"1"
