"""A small proxy with TLS, which passes all bytes on unchanged."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.helpers.commands import SECONDS


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Return a new certificate for localhost, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl found: install it to run these tests")
    certificate, key = (folder / name for name in ("localhost.crt", "localhost.key"))
    options = (
        "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    files = ("-keyout", key, "-out", certificate)
    subprocess.run([openssl, *options.split(), *files], check=True, capture_output=True)
    return certificate, key


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    target.close()


@contextmanager
def tls_proxy(
    listening: socket.socket, port: int, certificate: Path, key: Path
) -> Iterator[None]:
    """Pass on what arrives at a listening socket to a port of this machine, in a
    thread.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    started: Future[asyncio.AbstractEventLoop] = Future()
    enough = asyncio.Event()
    opened: list[asyncio.StreamWriter] = []

    async def pass_on(
        requests: asyncio.StreamReader, responses: asyncio.StreamWriter
    ) -> None:
        source, target = await asyncio.open_connection("127.0.0.1", port)
        opened.extend((responses, target))
        await asyncio.gather(copy(requests, target), copy(source, responses))

    async def serve() -> None:
        server = await asyncio.start_server(pass_on, sock=listening, ssl=context)
        started.set_result(asyncio.get_running_loop())
        await enough.wait()
        server.close()
        for writer in opened:
            writer.transport.abort()
        await asyncio.gather(
            *(writer.wait_closed() for writer in opened), return_exceptions=True
        )

    with ThreadPoolExecutor(1, "proxy") as thread:
        ended = thread.submit(asyncio.run, serve())
        loop = started.result(SECONDS)
        try:
            yield
        finally:
            loop.call_soon_threadsafe(enough.set)
            ended.result(SECONDS)
