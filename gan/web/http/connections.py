"""Connections: how many there may be, how long each stage may take, and how malformed requests are answered.

By default aiohttp waits for silent clients, and a program with as many open files as the system allows cannot accept
another connection and logs a traceback for each attempt. Here every stage has a deadline, and when all places are
taken, the connection that has idled longest is closed. gan/web/http/serving.py sets the number of places.
"""

import asyncio
import json
import logging
from enum import Enum
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gan.web.http.guard import HEADERS
from gan.web.services.executor import Busy

log = logging.getLogger(__name__)

BODY_SECONDS = 5.0  # for at most 4 kB of JSON
ANSWER_SECONDS = 60.0  # for the response; it may wait for a run that is being saved
LINGER_SECONDS = 1.0  # for a body that is not needed


class Stage(Enum):
    """The stage of a connection, and its maximum seconds."""

    WAITING = 15.0  # for a complete request, since the connection or the previous response
    ANSWERING = ANSWER_SECONDS + 30.0  # until the client has taken the whole response
    STREAMING = None  # a WebSocket: gan/web/routes/events.py has its own deadlines


class ConnectionLimit:
    """All connections, at most so many.

    Parameters
    ----------
    places : int
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._here: dict[Connection, Stage] = {}  # longest in their stage first

    def enter(self, newcomer: "Connection") -> None:
        """Add a connection. If there are too many, close the one that has idled longest, or else the new one."""
        self.set_stage(newcomer, Stage.WAITING)
        if len(self._here) > self.places:
            stages = (Stage.WAITING, Stage.ANSWERING)
            longest = (one for stage in stages for one, its in self._here.items() if its is stage and one != newcomer)
            next(longest, newcomer).abort()

    def set_stage(self, connection: "Connection", stage: Stage) -> None:
        """A connection enters a stage."""
        self._here.pop(connection, None)
        self._here[connection] = stage

    def leave(self, connection: "Connection") -> None:
        """Remove a connection, if it is still there."""
        self._here.pop(connection, None)


class Connection(web.RequestHandler):
    """A connection with a deadline for each stage, and its own response to unreadable requests.

    Parameters
    ----------
    server : web.Server
        Of the application.
    limit : ConnectionLimit
    more : further arguments of aiohttp's class
    """

    __slots__ = ("_deadline", "_limit")

    def __init__(self, server: web.Server, limit: ConnectionLimit, **more: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **more)
        self._limit = limit
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        super().connection_made(transport)
        self._limit.enter(self)
        self._set_deadline(Stage.WAITING)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Called by asyncio."""
        self._limit.leave(self)
        self._set_deadline(Stage.STREAMING)
        super().connection_lost(exc)

    def set_stage(self, stage: Stage) -> None:
        """Enter a stage."""
        if self.transport is not None:
            self._limit.set_stage(self, stage)
            self._set_deadline(stage)

    def abort(self) -> None:
        """Close the connection at once."""
        self._limit.leave(self)
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def finish_response(self, *of: Any) -> tuple[web.StreamResponse, bool]:
        """Called by aiohttp for every response; then the next request is awaited."""
        try:
            return await super().finish_response(*of)
        finally:
            self.set_stage(Stage.WAITING)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Called by aiohttp for unreadable requests, which get one line in the log, and for our own bugs."""
        if isinstance(exc, ConnectionError):  # the client has gone: not worth logging
            return web.Response(status=status)
        if status >= 500:
            answer = super().handle_error(request, status, exc, message)
        else:
            log.warning("%s sent what is no HTTP: %s", request.remote, type(exc).__name__)  # the content is not logged
            text = json.dumps({"error": "This is no HTTP request that can be read.", "field": None})
            answer = web.Response(status=status, text=text, content_type="application/json")
            answer.force_close()
        answer.headers.update({**HEADERS, hdrs.CACHE_CONTROL: "no-store"})
        return answer

    def log_exception(self, *args: Any, **more: Any) -> None:
        """Called by aiohttp for unexpected errors. Further errors of a bad body are not logged."""
        if not isinstance(more.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **more)

    def _set_deadline(self, stage: Stage) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        seconds, loop = stage.value, asyncio.get_running_loop()
        self._deadline = None if seconds is None else loop.call_later(seconds, self.abort)


def mark_as_stream(request: web.Request) -> None:
    """Mark a request's connection as a WebSocket, which has no deadline."""
    if isinstance(request.protocol, Connection):
        request.protocol.set_stage(Stage.STREAMING)


@web.middleware
async def limit_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Limit the time of a request's body and of its response.

    A connection counts as answering once its whole request has arrived: one that only hangs can be closed.
    """
    if request.method == hdrs.METH_POST:
        await read_body(request)
    if isinstance(request.protocol, Connection):
        request.protocol.set_stage(Stage.ANSWERING)
    endless = hdrs.UPGRADE in request.headers  # a WebSocket's handler runs as long as its connection
    try:
        async with asyncio.timeout(None if endless else ANSWER_SECONDS) as limit:
            return await handler(request)
    except TimeoutError:
        if limit.expired():
            raise Busy from None
        raise


async def read_body(request: web.Request) -> None:
    """Read a request's body, which aiohttp then caches.

    Raises
    ------
    web.HTTPRequestTimeout, web.HTTPBadRequest
        If it does not arrive in time, or differs from its headers.
    ConnectionError
        If the client has gone.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=f"The body did not come within {BODY_SECONDS:.0f} seconds.") from None
    except web.RequestPayloadError:
        raise web.HTTPBadRequest(
            text="The body is not what the headers say: its length or its coding differs."
        ) from None
    except RuntimeError:  # aiohttp's error if the connection was lost earlier
        if request.transport is not None:
            raise
        raise ConnectionResetError from None
