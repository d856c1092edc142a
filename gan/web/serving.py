"""Answering at a socket that listens: until told to end, and within the bounds that the system sets."""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from aiohttp import web

from gan.web.connections import Connection, Lobby

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 1024  # 250 pages with a socket each, and the requests of their first moment
FEWEST_CONNECTIONS = 16
ACCEPTED_AT_ONCE = 16  # in one turn of the event loop, before anybody can be sent away
QUEUE = 1024  # that the system holds for us meanwhile: a class that opens the page at one word
OWN_FILES = 64 + 3 * ACCEPTED_AT_ONCE  # logs, pipes to processes, pictures being read; and who is about to be sent away
ACCEPT_PROBLEM = "socket.accept() out of system resource"  # asyncio's words
REPEAT_SECONDS = 60.0  # between two lines that say it


@asynccontextmanager
async def serving(
    app: web.Application, listening: socket.socket, places: int, closing: float, **more: Any
) -> AsyncIterator[None]:
    """Answer at a socket that listens, within the bounds of gan/web/connections.py, to the end of the block.

    Parameters
    ----------
    app : web.Application
    listening : socket.socket
    places : int
        Connections at one time.
    closing : float
        Seconds that open requests have at the end.
    more : what the library's connections want to know besides
    """
    runner, loop = web.AppRunner(app, access_log=None, shutdown_timeout=closing), asyncio.get_running_loop()
    await runner.setup()
    try:
        assert runner.server is not None
        loop.set_exception_handler(Complaints())
        factory = partial(Connection, runner.server, Lobby(places), access_log=None, **more)
        door = await loop.create_server(factory, sock=listening, backlog=ACCEPTED_AT_ONCE)
        listening.listen(QUEUE)  # the number above is also how many asyncio takes at once, and only there is it small
        yield
        door.close()
    finally:
        await runner.cleanup()


class Complaints:
    """asyncio's complaints about what nobody waits for. That no more files can be open is one line, now and then."""

    def __init__(self) -> None:
        self._said_at = float("-inf")

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Called by asyncio."""
        if context.get("message") != ACCEPT_PROBLEM:
            loop.default_exception_handler(context)
        elif loop.time() - self._said_at >= REPEAT_SECONDS:
            self._said_at = loop.time()
            log.warning("no connection can be taken for a moment: %s", context.get("exception"))


def available_places() -> int:
    """How many connections there may be here. The limit on open files is raised as far as needed and allowed."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OWN_FILES
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    if soft < wanted:
        raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    return max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, soft - OWN_FILES))


async def serve_until_told(
    app: web.Application, listening: socket.socket, places: int, closing: float, **more: Any
) -> None:
    """Answer, as `serving`, until a service manager or Ctrl-C says that it is enough."""
    enough, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows, where Ctrl-C cancels this coroutine
            loop.add_signal_handler(sign, enough.set)
    async with serving(app, listening, places, closing, **more):
        await enough.wait()
