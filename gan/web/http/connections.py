"""Connections: how many there may be, how long each may take, and what a malformed request costs.

Left to itself the HTTP library waits for whoever is silent, and a program that has as many files open as the system
allows is deaf: it cannot take another connection, and says so in a traceback for each. Here every stage of a connection
has a deadline, and where all places are taken the one that has waited longest without asking for anything goes, so that
who comes next is heard. How many places there are: gan/web/http/serving.py.
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
ANSWER_SECONDS = 60.0  # for the work; it waits its turn behind a run that is being saved
LINGER_SECONDS = 1.0  # for a body that nobody wants to read


class Stage(Enum):
    """What a connection is at, and the seconds that may take."""

    WAITING = 15.0  # for a whole request, from the connection or from the answer before
    ANSWERING = ANSWER_SECONDS + 30.0  # until the last byte of the answer has been taken
    TELLING = None  # a WebSocket: gan/web/routes/websocket.py has its own deadlines


class Lobby:
    """All connections, at most so many.

    Parameters
    ----------
    places : int
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._here: dict[Connection, Stage] = {}  # first who has been at their stage for longest

    def enter(self, newcomer: "Connection") -> None:
        """Take a connection in; where all places are taken another one goes, or where nobody can be asked to, it."""
        self.turn(newcomer, Stage.WAITING)
        if len(self._here) > self.places:
            stages = (Stage.WAITING, Stage.ANSWERING)
            longest = (one for stage in stages for one, its in self._here.items() if its is stage and one != newcomer)
            next(longest, newcomer).abort()

    def turn(self, connection: "Connection", stage: Stage) -> None:
        """A connection begins with a stage."""
        self._here.pop(connection, None)
        self._here[connection] = stage

    def leave(self, connection: "Connection") -> None:
        """Forget a connection; nothing happens where it is forgotten already."""
        self._here.pop(connection, None)


class Connection(web.RequestHandler):
    """One connection, which is ended where a stage takes too long, and answers what cannot be read in its own way.

    Parameters
    ----------
    server : web.Server
        Of the application.
    lobby : Lobby
    more : what the library wants to know besides
    """

    __slots__ = ("_deadline", "_lobby")

    def __init__(self, server: web.Server, lobby: Lobby, **more: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **more)
        self._lobby = lobby
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        super().connection_made(transport)
        self._lobby.enter(self)
        self._set_deadline(Stage.WAITING)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Called by asyncio."""
        self._lobby.leave(self)
        self._set_deadline(Stage.TELLING)
        super().connection_lost(exc)

    def turn(self, stage: Stage) -> None:
        """Begin with a stage."""
        if self.transport is not None:
            self._lobby.turn(self, stage)
            self._set_deadline(stage)

    def abort(self) -> None:
        """End it at once, whatever it is at."""
        self._lobby.leave(self)
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def finish_response(self, *of: Any) -> tuple[web.StreamResponse, bool]:
        """Called by the library for every answer; the next request is waited for then."""
        try:
            return await super().finish_response(*of)
        finally:
            self.turn(Stage.WAITING)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Called by the library for what it cannot read, which is one line of the log, and for our own mistakes."""
        if isinstance(exc, ConnectionError):  # nobody is there any more, which is no mistake and no news
            return web.Response(status=status)
        if status >= 500:
            answer = super().handle_error(request, status, exc, message)
        else:
            log.warning("%s sent what is no HTTP: %s", request.remote, type(exc).__name__)  # nothing of what was sent
            text = json.dumps({"error": "This is no HTTP request that can be read.", "field": None})
            answer = web.Response(status=status, text=text, content_type="application/json")
            answer.force_close()
        answer.headers.update({**HEADERS, hdrs.CACHE_CONTROL: "no-store"})
        return answer

    def log_exception(self, *args: Any, **more: Any) -> None:
        """Called by the library with what it did not expect; that the rest of a bad body is bad, too, is no news."""
        if not isinstance(more.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **more)

    def _set_deadline(self, stage: Stage) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        seconds, loop = stage.value, asyncio.get_running_loop()
        self._deadline = None if seconds is None else loop.call_later(seconds, self.abort)


def stays(request: web.Request) -> None:
    """The request's connection has become a WebSocket, which has no end."""
    if isinstance(request.protocol, Connection):
        request.protocol.turn(Stage.TELLING)


@web.middleware
async def on_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have a body come and an answer be made in time.

    A connection is at its answer once its request is there with all its body: one that only hangs can be sent away.
    """
    if request.method == hdrs.METH_POST:
        await read_body(request)
    if isinstance(request.protocol, Connection):
        request.protocol.turn(Stage.ANSWERING)
    endless = hdrs.UPGRADE in request.headers  # a WebSocket's handler ends with it
    try:
        async with asyncio.timeout(None if endless else ANSWER_SECONDS) as limit:
            return await handler(request)
    except TimeoutError:
        if limit.expired():
            raise Busy from None
        raise


async def read_body(request: web.Request) -> None:
    """Read a request's body, which the request then remembers.

    Raises
    ------
    web.HTTPRequestTimeout, web.HTTPBadRequest
        Where it does not come, or not as the headers say.
    ConnectionError
        Where nobody is there any more.
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
    except RuntimeError:  # as the library has it where the connection was lost before its body was waited for
        if request.transport is not None:
            raise
        raise ConnectionResetError from None
