"""benchmarks/hostile.py: the requests, the definition of a fault, and several hundred requests to a real server."""

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.hostile import (
    CANARY,
    FAULTS,
    ROWS,
    Answered,
    content_of,
    count_kinds,
    is_complete,
    make_runs,
    measure,
    send,
)
from benchmarks.make_hostile_requests import BODIES, HostileRequests


def some_requests(seed: int, count: int) -> list[bytes]:
    requests = HostileRequests("here:1", seed)
    return [requests.make() for _ in range(count)]


def test_a_seed_gives_the_same_requests() -> None:
    assert some_requests(3, 50) == some_requests(3, 50) != some_requests(4, 50)


def test_every_request_that_could_change_a_run_has_an_error() -> None:
    requests = some_requests(0, 4000)
    methods = Counter(request.split(b" ")[0] for request in requests)
    assert methods[b"GET"] > 1000
    posts = [request for request in requests if request.startswith(b"POST ")]
    assert len(posts) > 500
    for post in posts:
        head, _, body = post.partition(b"\r\n\r\n")
        foreign = re.search(rb"\r\n(Origin|Sec-Fetch-Site): |\r\nHost: (?!here:1\r)", head)
        assert foreign or b"?" in head, post
        assert body in BODIES


def test_faults_are_counted() -> None:
    answers = [Answered(b"", status, retry, False) for status, retry in (
        (200, False), (404, False), (503, True), (503, False), (500, True), (0, False), (None, False))]  # fmt: skip
    answers.append(Answered(b"", 200, False, True))
    result = count_kinds(answers, {"a": b"1", "b": b"2"}, {"a": b"1", "b": b"3", "c": b""})
    assert result == {
        "2xx": 2, "4xx": 1, "503": 1, "5xx": 2, "closed": 1, "unanswered": 1, "leaks": 1, "changed": 2,
    }  # fmt: skip
    assert result.keys() | set(FAULTS) <= ROWS.keys()


@pytest.mark.parametrize(
    ("answer", "request_start", "complete"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", b"GET ", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"GET ", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", b"HEAD ", True),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", b"GET ", True),
        (b"HTTP/1.1 200 OK\r\n", b"HEAD ", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", b"GET ", True),
    ],
)
def test_complete_and_truncated_responses_are_told_apart(answer: bytes, request_start: bytes, complete: bool) -> None:
    assert is_complete(answer, request_start) is complete


async def test_leaks_and_closed_connections_are_noticed() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if b"secret" in request:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + CANARY)
        writer.close()

    serving = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{serving.sockets[0].getsockname()[1]}"
    leaked, silent = [await send(address, path + b"\r\n\r\n") for path in (b"GET /secret", b"GET /")]
    serving.close()
    assert (leaked.status, leaked.leaks) == (200, True)
    assert (silent.status, silent.leaks) == (0, False)


def test_content_of_runs_does_not_follow_links(tmp_path: Path) -> None:
    runs = make_runs(tmp_path)
    before = content_of(runs)
    assert CANARY not in before.values()
    (tmp_path / "elsewhere" / "config.json").write_text("changed")
    assert content_of(runs) == before
    (runs / "linked").unlink()
    assert content_of(runs) != before


@pytest.mark.full
def test_some_hundred_requests_cause_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    result = measure(250, seed=1)
    assert sum(result.get(kind, 0) for kind in ("2xx", "3xx", "4xx", "closed", "503")) == 250
    assert (result["leaks"], result["changed"]) == (0, 0)
    printed = capsys.readouterr().out
    assert all(message in printed for message in ROWS.values())
