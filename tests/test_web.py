"""gan/web/: the guard's rules, the reading of requests, the one thread. All without a server."""

import asyncio
import threading

import pytest
from deterministic import Manual, in_virtual_time, settle

from gan.errors import InputError
from gan.web.http.guard import is_own_name, name_of
from gan.web.http.params import refuse_unknown_names
from gan.web.services.executor import Busy, SerialExecutor, thread


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8007", "localhost"),
        ("LocalHost:9000", "localhost"),
        ("[::1]:8007", "[::1]"),
        ("[::1]", "[::1]"),
        ("localhost", "localhost"),
        ("localhost:", ""),
        ("localhost:+8", ""),
        ("localhost:٨", ""),
        ("localhost:" + "9" * 5000, ""),
        ("localhost:80:80", ""),
        ("evil.example:80@localhost:80", ""),
        ("[::1", ""),
        ("::1", ""),
        ("", ""),
    ],
)
def test_the_name_in_a_host(host: str, name: str) -> None:
    assert name_of(host) == name


@pytest.mark.parametrize(
    ("name", "listening", "own"),
    [
        ("localhost", "127.0.0.1", True),
        ("192.168.1.5", "127.0.0.1", False),
        ("evil.example", "127.0.0.1", False),
        ("mybox", "mybox", True),
        ("mybox", "MyBox", True),
        ("[fe80::1]", "fe80::1", True),
        ("192.168.1.5", "0.0.0.0", True),  # an address cannot be rebound, and which ones are ours is not known
        ("[fe80::1]", "::", True),
        ("evil.example", "0.0.0.0", False),
        ("0.0.0.0", "0.0.0.0", False),
        ("", "", False),
    ],
)
def test_own_names(name: str, listening: str, own: bool) -> None:
    assert is_own_name(name, listening) is own


def test_names_are_known_and_come_once() -> None:
    refuse_unknown_names(["a", "b"], ("a", "b", "c"))
    with pytest.raises(InputError, match="known: a, b"):
        refuse_unknown_names(["x"], ("a", "b"))
    with pytest.raises(InputError, match="none here"):
        refuse_unknown_names(["x" * 1000], ())
    with pytest.raises(InputError, match="more than once"):
        refuse_unknown_names(["a", "a"], ("a",))


async def test_one_thread_does_one_thing_after_another() -> None:
    calls, done = SerialExecutor(thread("test"), 10), list[int]()

    def work(number: int) -> str:
        done.append(number)
        return threading.current_thread().name

    names = await asyncio.gather(*(calls.run(work, number) for number in range(3)))
    assert (done, len(set(names))) == ([0, 1, 2], 1)
    calls.close()


@in_virtual_time
async def test_one_thread_lets_only_so_many_wait_and_passes_errors_on() -> None:
    executor = Manual()
    calls = SerialExecutor(executor, 2)
    waiting = [asyncio.create_task(calls.run(divmod, 1, divisor)) for divisor in (1, 0)]
    await settle()
    with pytest.raises(Busy):
        await calls.run(divmod, 1, 1)
    for _ in range(2):
        executor.run_next()
    assert await waiting[0] == (1, 0)
    with pytest.raises(ZeroDivisionError):
        await waiting[1]


@in_virtual_time
async def test_one_thread_refuses_calls_that_it_does_not_begin_in_time() -> None:
    executor, done = Manual(), list[int]()
    calls, begun = SerialExecutor(executor, 10, 3.0), asyncio.get_running_loop().time()
    with pytest.raises(Busy):
        await calls.run(done.append, 1)
    assert asyncio.get_running_loop().time() - begun == pytest.approx(3)
    executor.run_next()
    later = asyncio.create_task(calls.run(done.append, 2))
    await settle()
    executor.submitted[0][0].set_running_or_notify_cancel()  # what has begun is waited for
    await asyncio.sleep(10)
    assert not later.done()
    executor.submitted.pop()[0].set_result(None)
    await later
    assert done == []


@pytest.mark.parametrize(("expected", "seconds"), [(0.0, 1), (1.0, 1), (3.2, 4)])
def test_busy_says_when_to_ask_again(expected: float, seconds: int) -> None:
    assert Busy(expected).seconds == seconds
