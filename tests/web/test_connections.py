"""gan/web/http/connections.py: silent, slow and malformed clients cost little and do
not delay other clients.

Client and server share an event loop in virtual time, so the tests can use the real
timeouts.
"""

import asyncio
import json
from contextlib import suppress
from unittest.mock import Mock

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSCloseCode

from gan.web.app import ServerConfig
from gan.web.http.connections import REQUEST_SECONDS
from gan.web.http.guard import HEADERS
from gan.web.routes import events
from gan.web.services.broadcast import Broadcast, TooManyClients
from tests.helpers.commands import SECONDS
from tests.helpers.deterministic import in_virtual_time_with_sockets as in_virtual_time
from tests.helpers.fake_worker import FakeWorker
from tests.helpers.raw import connect, exchange, hang_up, read_to_end, request, serve
from tests.helpers.serving import soon, until

UNFINISHED = ("POST", "/api/runs/all-digits/pause")
UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    f"Sec-WebSocket-Key: {22 * 'A'}==",
)
JSON_BODY = ("Content-Type: application/json", "Content-Length: 100")


def time() -> float:
    return asyncio.get_running_loop().time()


async def assert_receives(page: ClientWebSocketResponse) -> None:
    """Assert that an open page still receives events."""
    FakeWorker.made[-1].state("training")
    await until(page, state="training")


# Malformed requests

MALFORMED = [
    b"\r\n\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n",
    b"GET http://[/?token=secret HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HT\x1b[31mTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /" + 40_000 * b"a" + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + 20_000 * b"a" + b"\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST /api/runs HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
]
# If these were decompressed first, they would be malformed.
COMPRESSED = [
    b"POST /api/runs HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Encoding: %b\r\nContent-Length: 5\r\n\r\nhello" % coding
    for coding in (b"gzip", b"deflate", b"br")
]


