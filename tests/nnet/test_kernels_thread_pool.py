"""Shares of a batch cover it exactly, have nearly equal lengths, and run on separate threads."""

import threading
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnet.fast.kernels import thread_pool
from tests.helpers.commands import SECONDS

pytestmark = pytest.mark.usefixtures("same_threads")


@given(n=st.integers(0, 300), parts=st.integers(1, 80))
def test_shares_cover_everything_in_nearly_equal_parts(n: int, parts: int) -> None:
    pieces = thread_pool.shares(n, parts)
    assert [i for start, stop in pieces for i in range(start, stop)] == list(range(n))
    lengths = {stop - start for start, stop in pieces}
    assert len(pieces) == min(n, parts)
    assert not pieces or (max(lengths) - min(lengths) <= 1 and min(lengths) >= 1)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("n", "parts"), [(0, None), (1, None), (3, None), (10, None), (5, 1), (5, 4)])
def test_spread_visits_everything_once(count: int, n: int, parts: int | None) -> None:
    thread_pool.set_threads(count)
    calls: list[tuple[int, int]] = []
    thread_pool.spread(lambda start, stop: calls.append((start, stop)), n, parts)
    assert sorted(calls) == thread_pool.shares(n, parts or count)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_small_work_uses_fewer_threads(count: int) -> None:
    thread_pool.set_threads(count)
    for limit, work in ((1, 0), (1, 1), (1, 1.9), (2, 2), (2, 2.9), (3, 3), (4, 100)):
        assert thread_pool.useful_threads(products=int(work * thread_pool.LEAST_PRODUCTS)) == min(count, limit)
        assert thread_pool.useful_threads(numbers=int(work * thread_pool.LEAST_NUMBERS)) == min(count, limit)


@pytest.mark.parametrize("count", [0, -1])
def test_fewer_than_one_thread_is_refused(count: int) -> None:
    thread_pool.set_threads(2)
    with pytest.raises(ValueError, match=f"threads: expected at least 1, received {count}"):
        thread_pool.set_threads(count)
    assert thread_pool.get_threads() == 2


@pytest.mark.parametrize("bad", range(5))
def test_an_error_of_any_task_is_raised_after_all_end_and_the_threads_survive(bad: int) -> None:
    thread_pool.set_threads(2)
    done: list[int] = []

    def task(index: int) -> None:
        if index == bad:
            raise ArithmeticError(f"task {index}")
        done.append(index)

    with pytest.raises(ArithmeticError, match=f"task {bad}"):
        thread_pool.together([partial(task, index) for index in range(5)])
    assert sorted(done) == [index for index in range(5) if index != bad]
    meeting = threading.Barrier(2, timeout=SECONDS)  # passes only if both run at once
    thread_pool.spread(lambda start, stop: meeting.wait(), 2)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_nested_tasks_run_on_the_thread_of_their_task(count: int) -> None:
    thread_pool.set_threads(count)

    def outer() -> list[tuple[int, int, bool]]:
        here, inner = threading.get_ident(), list[tuple[int, int, bool]]()

        def record(start: int, stop: int) -> None:
            inner.append((start, stop, threading.get_ident() == here))

        def middle(start: int, stop: int) -> None:
            record(start, stop)
            thread_pool.spread(record, 1)

        thread_pool.spread(middle, 3)
        return inner

    expected = [entry for share in thread_pool.shares(3, count) for entry in ((*share, True), (0, 1, True))]
    assert thread_pool.together([outer] * 5) == [expected] * 5
    meeting = threading.Barrier(count, timeout=SECONDS)  # passes if all run at once, and the caller takes one share
    thread_pool.spread(lambda start, stop: meeting.wait(), count)  # and afterwards threads are used again
