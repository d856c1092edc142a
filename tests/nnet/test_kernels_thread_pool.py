"""Shares of a batch cover it exactly, have nearly equal lengths, and run on separate
threads.
"""

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


@pytest.mark.parametrize("bad", range(5))
def test_an_error_of_any_task_is_raised_after_all_end_and_the_threads_survive(
    bad: int,
) -> None:
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
    thread_pool.together([meeting.wait] * 2)
