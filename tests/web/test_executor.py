"""gan/web/services/executor.py: calls on one thread with a bounded queue, and reads
shared by concurrent requests.
"""

import asyncio
import threading

import pytest

from gan.web.services.executor import BoundedExecutor, Busy, SharedRead, thread_pool
from tests.helpers.deterministic import Manual, in_virtual_time, settle


async def test_calls_run_one_after_another_in_one_thread() -> None:
    executor = BoundedExecutor(thread_pool("test"), 10)
    done = list[int]()

    def work(number: int) -> str:
        done.append(number)
        return threading.current_thread().name

    names = await asyncio.gather(*(executor.run(work, number) for number in range(3)))
    assert done == [0, 1, 2]
    assert len(set(names)) == 1
    executor.close()


@in_virtual_time
async def test_the_queue_is_bounded_and_errors_reach_the_caller() -> None:
    manual = Manual()
    executor = BoundedExecutor(manual, 2)
    waiting = [
        asyncio.create_task(executor.run(divmod, 1, divisor)) for divisor in (1, 0)
    ]
    await settle()
    with pytest.raises(Busy):
        await executor.run(divmod, 1, 1)
    for _ in range(2):
        manual.run_next()
    assert await waiting[0] == (1, 0)
    with pytest.raises(ZeroDivisionError):
        await waiting[1]


@in_virtual_time
async def test_a_call_that_does_not_start_in_time_is_refused() -> None:
    manual = Manual()
    done = list[int]()
    executor = BoundedExecutor(manual, 10, 3.0)
    start = asyncio.get_running_loop().time()
    with pytest.raises(Busy):
        await executor.run(done.append, 1)
    assert asyncio.get_running_loop().time() - start == pytest.approx(3)
    manual.run_next()
    started = asyncio.create_task(executor.run(done.append, 2))
    await settle()
    # the executor waits for a call that has started
    manual.submitted[0][0].set_running_or_notify_cancel()
    await asyncio.sleep(10)
    assert not started.done()
    manual.submitted.pop()[0].set_result(None)
    await started
    assert done == []


class Gated:
    """An asynchronous function that waits for its gate to open; its calls return 1, 2
    and so on, or the first fails.
    """

    error: Exception | None = None

    def __init__(self) -> None:
        self.calls = 0
        self.gate = asyncio.Event()

    async def __call__(self) -> int:
        self.calls += 1
        number = self.calls
        await self.gate.wait()
        if self.error and number == 1:
            raise self.error
        return number


def read(shared: SharedRead[int], times: int) -> list["asyncio.Task[int]"]:
    return [asyncio.create_task(shared.get()) for _ in range(times)]


@in_virtual_time
async def test_a_request_during_a_read_gets_the_next_result() -> None:
    gated = Gated()
    shared = SharedRead(gated)
    first = read(shared, 250)
    await settle()
    started = read(shared, 5)
    await settle()
    assert gated.calls == 1, "reads do not overlap"
    gated.gate.set()
    assert await asyncio.gather(*first, *started) == [1] * 250 + [2] * 5
    assert await shared.get() == 3  # results are not cached


@in_virtual_time
async def test_a_cancelled_request_does_not_cancel_the_others() -> None:
    gated = Gated()
    first, second = read(SharedRead(gated), 2)
    await settle()
    first.cancel()
    gated.gate.set()
    assert await second == 1


@pytest.mark.parametrize("waits", [True, False])
@in_virtual_time
async def test_a_failed_read_raises_and_the_next_one_runs(waits: bool) -> None:
    gated = Gated()
    gated.error = ValueError("broken")
    shared = SharedRead(gated)
    tasks = read(shared, 3)
    await settle()
    if not waits:
        for task in tasks:
            task.cancel()
    gated.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [
        ValueError if waits else asyncio.CancelledError
    ] * 3
    assert await shared.get() == 2
