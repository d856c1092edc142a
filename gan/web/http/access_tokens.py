"""Control access to the server with two links that contain tokens.

Only a server that other machines can reach, or a proxy before it, needs them.
The *drive* link allows everything, and the *watch* link allows only reading. A link is
the server's address with a token. Opening it sets a cookie and leads to the same
address without the token, so nobody can copy the token from a projected screen. Each
link has its own cookie, and drive wins: another site's page can open the watch link,
but cannot turn the driver's browser into a watcher. Programs send the token as
`Authorization: Bearer TOKEN`.
"""

import secrets
from dataclasses import dataclass, field
from typing import Literal, get_args

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler

from gan.web.http.guard import Refused

Role = Literal["drive", "watch"]
ROLES: tuple[Role, ...] = get_args(Role)  # the one that allows more comes first

TOKEN = "token"  # the query parameter in a link
# A million guesses per second for a thousand years try one token in forty million.
TOKEN_BYTES = 10
# Paths that need no token, because the error page uses them before a link is opened.
PUBLIC_PATHS = frozenset(
    {"/static/paper.css", "/static/pages.css", "/static/favicon.svg"}
)
READ_METHODS = ("GET", "HEAD")

MAY_ONLY_WATCH = "You are watching. The other link controls the training."
NO_LINK = (
    "You need a link. Open one of the two that the server printed when it started. "
    "Programs send the link's token as Authorization: Bearer TOKEN."
)
WRONG_LINK = "This link has expired. Ask for a new one."


class MissingToken(web.HTTPUnauthorized):
    """Raised if a request has no valid token. `text` tells the user what to do."""

    field = TOKEN

    def __init__(self, message: str) -> None:
        super().__init__(text=message, headers={"WWW-Authenticate": "Bearer"})


@dataclass(frozen=True)
class AccessTokens:
    """The tokens of both links, hidden from repr."""

    drive: str = field(repr=False)
    watch: str = field(repr=False)
    stem: str  # the prefix of the names of their cookies
    is_secure: bool = False  # whether browsers send the cookies only over https

    @classmethod
    def new(cls, port: int, is_secure: bool = False) -> "AccessTokens":
        """Make new tokens.

        Cookie names contain the port because browsers send cookies to all ports of a
        host.
        """
        drive = secrets.token_hex(TOKEN_BYTES)
        watch = secrets.token_hex(TOKEN_BYTES)
        return cls(drive, watch, f"digits-{port}", is_secure)

    def role(self, token: str) -> Role | None:
        """Return the role of a token, or None if it is invalid.

        Comparisons take constant time, so that timing reveals nothing about a token.
        """
        given = token.strip().lower().encode("utf-8", "backslashreplace")
        for role in ROLES:
            if secrets.compare_digest(given, getattr(self, role).encode()):
                return role
        return None

    def cookie(self, role: Role) -> str:
        return f"{self.stem}-{role}"


# The application has this key only if other machines can reach the server.
LINKS = web.AppKey("links", AccessTokens)


def role_of(request: web.Request) -> Role | None:
    """Return the role of a request, or None if it has no valid token.

    If the server has no links, everyone may "drive".
    """
    links = request.app.get(LINKS)
    if links is None:
        return "drive"
    roles = {links.role(token) for token in sent_tokens(request, links)}
    return next((role for role in ROLES if role in roles), None)


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Reject a request that its token does not allow.

    If the server has no links, let every request pass.
    """
    links = request.app.get(LINKS)
    if links is None or request.path in PUBLIC_PATHS:
        return await handler(request)
    if TOKEN in request.query and request.method in READ_METHODS:
        return open_link(request, links)
    role = role_of(request)
    if role is None:
        raise MissingToken(NO_LINK)
    if role == "watch" and request.method not in READ_METHODS:
        raise Refused(MAY_ONLY_WATCH, TOKEN)
    return await handler(request)


def sent_tokens(request: web.Request, links: AccessTokens) -> list[str]:
    """Return the token of a program's header, or else those of a browser's cookies.

    A missing cookie counts as "".
    """
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return [sent]
    return [request.cookies.get(links.cookie(role), "") for role in ROLES]


def open_link(request: web.Request, links: AccessTokens) -> web.Response:
    """Store a link's token in a cookie, and drop it from the browser's address.

    The response is a page, not a redirect. Browsers send the cookie only with requests
    from our own pages (SameSite=Strict). A browser that comes from a link on another
    site would follow a redirect without the cookie.
    """
    token = request.query[TOKEN]
    role = links.role(token)
    if role is None:
        raise MissingToken(WRONG_LINK)
    address = without_token(request)
    if "text/html" in request.headers.get("Accept", ""):
        answer = aiohttp_jinja2.render_template(
            "entered.html", request, {"address": address}
        )
    else:
        answer = web.Response(status=303, headers={"Location": address})
    answer.set_cookie(
        links.cookie(role),
        token.strip().lower(),
        httponly=True,
        samesite="Strict",
        secure=links.is_secure,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def without_token(request: web.Request) -> str:
    """Return the address of a request, from its path on, without the token."""
    address = str(request.rel_url.without_query_params(TOKEN))
    # A leading double slash, or a backslash instead, would lead to another host.
    return "/" + address.replace("\\", "%5C").lstrip("/")
