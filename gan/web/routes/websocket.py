"""Telling a browser over a WebSocket: how things stand, then everything that happens."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import WSCloseCode, WSMsgType, web

from gan.errors import InputError
from gan.web.http.access_tokens import role_of
from gan.web.http.connections import stays
from gan.web.services.broadcast import Broadcast, Subscription, TooManyBrowsers
from gan.web.services.executor import Busy

log = logging.getLogger(__name__)

MOST_MESSAGE_BYTES = 1024  # browsers have nothing to say on the WebSocket
MOST_REASON_BYTES = 123  # of a WebSocket's last word (RFC 6455, section 5.5)
HEARTBEAT_SECONDS = 20.0  # a browser that vanished is noticed within two of them
SEND_SECONDS = 10.0  # in which a browser must take a message


async def tell(
    request: web.Request,
    broadcast: Broadcast,
    watches: bool,
    beginning: Callable[[], Awaitable[list[str]]],
    watch: Callable[[bool], None],
) -> web.WebSocketResponse:
    """Answer a request with a socket that only tells.

    Parameters
    ----------
    broadcast : Broadcast
        What happens.
    watches : bool
        Whether the browser is told the sheets, too.
    beginning : coroutine function
        How things stand, encoded: what is told first. It is called when nothing that happens is missed any more.
    watch : function of a bool
        Hears whether any browser watches, whenever one comes or goes.
    """
    transport = request.transport
    # Not compressed: a sheet is a PNG already, and aiohttp compresses in a task that nobody waits for when a page goes.
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_SECONDS, max_msg_size=MOST_MESSAGE_BYTES, timeout=2.0, compress=False
    )
    await socket.prepare(request)
    stays(request)
    try:
        drop = transport.abort if transport else lambda: None
        subscription = broadcast.subscribe(drop, watches, drives=role_of(request) == "drive")
    except TooManyBrowsers:
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too many pages are open")
        return socket
    watch(broadcast.watched)
    teller = asyncio.create_task(_pass_on(socket, subscription, beginning))
    try:
        async for message in socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"this socket only tells")
    finally:
        broadcast.unsubscribe(subscription)
        watch(broadcast.watched)
        teller.cancel()
        await asyncio.wait([teller])
    return socket


async def _pass_on(
    socket: web.WebSocketResponse, subscription: Subscription, beginning: Callable[[], Awaitable[list[str]]]
) -> None:
    """Send the beginning, then what waits: events from before it repeat what it says, and do no harm."""

    async def send(text: str) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await socket.send_str(text)

    try:
        for text in await beginning():
            await send(text)
        while True:
            await send(await subscription.get())
    except TimeoutError:  # it does not read: there is no way to tell it so
        subscription.drop()
    except (ConnectionError, Busy):
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
    except InputError as error:
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=str(error).encode()[:MOST_REASON_BYTES])
    except Exception:  # left open, it would be silent for ever
        log.exception("events")
        await socket.close(code=WSCloseCode.INTERNAL_ERROR, message=b"the server made a mistake; its log says more")
