"""Protects the server from other sites: where requests may come from, and what browsers may do with responses.

The server listens on one's own machine, yet every site open in a browser can send requests to it. Three rules apply.
The Host must be a name of this machine (a foreign name that resolves to 127.0.0.1, "DNS rebinding", is refused); any
port passes, for `ssh -L 9000:localhost:8007`. Requests that change something, and WebSockets, must come from our own
pages, as browsers state in Origin; a request without an Origin comes from no browser (curl, a script) and passes.
Responses forbid browsers to load anything from elsewhere, and inline scripts. gan/web/http/access_tokens.py then checks
permissions.
"""

import ipaddress
import re
import socket

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

OWN_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # listening on all addresses of the machine
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?", re.ASCII)  # name or address, optional port

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
    """The request was refused; `text` says why and `field` which header."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(text=message)
        self.field = field


def guard(listening_host: str) -> Middleware:
    """Return a middleware that accepts only requests to this machine's names and from its own pages."""

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
    """Refuse a Host that is not a name of this machine. A foreign site cannot choose the name, only the port."""
    if not is_own_name(name_of(request.headers.get(hdrs.HOST, "")), listening_host):
        raise Refused("the Host header names another server: open the page by the address this one prints", "Host")


def check_origin(request: web.Request) -> None:
    """Refuse requests of another site's page. Browsers always send Origin here; programs need not."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin.lower() != f"http://{request.headers[hdrs.HOST]}".lower():
        raise Refused("the request comes from another site's page", "Origin")
    check_fetch_site(request)


def check_fetch_site(request: web.Request) -> None:
    """Refuse what, according to the browser, another site's page or link requested."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refused("the request comes from another site's page", "Sec-Fetch-Site")


def name_of(host: str) -> str:
    """Return the name in a Host header, in lower case, IPv6 in brackets; "" if it is invalid."""
    found = HOST.fullmatch(host.lower())
    return found[1] if found else ""


def is_own_name(name: str, listening_host: str) -> bool:
    """Return whether a name is local, the listening host, or, when listening on all addresses, any address."""
    if name in OWN_NAMES or name in (listening_host.lower(), f"[{listening_host.lower()}]"):
        return name not in EVERY_ADDRESS
    if listening_host not in EVERY_ADDRESS:
        return False
    return is_address(name) or name == socket.gethostname().lower()  # DNS rebinding needs a name


def is_address(name: str) -> bool:
    """Return whether a Host name is a plain IPv4 or bracketed IPv6 address."""
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers that are missing, and a default for caching."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store" if request.path.startswith("/api/") else "no-cache")
