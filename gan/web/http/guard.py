"""Protect the server from other websites: check requests, add security headers.

The server usually listens only on the user's own machine, but every site that is open
in a browser can send requests to it. Three rules apply.

- The Host header must be a name of this machine or the one in --public-url. A foreign
  name that resolves to 127.0.0.1 ("DNS rebinding") is rejected. Any port is accepted,
  which allows `ssh -L 9000:localhost:8007`.
- An Origin header must equal the public URL, whatever the Host, because some proxies
  replace the Host. Without a proxy, it must equal http:// and the Host, so pages of
  other ports are foreign. Browsers send it with all requests that change something and
  with WebSockets. Requests to the API must not come from another site's page according
  to the browser's Sec-Fetch-Site header. Programs such as curl send neither, and
  browsers send no Origin when they follow a link to a page.
- Responses forbid the browser to run inline scripts or to load anything from other
  sites.

X-Forwarded headers are ignored, because every client can send them. After these checks,
gan/web/http/access_tokens.py checks permissions.
"""

import ipaddress
import re
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

OWN_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
# Hosts that mean listening on all addresses of the machine.
EVERY_ADDRESS = frozenset({"0.0.0.0", "::", ""})
FETCH_SITE = "Sec-Fetch-Site"
FOREIGN = "the request comes from another site's page"
# A name or an address, then an optional port.
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?", re.ASCII)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Refused(web.HTTPForbidden):
    """Raised to reject a request because of a header or parameter named `field`."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(text=message)
        self.field = field


def guard(listening_host: str, public_url: str | None = None) -> Middleware:
    """Return a middleware that applies `check_headers` to every request."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        check_headers(request, listening_host, public_url)
        return await handler(request)

    return check


def check_headers(
    request: web.Request, listening_host: str, public_url: str | None = None
) -> None:
    """Raise Refused if Host, Origin or Sec-Fetch-Site break a rule of this module.

    Origin and Sec-Fetch-Site may be missing. `public_url` is an origin, as browsers
    write it.
    """
    host = request.headers.get("Host", "").lower()
    origin = request.headers.get("Origin")
    found = HOST.fullmatch(host)
    is_public = found and public_url and found[1] == urlsplit(public_url).hostname
    if not found or not (is_public or is_own_name(found[1], listening_host)):
        raise Refused(
            "the Host header names another server; open the address that this server "
            "printed, or start it with --public-url",
            "Host",
        )
    # An attacker in the network can forge an http page of the public name.
    origins = {public_url} if is_public else {public_url, f"http://{host}"}
    if origin is not None and origin.lower() not in origins:
        raise Refused(FOREIGN, "Origin")
    fetch_site = request.headers.get(FETCH_SITE, "none")
    if request.path.startswith("/api/") and fetch_site not in ("same-origin", "none"):
        raise Refused(FOREIGN, FETCH_SITE)


def is_own_name(name: str, listening_host: str) -> bool:
    """Return whether a host name belongs to this server.

    Local names and the listening host are its own. If the server listens on all
    addresses of the machine, the machine's name and all IP addresses are, too. `name`
    is in lower case, and IPv6 addresses are in brackets.
    """
    host = listening_host.lower()
    if name in EVERY_ADDRESS:
        return False
    if name in OWN_NAMES or name in (host, f"[{host}]"):
        return True
    if listening_host not in EVERY_ADDRESS:
        return False
    with suppress(ValueError):
        ipaddress.ip_address(name.strip("[]"))
        return True  # DNS rebinding needs a name, not an address
    return name == socket.gethostname().lower()


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    caching = "no-store" if request.path.startswith("/api/") else "no-cache"
    response.headers.setdefault("Cache-Control", caching)
