"""Help for tests of the server below HTTP: bytes sent as they are, and what comes back."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from commands import SECONDS

import server
from gan.web.http.serving import serving


class Answer(NamedTuple):
    """An answer as it came."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: str


@asynccontextmanager
async def bounded(config: server.ServerConfig, places: int = 100) -> AsyncIterator[int]:
    """The server with the bounds of gan/web/http/serving.py, in this process; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with serving(server.init_app(config), listening, places, 1.0, **server.READING):
            yield listening.getsockname()[1]


def request(method: str, path: str, port: int, *headers: str, body: str = "") -> bytes:
    """A request's bytes."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: localhost:{port}", *headers, "", body]).encode()


async def connect(port: int, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection and send bytes. Where the server ends it meanwhile, the reader says so."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    with suppress(ConnectionError):
        await writer.drain()
    return reader, writer


async def hang_up(*connections: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """End connections, whether the server has done so or not."""
    for _, writer in connections:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for _, writer in connections), return_exceptions=True)


async def ends(reader: asyncio.StreamReader) -> bytes:
    """All that still comes until the server ends the connection."""
    try:
        return await asyncio.wait_for(reader.read(), SECONDS)
    except ConnectionError:
        return b""


async def answered(port: int, sent: bytes) -> Answer:
    """The answer to what is sent, over a connection of its own."""
    reader, _ = connection = await connect(port, sent)
    try:
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS)).decode().splitlines()
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await asyncio.wait_for(reader.readexactly(int(headers.get("content-length", 0))), SECONDS)
    finally:
        await hang_up(connection)
    return Answer(int(head[0].split()[1]), headers, body.decode())
