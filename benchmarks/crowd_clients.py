"""Clients for benchmarks/crowd.py: watchers, writers and others."""

import asyncio
import json
import math
import random
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

RUN = "/api/runs/all-digits"
EVENTS = "/api/events?watch=1"
HEALTH_SECONDS = 0.25  # between health checks
REQUEST_TIMEOUT = 60.0
DIGITS = 8  # digits in a number
WRITER_SECONDS = 1.0  # between a writer's requests
UPGRADE = (
    f"GET {EVENTS} HTTP/1.1\nHost: {{host}}\nConnection: Upgrade\nUpgrade: "
    "websocket\nSec-WebSocket-Version: 13\n"
    f"Sec-WebSocket-Key: {22 * 'A'}==\n\n"
)
ANNOUNCED_BODY = (
    f"POST {RUN}/pause HTTP/1.1\nHost: {{host}}\n"
    "Content-Type: application/json\nContent-Length: 100\n\n{{"
)


@dataclass
class Waits:
    """Record how long clients waited.

    Failed requests are added to `errors`, which several objects may share.
    """

    errors: list[str]
    seconds: list[float] = field(default_factory=list)

    async def get(
        self, session: aiohttp.ClientSession, path: str, **parameters: str
    ) -> None:
        """Send a GET request, and record the time of the response, or the error."""
        begin = time.perf_counter()
        try:
            async with session.get(
                path, params=parameters, raise_for_status=True
            ) as answer:
                await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.errors.append(f"{path}: {type(error).__name__} {error}")
        else:
            self.seconds.append(time.perf_counter() - begin)

    def __str__(self) -> str:
        median, almost_all, longest = (
            1000 * percentile(self.seconds, part) for part in (0.5, 0.99, 1.0)
        )
        return f"{median:.0f} ms; 99 %: {almost_all:.0f}; longest: {longest:.0f}"


def percentile(values: Sequence[float], part: float) -> float:
    """Return a percentile by the nearest-rank method, with `part` from 0 to 1.

    It is infinite if there are no values.
    """
    if not values:
        return math.inf
    rank = max(1, math.ceil(part * len(values)))
    return sorted(values)[rank - 1]


def connect(address: str) -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT)
    return aiohttp.ClientSession(
        address, connector=aiohttp.TCPConnector(limit=0), timeout=timeout
    )


async def watch(session: aiohttp.ClientSession, waits: Waits) -> None:
    """Watch until cancelled, and record each sheet's delay after it was drawn."""
    try:
        async with session.ws_connect(EVENTS, max_msg_size=0) as socket:
            async for message in socket:
                event = json.loads(message.data)
                if event["type"] == "sheet":
                    waits.seconds.append(time.time() - event["drawn_at"])
            waits.errors.append(f"a watcher was closed with {socket.close_code}")
    except (aiohttp.ClientError, OSError) as error:
        waits.errors.append(f"a watcher: {error!r}")


async def write(
    session: aiohttp.ClientSession, index: int, of: int, waits: Waits
) -> None:
    """Request a number once a second until cancelled.

    If a response takes longer, send the next request immediately.
    """
    rng = random.Random(index)
    due = time.monotonic() + WRITER_SECONDS * index / of
    while True:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        number = f"{rng.randrange(10**DIGITS):0{DIGITS}}"
        await waits.get(session, "/api/write", number=number, seed=str(index))
        due = max(due + WRITER_SECONDS, time.monotonic())


async def check_health(session: aiohttp.ClientSession, waits: Waits) -> None:
    while True:
        await waits.get(session, "/healthz")
        await asyncio.sleep(HEALTH_SECONDS)


@asynccontextmanager
async def meanwhile(*tasks: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run these coroutines during the block and cancel them when it ends."""
    running = [asyncio.create_task(task) for task in tasks]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def begin_request(
    address: str, request: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection and begin a request on it, without reading the response."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(request.replace("\n", "\r\n").format(host=f"{host}:{port}").encode())
    return reader, writer


async def is_dropped(reader: asyncio.StreamReader) -> bool:
    """Discard what the server has sent, and return whether it hung up."""
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(5):
            while await reader.read(2**20):
                pass
            return True
    return isinstance(reader.exception(), ConnectionError)
