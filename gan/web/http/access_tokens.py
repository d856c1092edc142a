"""The two links of a server that others can reach: *drive*, which may do all, and *watch*, which may look and write.

A link is the server's address with a token. Who opens it is given a cookie and sent on to the same address without the
token, so that it is not read off a projected page. A program sends it as `Authorization: Bearer TOKEN`. A server that
listens on its own machine alone has no links: the guard keeps strangers out, and nothing is asked.
"""

import secrets
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

import aiohttp_jinja2
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gan.web.http.guard import Refused

Role = Literal["drive", "watch"]

TOKEN = "token"  # in the address of a link
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for one another on a blackboard
LENGTH = 16  # 79 bits: a million guesses a second for a thousand years try one in twenty million
UNASKED = frozenset({"/static/paper.css", "/static/pages.css", "/static/favicon.svg"})  # of the page that asks
LOOKING = (hdrs.METH_GET, hdrs.METH_HEAD)

WATCHING = "You are watching; whoever has the other link drives."
NO_LINK = (
    "This server asks for a link: open one of the two that it printed when it was started; a program sends the link's "
    "token as Authorization: Bearer TOKEN."
)
WRONG_LINK = (
    "This token is of no link of this server, which makes new ones whenever it is started: ask for the new link."
)


class Unlinked(web.HTTPUnauthorized):
    """Who asks has no token of this server; `text` says what to do."""

    field = TOKEN

    def __init__(self, message: str) -> None:
        super().__init__(text=message, headers={hdrs.WWW_AUTHENTICATE: "Bearer"})


@dataclass(frozen=True)
class Links:
    """The tokens of both links, which no repr shows, and the name of the cookie they are kept in."""

    drive: str = field(repr=False)
    watch: str = field(repr=False)
    cookie: str

    @classmethod
    def new(cls, port: int) -> "Links":
        """New ones. Browsers send a cookie to every port of a machine: so the port is in its name."""
        drive, watch = ("".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(2))
        return cls(drive, watch, f"digits-{port}")

    def role(self, token: str) -> Role | None:
        """What a token is for, None where it is none; how long that takes says nothing about the right ones."""
        given = token.strip().lower().encode("utf-8", "backslashreplace")
        drives, watches = (secrets.compare_digest(given, own.encode()) for own in (self.drive, self.watch))
        return "drive" if drives else "watch" if watches else None


LINKS = web.AppKey("links", Links)  # of a server that others can reach; the others have none


def role_of(request: web.Request) -> Role | None:
    """What who asks may do: everything where there are no links, and nothing where there are and they have none."""
    links = request.app.get(LINKS)
    return links.role(kept_token(request, links)) if links else "drive"


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in whoever has a token, to what it is for; everybody where there are no links."""
    links = request.app.get(LINKS)
    if links is None or request.path in UNASKED:
        return await handler(request)
    if TOKEN in request.query and request.method in LOOKING:
        return enter(request, links)
    role = role_of(request)
    if role is None:
        raise Unlinked(NO_LINK)
    if role == "watch" and request.method not in LOOKING:
        raise Refused(WATCHING, TOKEN)
    return await handler(request)


def kept_token(request: web.Request, links: Links) -> str:
    """The token that a program sends, or the cookie of a browser; "" where there is none."""
    scheme, _, sent = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return sent if scheme.lower() == "bearer" else request.cookies.get(links.cookie, "")


def enter(request: web.Request, links: Links) -> web.Response:
    """Keep the token of a link as a cookie, and send the browser on to the same address without it.

    A browser is sent on by a page. After a link in another site's page, such as a school's, it would follow a redirect
    without the cookie, which is for requests of our own pages alone (SameSite=Strict).
    """
    token = request.query[TOKEN]
    if links.role(token) is None:
        raise Unlinked(WRONG_LINK)
    address = without_token(request)
    if "text/html" in request.headers.get(hdrs.ACCEPT, ""):
        answer = aiohttp_jinja2.render_template("entered.html", request, {"address": address})
    else:
        answer = web.Response(status=303, headers={hdrs.LOCATION: address})
    answer.set_cookie(links.cookie, token.strip().lower(), httponly=True, samesite="Strict")
    answer.headers[hdrs.CACHE_CONTROL] = "no-store"
    return answer


def without_token(request: web.Request) -> str:
    """A request's address on this server, without the token. Two slashes, or one of each, would lead to another."""
    path = "/" + request.rel_url.raw_path.replace("\\", "%5C").lstrip("/")
    query = urlencode([(name, value) for name, value in request.query.items() if name != TOKEN])
    return f"{path}?{query}" if query else path
