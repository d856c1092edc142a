"""benchmarks/many_writers.py: who asks when, what counts, and one short round with a real server."""

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import pytest
from aiohttp import web
from serving import ROOT

from benchmarks.many_writers import Asked, connected, main, number_of, person, show, watcher


@pytest.fixture
async def address(aiohttp_server: Any) -> str:
    """A server that draws nothing: number 00000000 is too much for it."""

    async def write(request: web.Request) -> web.Response:
        heard.append((request.query["number"], request.query["seed"], time.monotonic()))
        await asyncio.sleep(0.05)
        return web.Response(status=503 if request.query["number"] == "00000000" else 200, body=b"ink")

    async def events(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("{}")
        await socket.close(code=1013)
        return socket

    heard.clear()
    app = web.Application()
    app.router.add_get("/api/write", write)
    app.router.add_get("/api/events", events)
    served = await aiohttp_server(app)
    return str(served.make_url("")).rstrip("/")


heard: list[tuple[str, str, float]] = []


async def test_a_person_asks_once_a_second_each_time_for_another_number(address: str) -> None:
    asked, begin = Asked(), time.monotonic()
    async with connected(address) as session:
        await person(session, 1, 2, lambda: time.monotonic() - begin > 1.0, asked)
    assert len(asked.seconds) == len(heard) == 2
    assert all(took >= 0.05 for took in asked.seconds)
    assert {seed for _, seed, _ in heard} == {"1"}
    assert len({number for number, _, _ in heard}) == 2
    assert heard[0][2] - begin >= 0.5  # the second of two comes in half a second
    assert heard[1][2] - begin >= 1.5  # and asks again a second later, however late the first was heard


async def test_what_does_not_come_is_an_error(address: str) -> None:
    asked = Asked()
    async with connected(address) as session:
        await asked.ask(session, "00000000", 0)
    async with connected("http://127.0.0.1:1") as session:
        await asked.ask(session, "12345678", 0)
    assert (asked.seconds, asked.errors) == ([], ["503", "ClientConnectorError"])


async def test_a_socket_that_is_closed_is_noted(address: str) -> None:
    lost: list[str] = []
    async with connected(address) as session:
        await watcher(session, lost)
    assert lost == ["closed with 1013"]


def test_numbers_have_eight_digits() -> None:
    import random

    assert {len(number_of(random.Random(seed))) for seed in range(100)} == {8}


def test_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    beside = {
        "what": "beside a training", "writers": 2, "people": 20, "watchers": 250, "alone": 100.0, "beside": 70.0,
        "part": 0.7, "numbers": 1200, "errors": ["503", "503"], "p50": 0.02, "p99": 1.5, "lost": 0,
    }  # fmt: skip
    show([beside, {"what": "without a training", "writers": 2, "seen": 91.25, "new": 30.5, "errors": []}])
    said = capsys.readouterr().out
    for words in ("100.0, 70.0", "70%", "1200", "1500", "2 x 503", "91.2", "30.5", "none"):
        assert words in said


def test_a_bad_wish_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for wish in (["--writers", "0"], ["--people", "0"], ["--watchers", "-1"], ["--seconds", "x"]):
        assert main(wish) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_short_round() -> None:
    arguments = ["--writers", "1", "--people", "2", "--watchers", "2", "--leave-out", "0", "--seconds", "2", "--json"]
    command = [sys.executable, "-m", "benchmarks.many_writers", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    beside, alone = json.loads(ran.stdout)["rows"]
    assert (beside["people"], beside["watchers"], beside["lost"]) == (2, 2, 0)
    assert beside["numbers"] > 0
    assert beside["part"] == pytest.approx(beside["beside"] / beside["alone"])
    assert alone["seen"] > 0
