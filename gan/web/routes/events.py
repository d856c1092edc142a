"""Send a snapshot of the live run, then events, over WebSockets.

An event reports a change of the live run or of the runs folder. `train.py`, the user or
another server may create, train or delete a run in that folder. So the server checks it
regularly while pages are open. Each check takes three file system calls per run.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import WSCloseCode, WSMsgType, web

from gan.base.errors import InputError
from gan.base.parameter import Parameter
from gan.web.app_keys import BROADCAST, CHANGES, PRESENT, READS, RUN_MANAGER
from gan.web.http.connections import keep_open
from gan.web.http.params import read_query
from gan.web.services.broadcast import Subscription, TooManyClients, encode
from gan.web.services.executor import Busy, SharedRead
from gan.web.services.run_manager import UNWATCHED

log = logging.getLogger(__name__)

WATCH = Parameter(
    "watch",
    int,
    0,
    1,
    default=0,
    help="1 also sends previews, which are drawn only for viewers.",
)
MAX_MESSAGE_BYTES = 1024  # browsers send nothing on the WebSocket
MAX_REASON_BYTES = 123  # maximum length of a close reason (RFC 6455, section 5.5)
HEARTBEAT_SECONDS = 20.0  # a vanished browser is detected after two heartbeats
SEND_SECONDS = 10.0  # maximum time for a browser to receive a message


def present(app: web.Application) -> SharedRead[str]:
    """Return the encoded snapshot of the run that pages show first.

    It is read only once for all clients that connect at the same time.
    """

    def read() -> str:
        return encode(app[RUN_MANAGER].present())

    return SharedRead(lambda: app[READS].run(read))


async def stream_events(request: web.Request) -> web.WebSocketResponse:
    (watch,) = read_query(request, WATCH)
    transport = request.transport
    broadcast = request.app[BROADCAST]
    manager = request.app[RUN_MANAGER]
    drop = transport.abort if transport else lambda: None
    try:
        subscription = broadcast.subscribe(drop, bool(watch))
    except TooManyClients:
        # Do not wait for the client to answer: this must not occupy a connection.
        refused = web.WebSocketResponse(timeout=0.0, compress=False)
        await refused.prepare(request)
        await refused.close(
            code=WSCloseCode.TRY_AGAIN_LATER, message=b"too many pages are open"
        )
        return refused
    # Messages are not compressed, because previews are already PNGs, and aiohttp does
    # not await its compression task when a page closes.
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_SECONDS,
        max_msg_size=MAX_MESSAGE_BYTES,
        timeout=2.0,
        compress=False,
    )
    try:
        await socket.prepare(request)
        keep_open(request)
        manager.watch(broadcast.has_viewers)
        await _receive(
            socket, asyncio.create_task(_send_all(request.app, socket, subscription))
        )
    finally:
        broadcast.unsubscribe(subscription)
        manager.watch(broadcast.has_viewers)
    return socket


async def _receive(socket: web.WebSocketResponse, sender: "asyncio.Task[None]") -> None:
    """Wait until the client leaves, or close its socket if it sends anything."""
    try:
        async for message in socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await socket.close(
                    code=WSCloseCode.POLICY_VIOLATION, message=b"this socket only sends"
                )
    finally:
        sender.cancel()
        await asyncio.wait([sender])


async def _send_all(
    app: web.Application, socket: web.WebSocketResponse, subscription: Subscription
) -> None:
    """Send a snapshot of the current state, then queued events.

    Events that are older than the snapshot are sent, too: they only repeat parts of it.
    """

    async def send(text: str) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await socket.send_str(text)

    try:
        await send(await app[PRESENT].get())
        # An idle run sends no new sheets, so send its last one.
        sheet = app[RUN_MANAGER].sheet()
        if sheet and subscription.watches:
            await send(encode(sheet))
        while True:
            await send(await subscription.get())
    except TimeoutError:  # the client does not read
        subscription.drop()
    except (ConnectionError, Busy):
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
    except InputError as error:
        # Cut at whole characters: browsers reject a reason that is not valid UTF-8, and
        # report code 1006.
        reason = str(error).encode()[:MAX_REASON_BYTES].decode("utf-8", "ignore")
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=reason.encode())
    except Exception:
        # Close the socket, which would otherwise stay open and silent forever.
        log.exception("events")
        await socket.close(
            code=WSCloseCode.INTERNAL_ERROR,
            message=b"the server made a mistake; its log says more",
        )


# Regular checks (CHECKS in gan/web/app.py)


async def repeat(
    app: web.Application,
    seconds: float,
    check: Callable[[web.Application], Awaitable[None]],
) -> None:
    """Call `check` forever, every `seconds`.

    Errors are logged and do not end the loop, because the next check may succeed.
    """
    while True:
        await asyncio.sleep(seconds)
        try:
            await check(app)
        except Busy:
            pass
        except Exception:
            log.exception("%s failed", check.__name__)


async def check_folder(app: web.Application) -> None:
    if app[BROADCAST].has_clients:
        await app[READS].run(app[RUN_MANAGER].check_folder)


async def pause_if_unwatched(app: web.Application) -> None:
    """Pause training that a page started, if no page has been open for a long time."""
    if app[RUN_MANAGER].is_unwatched(app[BROADCAST].has_clients):
        await app[CHANGES].run(app[RUN_MANAGER].pause, UNWATCHED)
