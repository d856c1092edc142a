"""benchmarks/crowd.py: what its clients send and record, its table, and a small crowd on a real server."""

import json
import math
import subprocess
import sys
from typing import Any

import pytest
from aiohttp import web

from benchmarks.crowd_clients import Waits, connect, percentile, watch
from benchmarks.programs import ROOT


async def test_failures_are_recorded(aiohttp_server: Any) -> None:
    async def events(request: web.Request) -> web.WebSocketResponse:
        """Close after one sheet."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(json.dumps({"type": "sheet", "drawn_at": 0.0}))
        await socket.close(code=1013)
        return socket

    app = web.Application()
    app.router.add_get("/api/events", events)
    running = await aiohttp_server(app)
    waits, sheets = Waits([]), Waits([])
    async with connect(str(running.make_url("")).rstrip("/")) as session:
        await waits.get(session, "/api/write", number="1")
        await watch(session, sheets)
    async with connect("http://127.0.0.1:1") as session:
        await waits.get(session, "/api/write")
    assert waits.seconds == []
    assert waits.errors[0].startswith("/api/write: ClientResponseError 404")
    assert waits.errors[1].startswith("/api/write: ClientConnectorError")
    assert len(sheets.seconds) == 1
    assert sheets.errors == ["a watcher was closed with 1013"]


def test_percentiles() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7.0], 0.95)) == (50, 99, 7)
    assert math.isinf(percentile([], 0.5))
    assert str(Waits([], [0.001, 0.002, 0.1])) == "2 ms; 99 %: 100; longest: 100"


@pytest.mark.full
def test_a_small_crowd() -> None:
    """The server may open only a few files, so that requests with missing bodies could use them up."""
    options = "--watchers 8 --people 2 --bodies 80 --minutes 0.1 --files 220"
    command = [sys.executable, "-m", "benchmarks.crowd", *options.split()]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line.strip("| ").split("|") for line in completed.stdout.splitlines() if line.startswith("| ")]
    rows = {what.strip(): figure.strip() for what, figure in lines}
    assert rows["errors"] == "none"
    assert float(rows["training alone"].split()[0]) > 0
    assert int(next(what for what in rows if "sheets" in what).split()[0]) > 8
    assert int(rows["numbers/s without training"].split()[0]) > 0