async def test_refused_requests_give_security_headers_and_are_not_logged(
    config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    secure = {name.lower(): value.lower() for name, value in HEADERS.items()}
    async with serve(config) as port:
        for data in MALFORMED + COMPRESSED:
            response = await exchange(port, data)
            assert response.status == (415 if data in COMPRESSED else 400)
            assert secure.items() <= response.headers.items()
            assert json.loads(response.body).keys() == {"error", "field"}
    assert caplog.records == []


async def test_a_client_that_leaves_early_is_not_logged(
    config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(config) as port:
        for header in ("Expect: 100-continue", "Connection: close"):
            for _ in range(20):
                _, writer = await connect(
                    port,
                    request("POST", "/api/runs/x/pause", port, header, JSON_BODY[1]),
                )
                writer.transport.abort()
        assert (await exchange(port, request("GET", "/healthz", port))).status == 200
    assert caplog.records == []


# Slow clients


@in_virtual_time
async def test_a_missing_body_is_refused_after_its_deadline(
    config: ServerConfig,
) -> None:
    async with serve(config) as port:
        response = await exchange(
            port, request(*UNFINISHED, port, *JSON_BODY, body="{")
        )
        assert time() >= REQUEST_SECONDS
    assert response.status == 408
    assert "did not arrive" in json.loads(response.body)["error"]
    assert FakeWorker.made[-1].heard == [("quit", None)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: loc",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
@in_virtual_time
async def test_a_silent_client_is_disconnected(
    config: ServerConfig, data: bytes
) -> None:
    """The client falls silent before, within or after a request."""
    async with serve(config) as port:
        connection = await connect(port, data)
        response = await read_to_end(connection[0])
        assert REQUEST_SECONDS <= time() < REQUEST_SECONDS + 5
        await hang_up(connection)
    assert (b"200 OK" in response) == (b"healthz" in data)


@in_virtual_time
async def test_slow_headers_do_not_extend_the_deadline(config: ServerConfig) -> None:
    async with serve(config) as port:
        reader, writer = await connect(port, b"GET / HTTP/1.1\r\nX: ")
        letters = 0
        with suppress(ConnectionError):
            # After a reset, asyncio only sets the exception and still allows writes.
            while letters < 40 and not reader.at_eof() and reader.exception() is None:
                writer.write(b"a")
                letters += 1
                await asyncio.sleep(1)
        await hang_up((reader, writer))
    assert letters <= REQUEST_SECONDS + 2


async def send_pongs(writer: asyncio.StreamWriter) -> None:
    """Keep a WebSocket alive with pongs until the server closes it."""
    while True:
        writer.write(b"\x8a\x80\0\0\0\0")
        await writer.drain()
        await asyncio.sleep(1)


@in_virtual_time
async def test_only_a_websocket_that_is_read_stays(
    config: ServerConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        events,
        "encode",
        lambda event: f'{{"type": "{event["type"]}", "much": "{20_000_000 * "x"}"}}',
    )
    async with (
        serve(config) as port,
        ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        _, slow = connection = await connect(
            port, request("GET", "/api/events", port, *UPGRADE)
        )
        pongs = asyncio.create_task(send_pongs(slow))
        async with session.ws_connect("/api/events", max_msg_size=0) as fast:
            await until(fast, type="snapshot")
            assert SECONDS > events.SEND_SECONDS + events.HEARTBEAT_SECONDS
            with pytest.raises(AssertionError, match="expected an event"):
                # it answers pings for SECONDS
                await until(fast, type="none")
            await session.post("/api/runs/all-digits/fun")
            await until(fast, type="state")
        assert isinstance(pongs.exception(), ConnectionError)
        await hang_up(connection)


# Too many connections


@in_virtual_time
async def test_a_refused_websocket_takes_no_connection(
    config: ServerConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Broadcast, "subscribe", Mock(side_effect=TooManyClients))
    async with serve(config) as port:
        connection = await connect(port, request("GET", "/api/events", port, *UPGRADE))
        code = WSCloseCode.TRY_AGAIN_LATER.to_bytes(2, "big")
        assert code + b"too many pages are open" in await read_to_end(connection[0])
        assert time() < 1, "the server does not wait for the client's closing frame"
        await hang_up(connection)


@in_virtual_time
async def test_a_new_connection_replaces_the_longest_idle_one_but_no_websocket(
    config: ServerConfig,
) -> None:
    async with (
        serve(config, most=4) as port,
        ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        async with session.ws_connect("/api/events") as events:
            await until(events, type="snapshot")
            await hang_up(await connect(port))
            await asyncio.sleep(1)
            asks, unfinished, silent = connections = [
                await connect(port, data)
                for data in (b"", request(*UNFINISHED, port, *JSON_BODY), b"")
            ]
            asks[1].write(request("GET", "/healthz", port))
            assert b" 200 " in await asks[0].readuntil(b'"idle"}')
            for oldest, _ in (unfinished, silent, asks):
                assert not oldest.at_eof()
                connections.append(await connect(port))
                assert await read_to_end(oldest) == b""
            await assert_receives(events)
        await hang_up(*connections)


async def test_connections_that_arrive_together_are_limited(
    config: ServerConfig,
) -> None:
    async with serve(config, most=4) as port:
        connections = await asyncio.gather(*(connect(port) for _ in range(12)))
        await soon(
            lambda: (
                sum(
                    reader.at_eof() or bool(reader.exception())
                    for reader, _ in connections
                )
                == 8
            )
        )
        await hang_up(*connections)


async def test_a_connection_is_refused_if_only_websockets_are_open(
    config: ServerConfig,
) -> None:
    async with (
        serve(config, most=1) as port,
        ClientSession(f"http://localhost:{port}") as session,
    ):
        async with session.ws_connect("/api/events") as socket:
            await until(socket, type="snapshot")
            refused = await connect(port)
            assert await read_to_end(refused[0]) == b""
            await hang_up(refused)
            await assert_receives(socket)


@in_virtual_time
async def test_clients_that_vanish_without_closing_leave_the_page_usable(
    config: ServerConfig,
) -> None:
    """They read nothing, answer nothing, and never close.

    Pages that are open stay open, and others can be opened.
    """
    async with (
        serve(config, most=20) as port,
        ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        requests = [
            b"",
            request("GET", "/", port),
            request("GET", "/api/events?watch=1", port, *UPGRADE),
        ]
        async with session.ws_connect("/api/events") as page:
            await until(page, type="snapshot")
            gone = []
            for number in range(40):
                gone.append(await connect(port, requests[number % 3]))
                async with session.get("/") as response:
                    assert response.status == 200
            await assert_receives(page)
        before = time()
        for reader, _ in gone:
            await read_to_end(reader)
        assert time() - before < 2 * events.HEARTBEAT_SECONDS, (
            "the server has closed them all"
        )
        await hang_up(*gone)
