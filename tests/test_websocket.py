"""gan/web/routes/websocket.py and what feeds it: 250 pages are told how things stand, and the run is not read for each."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector
from raw import bounded
from serving import until

import server
from gan.runs.messages import Told
from gan.web.routes import runs
from gan.web.services.broadcast import encode

PAGES = 250


@pytest.mark.parametrize("address", ["/api/events?watch=1", "/api/what-if/events"])
async def test_250_pages_that_open_at_one_word_are_all_told(
    config: server.ServerConfig, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    encoded: list[str] = []

    def noted(told: Told) -> str:
        encoded.append(told["type"])
        return encode(told)

    monkeypatch.setattr(runs, "encode", noted)
    run, command = ("all-digits", "runs/all-digits/fun") if "watch" in address else ("what-if-frozen", "what-if/train")
    async with (
        bounded(config, places=PAGES + 10) as port,
        ClientSession(f"http://localhost:{port}", connector=TCPConnector(limit=0)) as session,
    ):

        async def opened() -> ClientWebSocketResponse:
            socket = await session.ws_connect(address)
            await until(socket, type="snapshot", run=run)
            return socket

        sockets = await asyncio.gather(*(opened() for _ in range(PAGES)))
        assert len(encoded) < PAGES
        body: dict[str, Any] = {"json": {"iterations": 4}} if command.endswith("train") else {}
        assert (await session.post(f"/api/{command}", **body)).status == 202
        for state in ("training", "idle") if body else ("training",):
            await asyncio.gather(*(until(socket, type="state", state=state, run=run) for socket in sockets))
        await asyncio.gather(*(socket.close() for socket in sockets))
