"""Limit the number of connections and the time of requests.

aiohttp closes a connection whose next request does not arrive in time (its option
keepalive_timeout). This module limits the time of a body and the number of connections,
and answers malformed requests.
"""

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from gan.data.uploaded_drawings import MAX_BYTES
from gan.web.http.guard import HEADERS

# The time limit for the headers of the next request, and then for its body.
REQUEST_SECONDS = 15.0
UPLOAD = "/api/images"  # the only address that takes larger bodies


class Connection(web.RequestHandler):
    """A connection that gives malformed requests a custom response.

    `idle` is an ordered set of all connections except WebSockets, the least recently
    used first. If more than `most` connections are open, the first one in `idle` is
    closed.
    """

    __slots__ = ("_idle", "_most", "_server")

    def __init__(
        self, server: web.Server, idle: dict["Connection", None], most: int, **more: Any
    ) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **more)
        self._server = server
        self._idle = idle
        self._most = most

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.note_request()
        if len(self._server.connections) > self._most:
            next(iter(self._idle)).abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self.keep_open()
        super().connection_lost(exc)

    def note_request(self) -> None:
        """Mark this connection as the most recently used, so it is closed last."""
        self.keep_open()
        if self.transport is not None:
            self._idle[self] = None

    def keep_open(self) -> None:
        """Never close this connection to make room for others."""
        self._idle.pop(self, None)

    def abort(self) -> None:
        self.keep_open()
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Respond to a malformed request without logging it.

        aiohttp also calls this for our own bugs, which are logged.
        """
        if isinstance(exc, ConnectionError):
            return web.Response(status=status)  # the client has disconnected
        if status >= 500:
            answer = super().handle_error(request, status, exc, message)
        else:
            answer = web.json_response(
                {"error": "This is not a valid HTTP request.", "field": None},
                status=status,
            )
            answer.force_close()
        answer.headers.update({**HEADERS, "Cache-Control": "no-store"})
        return answer

    def log_exception(self, *args: Any, **more: Any) -> None:
        """Log an unexpected error, unless it is a consequence of a bad request body."""
        if not isinstance(more.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **more)


def keep_open(request: web.Request) -> None:
    """Never close a WebSocket to make room for others: it has its own time limits."""
    if isinstance(request.protocol, Connection):
        request.protocol.keep_open()


@web.middleware
async def receive(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Receive the body of a request before it is handled.

    Raise HTTPUnsupportedMediaType if it is compressed.
    """
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType(
            text="The body must not be compressed: send it without Content-Encoding."
        )
    if request.method == "POST":
        if request.path == UPLOAD:
            request = request.clone(client_max_size=MAX_BYTES)
        await read_body(request)
    if isinstance(request.protocol, Connection):
        request.protocol.note_request()
    return await handler(request)


async def read_body(request: web.Request) -> None:
    """Read the body of a request, which aiohttp then caches.

    Raise ConnectionError if the client has disconnected.
    """
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(
            text=f"The body did not arrive within {REQUEST_SECONDS:.0f} seconds."
        ) from None
    except web.RequestPayloadError:
        raise web.HTTPBadRequest(
            text="The body does not match its headers: the length or encoding differs."
        ) from None
    except RuntimeError:  # aiohttp raises this if the connection was lost earlier
        if request.transport is not None:
            raise
        raise ConnectionResetError from None
