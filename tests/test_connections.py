"""gan/web/http/connections.py: who is silent, slow or malformed costs little, and others are heard meanwhile."""

import asyncio
import json
import re
from contextlib import suppress

import pytest
from aiohttp import ClientSession, web
from fake_worker import FakeWorker
from raw import answered, bounded, connect, ends, hang_up, request
from serving import until

import server
from gan.web import app as application
from gan.web.http import connections
from gan.web.http.connections import Stage
from gan.web.http.guard import HEADERS
from gan.web.routes import events as streams

HANGING = ("POST", "/api/runs/all-digits/pause")
PROMISED = ("Content-Type: application/json", "Content-Length: 100")


@pytest.fixture
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines that a test can wait for."""
    for name in ("BODY_SECONDS", "ANSWER_SECONDS"):
        monkeypatch.setattr(connections, name, 0.2)
    for stage, seconds in ((Stage.WAITING, 0.5), (Stage.ANSWERING, 1.0)):
        monkeypatch.setattr(stage, "_value_", seconds)


# What cannot be read

NO_HTTP = [
    b"\r\n\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n",
    b"GET http://[/?token=secret HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/9.9.9\r\n\r\n",
    b"GET / HT\x1b[31mTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
    b"GET /" + 30_000 * b"a" + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + 20_000 * b"a" + b"\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
]


@pytest.mark.parametrize("sent", NO_HTTP)
async def test_what_is_no_http_is_one_quiet_line_and_the_answer_has_the_security_headers(
    config: server.ServerConfig, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    async with bounded(config) as port:
        answer = await answered(port, sent)
    assert answer.status == 400
    assert {name: answer.headers.get(name.lower()) for name in HEADERS} == {k: v.lower() for k, v in HEADERS.items()}
    assert json.loads(answer.body).keys() == {"error", "field"}
    (record,) = caplog.records
    said = record.getMessage()
    assert (record.exc_info, record.levelname) == (None, "WARNING")
    assert re.fullmatch(r"127\.0\.0\.1 sent what is no HTTP: [A-Za-z]{5,30}", said)  # nothing of what was sent


async def test_who_goes_while_they_are_answered_is_no_news(
    config: server.ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    async with bounded(config) as port:
        for header in ("Expect: 100-continue", "Connection: close"):
            for _ in range(20):
                _, writer = await connect(port, request("POST", "/api/runs/x/pause", port, header, PROMISED[1]))
                writer.transport.abort()
        assert (await answered(port, request("GET", "/healthz", port))).status == 200
    assert caplog.records == []


BODIES = [
    ("Transfer-Encoding: chunked", "zz\r\n"),
    ("Content-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 5", "hello"),
]


@pytest.mark.parametrize(("header", "body"), BODIES)
async def test_a_body_that_is_not_what_the_headers_say_is_refused(
    config: server.ServerConfig, caplog: pytest.LogCaptureFixture, header: str, body: str
) -> None:
    async with bounded(config) as port:
        answer = await answered(port, request("POST", "/api/runs", port, header, body=body))
    assert (answer.status, [record for record in caplog.records if record.exc_info]) == (400, [])


# Who is slow


async def test_a_body_that_never_comes_is_not_waited_for(config: server.ServerConfig, shorter: None) -> None:
    async with bounded(config) as port:
        answer = await answered(port, request(*HANGING, port, *PROMISED, body="{"))
    assert (answer.status, "did not come" in json.loads(answer.body)["error"]) == (408, True)
    assert FakeWorker.made[-1].heard == [("quit", None)]


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost: loc", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"]
)
async def test_who_is_silent_is_let_go(config: server.ServerConfig, shorter: None, sent: bytes) -> None:
    """Before a request, in it, and after it."""
    async with bounded(config) as port:
        connection = await connect(port, sent)
        said = await ends(connection[0])
        await hang_up(connection)
    assert (b"200 OK" in said) == (b"healthz" in sent)


async def test_headers_that_come_letter_by_letter_do_not_put_it_off(config: server.ServerConfig, shorter: None) -> None:
    async with bounded(config) as port:
        reader, writer = await connect(port, b"GET / HTTP/1.1\r\nX: ")
        sent = 0
        with suppress(ConnectionError):
            # Of a connection that was reset asyncio tells no end, only the exception; and it lets one write on.
            while sent < 400 and not reader.at_eof() and reader.exception() is None:
                writer.write(b"a")
                sent += 1
                await asyncio.sleep(0.05)
        await hang_up((reader, writer))
    assert sent < 400


async def test_an_answer_that_takes_too_long_is_given_up(
    config: server.ServerConfig, shorter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(request: web.Request) -> web.Response:
        await asyncio.sleep(1000)
        return web.Response()

    monkeypatch.setattr(application, "healthz", endless)
    async with bounded(config) as port:
        answer = await answered(port, request("GET", "/healthz", port))
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


async def test_who_does_not_take_an_answer_is_let_go(
    config: server.ServerConfig, shorter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def long(request: web.Request) -> web.Response:
        return web.Response(body=bytes(50_000_000))

    monkeypatch.setattr(application, "healthz", long)
    async with bounded(config) as port:
        connection = await connect(port, request("GET", "/healthz", port))
        await asyncio.sleep(1.5)
        assert len(await ends(connection[0])) < 50_000_000
        await hang_up(connection)


async def pong(writer: asyncio.StreamWriter) -> None:
    """Say again and again what a browser may say at any time: that it is there."""
    while True:
        writer.write(b"\x8a\x80\0\0\0\0")
        await writer.drain()
        await asyncio.sleep(0.05)


async def test_a_page_that_hears_events_is_not_timed_and_one_that_does_not_read_is_dropped(
    config: server.ServerConfig, shorter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SEND_SECONDS", 0.5)
    monkeypatch.setattr(streams, "encode", lambda told: f'{{"type": "{told["type"]}", "much": "{20_000_000 * "x"}"}}')
    async with bounded(config) as port, ClientSession(f"http://localhost:{port}") as session:
        upgrade = (
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: " + 22 * "A" + "==",
        )
        _, slow = connection = await connect(port, request("GET", "/api/events", port, *upgrade))
        async with session.ws_connect("/api/events", max_msg_size=0) as quick:
            assert (await quick.receive_json(timeout=120))["type"] == "snapshot"
            await asyncio.sleep(1.5)
            await session.post("/api/runs/all-digits/fun")
            await until(quick, type="state")  # it may be told of the list of runs before
        with pytest.raises(ConnectionError):
            await pong(slow)
        await hang_up(connection)


# Too many


async def test_where_all_places_are_taken_who_has_hung_for_longest_goes(config: server.ServerConfig) -> None:
    async with bounded(config, places=5) as port:
        hanging = [await connect(port, request(*HANGING, port, *PROMISED)) for _ in range(5)]
        newcomers = []
        for reader, _ in hanging:
            newcomers.append(await connect(port))
            assert await ends(reader) == b""
        assert (await answered(port, request("GET", "/healthz", port))).status == 200
        await hang_up(*hanging, *newcomers)


async def test_who_hears_events_keeps_the_place(config: server.ServerConfig) -> None:
    async with bounded(config, places=3) as port, ClientSession(f"http://localhost:{port}") as session:
        async with session.ws_connect("/api/events") as one, session.ws_connect("/api/events") as two:
            for _ in range(10):
                assert (await answered(port, request("GET", "/healthz", port))).status == 200
            silent = [await connect(port) for _ in range(10)]
            await session.post("/api/runs/all-digits/fun")
            for events in (one, two):
                while (await events.receive_json(timeout=120)).get("state") != "training":
                    pass
        await hang_up(*silent)
