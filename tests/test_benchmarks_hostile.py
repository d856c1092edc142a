"""benchmarks/hostile.py and stranger.py: requests, what counts as a fault, and some hundred sent to a real server."""

import asyncio
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.hostile import (
    CANARY,
    FAULTS,
    ROWS,
    Answered,
    bad_neighbours,
    content_of,
    counted,
    is_whole,
    main,
    send,
)
from benchmarks.stranger import BODIES, Stranger


def test_a_seed_always_asks_the_same_and_another_something_else() -> None:
    one, same, other = ([stranger.request() for _ in range(50)] for stranger in (
        Stranger("here:1", 3), Stranger("here:1", 3), Stranger("here:1", 4)))  # fmt: skip
    assert one == same
    assert one != other


def test_all_operations_are_asked_for_and_whatever_could_change_a_run_has_a_fault() -> None:
    stranger = Stranger("here:1", 0)
    asked = [stranger.request() for _ in range(4000)]
    methods = Counter(request.split(b" ")[0] for request in asked)
    assert methods[b"GET"] > 1000
    posts = [request for request in asked if request.startswith(b"POST ")]
    assert len(posts) > 500
    for post in posts:
        head, _, body = post.partition(b"\r\n\r\n")
        foreign = re.search(rb"\r\n(Origin|Sec-Fetch-Site): |\r\nHost: (?!here:1\r)", head)
        assert foreign or b"?" in head, post
        assert body in BODIES


def test_what_is_a_fault() -> None:
    answers = [Answered(b"", status, says, False) for status, says in (
        (200, False), (404, False), (503, True), (503, False), (500, True), (0, False), (None, False))]  # fmt: skip
    found = counted(
        [*answers, Answered(b"", 200, False, True)], {"a": b"1", "b": b"2"}, {"a": b"1", "b": b"3", "c": b""}
    )
    assert found == {
        "2xx": 2, "4xx": 1, "503": 1, "5xx": 2, "closed": 1, "unanswered": 1, "tells": 1, "changed": 2,
    }  # fmt: skip
    assert found.keys() <= ROWS.keys()
    assert set(FAULTS) <= ROWS.keys()


@pytest.mark.parametrize(
    ("answer", "asked", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", b"GET ", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"GET ", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", b"HEAD ", True),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", b"GET ", True),
        (b"HTTP/1.1 200 OK\r\n", b"HEAD ", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", b"GET ", True),
    ],
)
def test_when_an_answer_is_whole(answer: bytes, asked: bytes, whole: bool) -> None:
    assert is_whole(answer, asked) is whole


async def test_a_server_that_tells_or_says_nothing_is_found_out() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        if b"secret" in asked:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + CANARY)
        writer.close()

    serving = await asyncio.start_server(talk, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{serving.sockets[0].getsockname()[1]}"
    told, silent = [await send(address, path + b"\r\n\r\n") for path in (b"GET /secret", b"GET /")]
    serving.close()
    assert (told.status, told.tells) == (200, True)
    assert (silent.status, silent.tells) == (0, False)


def test_bad_neighbours_are_looked_at_without_following_them(tmp_path: Path) -> None:
    runs = bad_neighbours(tmp_path)
    before = content_of(runs)
    assert CANARY not in before.values()
    (tmp_path / "elsewhere" / "config.json").write_text("changed")
    assert content_of(runs) == before
    (runs / "linked").unlink()
    assert content_of(runs) != before


def test_some_hundred_requests_come_to_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--requests", "250", "--seed", "1", "--save", str(tmp_path / "figures.json")])
    out, err = capsys.readouterr()
    assert code == 0, out + err
    [row] = json.loads((tmp_path / "figures.json").read_text())["rows"]
    assert sum(row.get(kind, 0) for kind in ("2xx", "3xx", "4xx", "closed", "503")) == 250
    assert (row["tells"], row["changed"]) == (0, 0)
    assert all(words in out for words in ROWS.values())


def test_a_bad_wish_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for wish in (["--requests", "0"], ["--seed", "-1"]):
        assert main(wish) == 2
        assert capsys.readouterr().err.count("\n") == 1
