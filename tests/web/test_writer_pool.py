"""gan/web/services/writer_pool.py: which process draws, waiting times, and processes
that exit.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock

import pytest

from gan.base.errors import InputError
from gan.web.services.executor import MAX_SECONDS, Busy, thread_pool
from gan.web.services.job_process import ProcessGone
from gan.web.services.writer_pool import LONGEST_SECONDS, MAX_QUEUED, Job, Writers
from gan.write.options_and_limits import Request
from tests.helpers.commands import SECONDS
from tests.helpers.deterministic import Inline, Manual, in_virtual_time, settle
from tests.helpers.serving import FakeProcess


class FakeWriter(FakeProcess):
    """A writer without a process.

    It may fail to start, and ends when it draws a "k".
    """

    def __init__(self, starts: bool = True) -> None:
        super().__init__(self.draw)
        self.starts = starts
        self.killed = False
        self.drew = list[str]()

    def open(self) -> None:
        if not self.starts:
            raise ProcessGone("out of memory")

    def do(self, seconds: float, job: Any) -> Any:
        assert seconds == LONGEST_SECONDS
        return super().do(seconds, job)

    def draw(self, job: Job) -> bytes:
        if not self.starts or job.request.text == "k":
            raise ProcessGone("killed")
        self.drew.append(job.request.text)
        if job.request.text == "x":
            raise InputError("number: expected digits", "text")
        return job.request.text.encode()

    def kill(self, timeout: float | None = None) -> None:
        self.killed = True


@contextmanager
def open_pool(
    fakes: list[FakeWriter], executor: Manual | None = None
) -> Iterator[Writers]:
    """Open a pool of writers, whose calls run at once if there is no executor, and
    close it.
    """
    made = iter(fakes)
    writers = Writers(lambda: next(made), len(fakes), executor or Inline())
    writers.open(lambda: None)
    if executor:
        executor.run_next()
    yield writers
    writers.close()
    assert all(fake.killed for fake in fakes)


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
    writers.open(lambda: None)
    both = ask(writers, "1"), ask(writers, "2")
    assert [await one for one in both] == [b"1", b"2"]
    writers.close()


@in_virtual_time
async def test_the_process_that_drew_last_draws_wanted_numbers_in_order() -> None:
    fakes = [FakeWriter(), FakeWriter()]
    manual = Manual()
    with open_pool(fakes, manual) as writers:
        tasks = [ask(writers, str(number), wanted=number != 2) for number in range(5)]
        await settle()
        tasks[3].cancel()
        await settle()
        while manual.submitted:
            manual.run_next()
        assert [await task for task in tasks if task is not tasks[3]] == [
            b"0",
            b"1",
            b"",
            b"4",
        ]
    assert sorted(fake.drew for fake in fakes) == [[], ["0", "1", "4"]]


@in_virtual_time
async def test_a_number_is_refused_if_too_many_wait_or_if_it_has_waited_too_long() -> (
    None
):
    with open_pool([FakeWriter()], Manual()) as writers:
        tasks = [ask(writers, "1") for _ in range(MAX_QUEUED)]
        loop = asyncio.get_running_loop()
        await settle()
        before = loop.time()
        with pytest.raises(Busy):
            await ask(writers, "2")
        assert loop.time() == before
        for task in tasks:
            with pytest.raises(Busy):
                await task
        assert loop.time() == pytest.approx(MAX_SECONDS)


async def test_a_process_that_ends_or_does_not_start_is_replaced(
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = iter([FakeWriter(False), FakeWriter(False), FakeWriter(), FakeWriter()])
    tell_ready = Mock()
    writers = Writers(lambda: next(made), 1, Inline())
    writers.most_seconds = 0.0
    with pytest.raises(Busy):  # no process is free yet
        writers._draw(Job(Request("1")), lambda: True)
    writers.most_seconds = SECONDS
    writers.open(tell_ready)
    for number in ("1", "1", "k"):
        with pytest.raises(Busy):
            await ask(writers, number)
    assert await ask(writers, "3") == b"3"
    assert tell_ready.call_count == 4
    assert next(made, None) is None
    assert len(caplog.messages) == 5
    made = iter([last := FakeWriter()])
    writers.close()
    with pytest.raises(Busy):
        writers._draw(Job(Request("k")), lambda: True)
    assert len(caplog.messages) == 5, (
        "the end of a process at the end of the server is not logged"
    )
    assert last.killed, "also if it is made while the server ends"


async def test_an_error_reaches_the_caller_and_the_process_continues() -> None:
    with open_pool([FakeWriter()]) as writers:
        with pytest.raises(InputError, match="expected digits"):
            await ask(writers, "x")
        assert await ask(writers, "1") == b"1"
