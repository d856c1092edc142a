"""Sends the present state and then all events to a browser over a WebSocket."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import WSCloseCode, WSMsgType, web

from gan.errors import InputError
from gan.web.http.access_tokens import role_of
from gan.web.http.connections import stays
from gan.web.services.broadcast import Broadcast, Subscription, TooManyClients
from gan.web.services.executor import Busy

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 1024  # browsers send nothing on the WebSocket
MAX_REASON_BYTES = 123  # maximum length of a close reason (RFC 6455, section 5.5)
HEARTBEAT_SECONDS = 20.0  # a vanished browser is noticed after two heartbeats
SEND_SECONDS = 10.0  # maximum time for a browser to take a message


async def tell(
    request: web.Request,
    broadcast: Broadcast,
    watches: bool,
    beginning: Callable[[], Awaitable[list[str]]],
    watch: Callable[[bool], None],
) -> web.WebSocketResponse:
    """Respond with a WebSocket that only sends.

    Parameters
    ----------
    broadcast : Broadcast
        The source of events.
    watches : bool
        Whether the client receives previews.
    beginning : coroutine function
        Returns the encoded present state, sent first. It is called after subscribing, so no event is missed.
    watch : callable
        Called with whether any client watches, whenever one connects or leaves.
    """
    transport = request.transport
    # Not compressed: previews are PNGs already, and aiohttp's compression task is not awaited when a page closes.
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_MESSAGE_BYTES, timeout=2.0, compress=False
    )
    await socket.prepare(request)
    stays(request)
    try:
        drop = transport.abort if transport else lambda: None
        subscription = broadcast.subscribe(drop, watches, drives=role_of(request) == "drive")
    except TooManyClients:
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
    """Send the present state, then queued events. Earlier events repeat what the state says, harmlessly."""

    async def send(text: str) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await socket.send_str(text)

    try:
        for text in await beginning():
            await send(text)
        while True:
            await send(await subscription.get())
    except TimeoutError:  # the client does not read
        subscription.drop()
    except (ConnectionError, Busy):
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
    except InputError as error:
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=str(error).encode()[:MAX_REASON_BYTES])
    except Exception:  # an open socket would stay silent for ever
        log.exception("events")
        await socket.close(code=WSCloseCode.INTERNAL_ERROR, message=b"the server made a mistake; its log says more")
