"""Limit the number of connections and the time of their stages, and answer malformed requests.

By default, aiohttp waits indefinitely for silent clients. A program that has reached the system's limit on open files
cannot accept another connection, and logs a traceback for each attempt. Therefore, every stage of a connection has a
deadline here. If the maximum number of connections is reached, the one that has been idle longest is closed.
gan/web/http/listening.py sets the maximum.
"""

import asyncio
from enum import Enum
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gan.data.uploaded_drawings import MAX_BYTES
from gan.web.http.guard import HEADERS
from gan.web.services.executor import Busy

BODY_SECONDS = 5.0  # time limit for a request body, at most 4 kB of JSON
UPLOAD = "/api/images"  # the only address that takes larger bodies
ANSWER_SECONDS = 60.0  # time limit for a response, which may have to wait for a run that is being saved
LINGER_SECONDS = 1.0  # time limit for the rest of a body after the response


class Stage(Enum):
    """The stages of a connection, with the maximum duration in seconds."""

    WAITING = 15.0  # from the connection or the previous response to a complete request
    ANSWERING = ANSWER_SECONDS + 30.0  # until the client has received the whole response
    STREAMING = None  # a WebSocket, which has its own deadlines in gan/web/routes/events.py


class Connection(web.RequestHandler):
    """A connection with a deadline for each stage and a custom response to malformed requests.

    `stages` has the stages of all open connections, at most `places`, in the order in which they entered them.
    """

    __slots__ = ("_deadline", "_places", "_stages")

    def __init__(self, server: web.Server, stages: dict["Connection", Stage], places: int, **more: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **more)
        self._stages, self._places = stages, places
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start waiting for a request. If there are too many connections, close the one that has been idle longest."""
        super().connection_made(transport)
        self.set_stage(Stage.WAITING)
        if len(self._stages) > self._places:
            stages = (Stage.WAITING, Stage.ANSWERING)
            longest = (one for stage in stages for one, its in self._stages.items() if its is stage and one != self)
            next(longest, self).abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._leave_stage()
        super().connection_lost(exc)

    def set_stage(self, stage: Stage) -> None:
        self._leave_stage()
        if self.transport is not None:
            self._stages[self] = stage
            if stage.value is not None:
                self._deadline = asyncio.get_running_loop().call_later(stage.value, self.abort)

    def _leave_stage(self) -> None:
        self._stages.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()

    def abort(self) -> None:
        self._leave_stage()
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def finish_response(self, *of: Any) -> tuple[web.StreamResponse, bool]:
        """Finish a response, then wait for the next request. Called by aiohttp for every response."""
        try:
            return await super().finish_response(*of)
        finally:
            self.set_stage(Stage.WAITING)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Respond to a malformed request without logging it. aiohttp also calls this for our own bugs."""
        if isinstance(exc, ConnectionError):  # the client has disconnected, which is not worth logging
            return web.Response(status=status)
        if status >= 500:
            answer = super().handle_error(request, status, exc, message)
        else:
            answer = web.json_response({"error": "This is not a valid HTTP request.", "field": None}, status=status)
            answer.force_close()
        answer.headers.update({**HEADERS, hdrs.CACHE_CONTROL: "no-store"})
        return answer

    def log_exception(self, *args: Any, **more: Any) -> None:
        """Log an unexpected error, except further errors from a bad body. Called by aiohttp."""
        if not isinstance(more.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **more)


def set_stage(request: web.Request, stage: Stage) -> None:
    if isinstance(request.protocol, Connection):
        request.protocol.set_stage(stage)


@web.middleware
async def limit_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Limit the time of a request's body and of its response.

    The stage ANSWERING begins only when the whole request has arrived, so that hanging connections can be closed. Raise
    HTTPUnsupportedMediaType if the body is compressed.
    """
    if hdrs.CONTENT_ENCODING in request.headers:
        raise web.HTTPUnsupportedMediaType(text="The body must not be compressed: send it without Content-Encoding.")
    if request.method == hdrs.METH_POST and request.path == UPLOAD:
        request = request.clone(client_max_size=MAX_BYTES)
    if request.method == hdrs.METH_POST:
        await read_body(request)
    return await answer(request, handler)


async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return the response to a request whose body has arrived. Raise Busy if it takes too long."""
    set_stage(request, Stage.ANSWERING)
    endless = hdrs.UPGRADE in request.headers  # the handler of a WebSocket runs as long as its connection
    try:
        async with asyncio.timeout(None if endless else ANSWER_SECONDS) as limit:
            return await handler(request)
    except TimeoutError:
        if limit.expired():
            raise Busy from None
        raise


async def read_body(request: web.Request) -> None:
    """Read the body of a request, which aiohttp then caches. Raise ConnectionError if the client has disconnected."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=f"The body did not arrive within {BODY_SECONDS:.0f} seconds.") from None
    except web.RequestPayloadError:
        message = "The body does not match its headers: the length or the encoding differs."
        raise web.HTTPBadRequest(text=message) from None
    except RuntimeError:  # aiohttp raises this if the connection was lost earlier
        if request.transport is not None:
            raise
        raise ConnectionResetError from None
