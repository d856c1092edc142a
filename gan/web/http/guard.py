"""The guard at the door: from where a request may come, and what a browser may do with its answers.

The server listens on one's own machine, yet every web site that a browser has open can send requests there. Three
rules keep strangers out. The Host must be a name of this machine (a foreign name that resolves to 127.0.0.1, "DNS
rebinding", is refused); its port may be any, as `ssh -L 9000:localhost:8007` makes it. What changes something, and the
WebSocket, must come from our own pages: a browser says so in Origin. A request without an Origin is no browser's (curl,
a script) and may pass. Answers forbid the browser to load anything from elsewhere or to run a script that is written
into a page. Who may do what, where others can reach the server, is decided after that: gan/web/http/access_tokens.py.
"""

import ipaddress
import re
import socket

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

OWN_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # listening on all addresses of the machine
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?", re.ASCII)  # a name or an address, and a port or none

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Refused(web.HTTPForbidden):
    """The guard's answer; `text` says why and `field` which header."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(text=message)
        self.field = field


def guard(listening_host: str) -> Middleware:
    """A middleware that lets in only requests to this machine's names and from its own pages.

    Below /api/ another site's page may not even look: its browser would hide the answer, but the work would be done.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        check_host(request, listening_host)
        if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD) or hdrs.UPGRADE in request.headers:
            check_origin(request)
        elif request.path.startswith("/api/"):
            check_fetch_site(request)
        return await handler(request)

    return check


def check_host(request: web.Request, listening_host: str) -> None:
    """Refuse a Host that is no name of this machine. It is the name that a foreign site cannot choose, not the port."""
    if not is_own_name(name_of(request.headers.get(hdrs.HOST, "")), listening_host):
        raise Refused("the Host header names another server: open the page by the address this one prints", "Host")


def check_origin(request: web.Request) -> None:
    """Refuse what another site's page sends. Browsers always name the Origin here; other programs need not."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin.lower() != f"http://{request.headers[hdrs.HOST]}".lower():
        raise Refused("the request comes from another site's page", "Origin")
    check_fetch_site(request)


def check_fetch_site(request: web.Request) -> None:
    """Refuse what a browser says another site's page, or a link there, has asked for."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refused("the request comes from another site's page", "Sec-Fetch-Site")


def name_of(host: str) -> str:
    """The name in a Host header, in lower case, IPv6 in brackets; "" for what is no name with a port or without."""
    found = HOST.fullmatch(host.lower())
    return found[1] if found else ""


def is_own_name(name: str, listening_host: str) -> bool:
    """Whether a name is ours: a local one, the one we listen on, or any plain address when we listen on all."""
    if name in OWN_NAMES or name in (listening_host.lower(), f"[{listening_host.lower()}]"):
        return name not in EVERY_ADDRESS
    if listening_host not in EVERY_ADDRESS:
        return False
    return is_address(name) or name == socket.gethostname().lower()  # an address cannot be rebound; a foreign name can


def is_address(name: str) -> bool:
    """Whether a Host name is a plain IPv4 or bracketed IPv6 address."""
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on an answer, but for its own; what says nothing about caching is asked for anew."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store" if request.path.startswith("/api/") else "no-cache")
