"""Helpers for server tests below the level of HTTP: send bytes, parse the response."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from gan.web.app import READING, ServerConfig, init_app
from gan.web.http.listening import serving
from tests.helpers.commands import SECONDS


class RawResponse(NamedTuple):
    """A parsed HTTP response."""

    status: int
    headers: dict[str, str]  # lowercase names
    body: str


@asynccontextmanager
async def serve(config: ServerConfig, most: int = 100) -> AsyncIterator[int]:
    """Serve in this event loop with the limits from gan/web/http/listening.py, and
    yield the port.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with serving(init_app(config), listening, most, 1.0, **READING):
            yield listening.getsockname()[1]


def request(method: str, path: str, port: int, *headers: str, body: str = "") -> bytes:
    """Return the bytes of a request."""
    return "\r\n".join(
        [f"{method} {path} HTTP/1.1", f"Host: localhost:{port}", *headers, "", body]
    ).encode()


async def connect(
    port: int, data: bytes = b""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection and send bytes.

    If the server has already closed it, only the reader reports that.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    with suppress(ConnectionError):
        await writer.drain()
    return reader, writer


async def hang_up(
    *connections: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    """Close connections, which may already be closed."""
    for _, writer in connections:
        writer.close()
    await asyncio.gather(
        *(writer.wait_closed() for _, writer in connections), return_exceptions=True
    )


async def read_to_end(reader: asyncio.StreamReader) -> bytes:
    """Read until the server closes the connection, and return the bytes."""
    try:
        return await asyncio.wait_for(reader.read(), SECONDS)
    except ConnectionError:
        return b""


async def exchange(port: int, data: bytes) -> RawResponse:
    """Send bytes over a new connection and return the response."""
    reader, _ = connection = await connect(port, data)
    try:
        head = (
            (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS))
            .decode()
            .splitlines()
        )
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await asyncio.wait_for(
            reader.readexactly(int(headers.get("content-length", 0))), SECONDS
        )
    finally:
        await hang_up(connection)
    return RawResponse(int(head[0].split()[1]), headers, body.decode())
