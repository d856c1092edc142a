"""gan/web/routes/events.py: many pages that connect at once all get the state, and the run is not read for each."""

import asyncio
import socket
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector
from deterministic import Inline, Manual
from serving import soon, until

import server
from gan.runs.messages import ClientMessage
from gan.web.http.serving import serving
from gan.web.keys import PAIR_PRESENT, PRESENT, READS
from gan.web.routes import events as streams
from gan.web.services.broadcast import encode


@pytest.mark.parametrize("pages", [25, pytest.param(250, marks=pytest.mark.full)])
@pytest.mark.parametrize("address", ["/api/events?watch=1", "/api/what-if/events"])
async def test_many_pages_that_connect_at_once_all_get_the_state(
    config: server.ServerConfig, monkeypatch: pytest.MonkeyPatch, address: str, pages: int
) -> None:
    encoded: list[str] = []

    def noted(told: ClientMessage) -> str:
        encoded.append(told["type"])
        return encode(told)

    monkeypatch.setattr(streams, "encode", noted)
    alone = "watch" in address
    run, command, body = (
        ("all-digits", "runs/all-digits/fun", {}) if alone else ("what-if-frozen", "what-if/train", {"iterations": 4})
    )
    reading = Manual()
    app = server.init_app(replace(config, executor=lambda name: reading if name == "reading" else Inline()))
    present: Any = app[PRESENT if alone else PAIR_PRESENT]
    get, asked = present.get, list[int]()

    async def counted() -> Any:
        asked.append(1)
        return await get()

    monkeypatch.setattr(present, "get", counted)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        async with (
            serving(app, listening, pages + 10, 1.0, **server.READING),
            ClientSession(f"http://localhost:{port}", connector=TCPConnector(limit=0)) as session,
        ):

            async def opened() -> ClientWebSocketResponse:
                events = await session.ws_connect(address)
                await until(events, type="snapshot", run=run)
                return events

            opening = asyncio.gather(*(opened() for _ in range(pages)))
            await soon(lambda: len(asked) == pages)
            app[READS]._executor = Inline()
            while reading.submitted:
                reading.run_next()
            every = await opening
            count = 1 if alone else 2
            assert encoded.count("snapshot") <= 2 * count, "one read for the first page, one for all that came after"
            assert (await session.post(f"/api/{command}", json=body)).status == 202
            for state in ("training",) if alone else ("training", "idle"):
                await asyncio.gather(*(until(events, type="state", state=state, run=run) for events in every))
            await asyncio.gather(*(events.close() for events in every))
