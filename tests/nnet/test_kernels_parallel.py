"""Shares of a batch cover it exactly, have nearly equal lengths, and run on separate threads."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from nnet.fast.kernels import parallel


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    before = parallel.get_threads()
    yield
    parallel.set_threads(before)


@given(n=st.integers(0, 300), parts=st.integers(1, 80))
def test_shares_cover_everything_in_nearly_equal_parts(n: int, parts: int) -> None:
    pieces = parallel.shares(n, parts)
    assert [i for start, stop in pieces for i in range(start, stop)] == list(range(n))
    lengths = {stop - start for start, stop in pieces}
    assert len(pieces) == min(n, parts)
    assert not pieces or (max(lengths) - min(lengths) <= 1 and min(lengths) >= 1)


@pytest.mark.parametrize(("n", "parts", "expected"), [(7, 2, [(0, 3), (3, 7)]), (2, 4, [(0, 1), (1, 2)]), (0, 3, [])])
def test_shares_by_hand(n: int, parts: int, expected: list[tuple[int, int]]) -> None:
    assert parallel.shares(n, parts) == expected


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_spread_visits_everything_once(count: int, n: int) -> None:
    parallel.set_threads(count)
    visits = [0] * n

    def task(start: int, stop: int) -> None:
        for i in range(start, stop):
            visits[i] += 1

    parallel.spread(task, n)
    assert visits == [1] * n


@pytest.mark.parametrize("count", [1, 2, 4])
def test_small_work_uses_fewer_threads(count: int) -> None:
    parallel.set_threads(count)
    for limit, work in ((1, 0), (1, 1), (1, 1.9), (2, 2), (2, 2.9), (3, 3), (4, 100)):
        assert parallel.useful_threads(products=int(work * parallel.LEAST_PRODUCTS)) == min(count, limit)
        assert parallel.useful_threads(numbers=int(work * parallel.LEAST_NUMBERS)) == min(count, limit)


def test_spread_over_fewer_shares_than_threads() -> None:
    parallel.set_threads(3)
    calls: list[tuple[int, int]] = []
    parallel.spread(lambda start, stop: calls.append((start, stop)), 5, 1)
    assert calls == [(0, 5)]


@pytest.mark.parametrize("count", [1, 2])
def test_spread_over_nothing_calls_nothing(count: int) -> None:
    parallel.set_threads(count)
    calls: list[tuple[int, int]] = []
    parallel.spread(lambda start, stop: calls.append((start, stop)), 0)
    assert calls == []
    assert parallel.together([]) == []


def test_each_share_has_a_thread_and_the_caller_takes_one() -> None:
    parallel.set_threads(3)
    meeting = threading.Barrier(3, timeout=120)  # passes only if all three run at once
    names: list[str] = []

    def task(start: int, stop: int) -> None:
        meeting.wait()
        names.append(threading.current_thread().name)

    parallel.spread(task, 3)
    assert len(set(names)) == 3
    assert threading.current_thread().name in names


@pytest.mark.parametrize("bad", [0, 1])
def test_an_error_of_any_share_is_raised_after_the_others_end(bad: int) -> None:
    parallel.set_threads(2)
    meeting = threading.Barrier(2, timeout=120)
    done: list[int] = []

    def task(start: int, stop: int) -> None:
        meeting.wait()
        if start == bad:
            raise ArithmeticError(f"share {start}")
        done.append(start)

    with pytest.raises(ArithmeticError, match=f"share {bad}"):
        parallel.spread(task, 2)
    assert done == [1 - bad]


@pytest.mark.parametrize("count", [0, -1])
def test_fewer_than_one_thread_is_refused(count: int) -> None:
    parallel.set_threads(2)
    with pytest.raises(ValueError, match=f"threads: expected at least 1, received {count}"):
        parallel.set_threads(count)
    assert parallel.get_threads() == 2


def test_blas_uses_one_thread() -> None:
    parallel.set_threads(2)
    results = [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]
    assert results == [1] * len(results)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_results_have_the_order_of_the_tasks(count: int) -> None:
    parallel.set_threads(count)

    def task(index: int) -> int:
        return index**2

    assert parallel.together([partial(task, index) for index in range(7)]) == [index**2 for index in range(7)]


@pytest.mark.parametrize("bad", range(5))
def test_an_error_among_more_tasks_than_threads_is_raised_after_all_end(bad: int) -> None:
    parallel.set_threads(2)
    done: list[int] = []

    def task(index: int) -> None:
        if index == bad:
            raise ArithmeticError(f"task {index}")
        done.append(index)

    with pytest.raises(ArithmeticError, match=f"task {bad}"):
        parallel.together([partial(task, index) for index in range(5)])
    assert sorted(done) == [index for index in range(5) if index != bad]


@pytest.mark.parametrize("bad", [0, 1])
def test_threads_survive_an_error(bad: int) -> None:
    parallel.set_threads(2)

    def fail(start: int, stop: int) -> None:
        if start == bad:
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        parallel.spread(fail, 2)
    meeting = threading.Barrier(2, timeout=120)  # passes only if both run at once
    parallel.spread(lambda start, stop: meeting.wait(), 2)
    parallel.spread(lambda start, stop: meeting.wait(), 2)


# This code runs in a separate process, which can be killed if it deadlocks.
NESTED = """
import threading
from nnet.fast.kernels import parallel

def outer(start, stop):
    here, inner = threading.get_ident(), []

    def innermost(a, b):
        inner.append((a, b, threading.get_ident() == here))

    def middle(a, b):
        inner.append((a, b, threading.get_ident() == here))
        parallel.spread(innermost, 1)

    parallel.spread(middle, 3)
    return inner

for count in (1, 2, 3):
    parallel.set_threads(count)
    shares = [(i, i + 1) for i in range(5)]
    results = parallel.together([lambda share=share: outer(*share) for share in shares])
    expected = [entry for a, b in parallel.shares(3, count) for entry in ((a, b, True), (0, 1, True))]
    assert results == [expected] * 5, (count, results)
    meeting = threading.Barrier(count, timeout=120)
    parallel.spread(lambda start, stop: meeting.wait(), count)  # and afterwards threads are used again
print("done")
"""


def test_nested_tasks_run_on_the_thread_of_their_task() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", NESTED], cwd=root, capture_output=True, text=True, timeout=600)
    assert (done.stderr, done.stdout.strip()) == ("", "done")
