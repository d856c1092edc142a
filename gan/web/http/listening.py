"""Listen on an address, announce it, and serve until a signal arrives."""

import asyncio
import errno
import ipaddress
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import web

from gan.base.errors import InputError
from gan.cli.interrupts import Interrupts
from gan.web.http.access_tokens import AccessTokens
from gan.web.http.connections import Connection
from gan.web.http.guard import EVERY_ADDRESS

# For 250 pages, each with a WebSocket. Most systems let a program open 1,024 files.
MAX_CONNECTIONS = 800
# Connections accepted in one pass of the event loop, before any can be closed.
ACCEPTED_AT_ONCE = 16
# The length of the system's queue of connections to accept: a whole school class may
# open the page at once.
QUEUE = 1024


@asynccontextmanager
async def serving(
    app: web.Application,
    listening: socket.socket,
    most: int,
    closing: float,
    **more: Any,
) -> AsyncIterator[None]:
    """Serve on a listening socket until the end of the block.

    At most `most` connections are open (gan/web/http/connections.py). At the end,
    open requests have `closing` seconds to finish. `more` are options of aiohttp.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=closing)
    loop = asyncio.get_running_loop()
    await runner.setup()
    try:
        assert runner.server is not None
        factory = partial(Connection, runner.server, {}, most, access_log=None, **more)
        # asyncio also accepts up to `backlog` connections in one pass, so it is small
        # here. The call of `listen` below sets the length of the system's queue.
        server = await loop.create_server(
            factory, sock=listening, backlog=ACCEPTED_AT_ONCE
        )
        listening.listen(QUEUE)
        yield
        server.close()
    finally:
        await runner.cleanup()


async def serve_until_signal(
    app: web.Application, listening: socket.socket, closing: float, **more: Any
) -> None:
    """Serve until a signal ends the program.

    If SIGHUP is ignored, as after `nohup`, it stays ignored. SIGINT does not: a script
    that starts the server with `&` may end it with `kill -INT`.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    has_ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(report_unless_reset)
    interrupts = Interrupts(lambda: loop.call_soon_threadsafe(has_ended.set))
    with interrupts.deferred():
        async with serving(app, listening, MAX_CONNECTIONS, closing, **more):
            await has_ended.wait()


def report_unless_reset(
    loop: asyncio.AbstractEventLoop, context: dict[str, Any]
) -> None:
    """Report an error in the event loop, except that of a closed tab on Windows."""
    if not isinstance(context.get("exception"), ConnectionResetError):
        loop.default_exception_handler(context)


# Addresses reserved for documentation (RFC 5737, RFC 3849). The route to them leads out
# of this machine.
REMOTE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Call this first, so that a port in use is reported before anything else starts.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None)
        reason = getattr(error, "strerror", None) or error
        message = (
            f"cannot listen on host {host!r}, port {port}: {reason}; "
            "choose another --host or --port"
        )
        if number == errno.EADDRINUSE:
            message = (
                f"port {port} is in use: "
                "stop the program that uses it or choose another --port"
            )
        elif number == errno.EADDRNOTAVAIL:
            message = (
                f"--host: expected an address of this machine, received {host}; "
                "leave it out, or use 0.0.0.0 for all of them"
            )
        raise InputError(message) from None


def is_reachable_by_others(listening: socket.socket) -> bool:
    address = listening.getsockname()[0]
    without_scope = address.partition("%")[0]
    return not ipaddress.ip_address(without_scope).is_loopback


def address_of(
    host: str, listening: socket.socket, public_url: str | None = None
) -> str:
    """Return the URL to open: if possible, one that other machines can reach."""
    if public_url is not None:
        return f"{public_url}/"
    if host in EVERY_ADDRESS:
        host = outward_address(listening.family)
    if ":" in host:  # IPv6
        host = f"[{host}]"
    return f"http://{host}:{listening.getsockname()[1]}/"


def outward_address(family: socket.AddressFamily) -> str:
    """Return this machine's network address, or else the loopback address.

    Connecting a UDP socket selects this address without sending anything.
    """
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((REMOTE[family], 9))
            return str(probe.getsockname()[0])
    except OSError:
        return LOOPBACK[family]


def announcement(
    address: str, links: AccessTokens | None, reachable_by_others: bool, data: str
) -> list[str]:
    """Return the lines to print once the server listens.

    `data` names the training data.
    """
    end = f"Data: {data}. Press Ctrl-C to stop."
    if links is not None:
        return [
            f"Open {address}?token={links.drive} to control the training.",
            f"Give {address}?token={links.watch} to people who may only watch "
            "and write numbers.",
            "A browser with the first link ignores the second. "
            "Try that in another browser or a private window.",
            end,
        ]
    lines = [f"Open {address} in a browser. {end}"]
    if reachable_by_others:
        lines.append(
            f"Anyone who can reach {address} can train, stop and delete every run. "
            "No token is required."
        )
    return lines
