"""gan/web/http/access_tokens.py: the permissions of the two links, and refusals without
a link.
"""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import CookieJar, WSServerHandshakeError, hdrs
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from gan.web.app import ServerConfig, init_app
from gan.web.app_keys import RUN_MANAGER
from gan.web.http.access_tokens import PUBLIC_PATHS, ROLES, AccessTokens
from gan.web.http.guard import HEADERS
from tests.helpers.fake_worker import FakeWorker
from tests.helpers.raw import exchange, request, serve
from tests.helpers.serving import (
    Client,
    MakeClient,
    api_routes,
    app_of,
    expect_refusal,
    make_recorded,
    post_paths,
    until,
)

LINKS = AccessTokens("drivedrivedriveq", "watchwatchwatchq", "digits-8007")
BEARER = {
    role: {hdrs.AUTHORIZATION: f"Bearer {getattr(LINKS, role)}"}
    for role in ("drive", "watch")
}
PAGES = [
    "/",
    "/static/images",
    "/guess",
    "/write",
    "/learn",
    "/what-if",
    "/source/gan/plain/one_digit.py",
]
GETS = [
    "/api/runs",
    "/api/runs/all-digits",
    "/api/openapi.json",
    "/healthz",
    "/api/what-if/recorded",
    "/api/guess",
]
BROWSER_HEADERS = {hdrs.ACCEPT: "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
async def linked_client(
    aiohttp_client: MakeClient, config: ServerConfig
) -> AsyncIterator[Client]:
    """Yield a client without a token for a server that requires links."""
    FakeWorker.made.clear()
    client = await aiohttp_client(
        init_app(config, LINKS), cookie_jar=CookieJar(unsafe=True)
    )
    yield client
    await client.close()


async def open_link(client: Client, role: str) -> Any:
    """Open a link and return the response."""
    return await client.get("/", params={"token": getattr(LINKS, role)})


# Without a link


async def test_without_a_link_every_page_asks_for_one_and_is_styled(
    linked_client: Client,
) -> None:
    for path in (*PAGES, "/nothing", "/static/js/main.js", "/static/../server.py"):
        response = await linked_client.get(path)
        text = await response.text()
        assert response.status == 401, path
        assert response.content_type == "text/html"
        assert (
            response.headers.items()
            >= (HEADERS | {hdrs.WWW_AUTHENTICATE: "Bearer"}).items()
        )
        assert "Ask for one and open it here" in text
        assert 'name="token"' in text
        assert not re.search(r"<script|<nav|sample", text)
        assert (
            set(re.findall(r'(?:href|src)="(/static/[^"]+)"', text)) - {path}
            == PUBLIC_PATHS
        )
    for path in PUBLIC_PATHS:
        assert (await linked_client.get(path)).status == 200


async def test_without_a_link_nothing_of_the_api_answers(linked_client: Client) -> None:
    for method, path in [
        *api_routes(linked_client),
        ("GET", "/healthz"),
        ("GET", "/api/nothing"),
    ]:
        response = await linked_client.request(method, path)
        await expect_refusal(response, 401, "token", "Authorization: Bearer")
        if method == "POST":  # only a GET request can open a link
            assert (
                await linked_client.post(path, params={"token": LINKS.drive})
            ).status == 401
            response = await linked_client.post(path, headers=BEARER["watch"])
            await expect_refusal(response, 403, "token")
    with pytest.raises(WSServerHandshakeError) as error:
        await linked_client.ws_connect("/api/events")
    assert error.value.status == 401
    assert [worker.heard for worker in FakeWorker.made] == [[]]


async def test_a_wrong_token_is_refused(linked_client: Client) -> None:
    for token in ("", LINKS.drive[:-1], LINKS.drive + "q", "é", "\0", "x" * 5000):
        response = await linked_client.get("/", params={"token": token})
        assert response.status == 401, token
        assert hdrs.SET_COOKIE not in response.headers
        assert "This link has expired. Ask for a new one." in await response.text()
        sent = token.encode("ascii", "ignore").decode().strip("\0")
        cookies = [{hdrs.COOKIE: f"{LINKS.cookie(role)}={sent}"} for role in ROLES]
        for headers in ({hdrs.AUTHORIZATION: f"Bearer {sent}"}, *cookies):
            assert (await linked_client.get("/api/runs", headers=headers)).status == 401


# With a link


async def test_opening_a_link_sets_a_cookie_and_removes_the_token_from_the_address(
    linked_client: Client,
) -> None:
    link = {"number": "1+2", "token": LINKS.watch, "seed": "7"}
    response = await linked_client.get("/write", params=link, allow_redirects=False)
    assert response.status == 303
    assert response.headers[hdrs.LOCATION] == "/write?number=1%2B2&seed=7"
    cookie = response.headers[hdrs.SET_COOKIE]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert response.headers[hdrs.CACHE_CONTROL] == "no-store"
    assert (await linked_client.get("/write")).status == 200
    link = {"number": '"&<', "token": LINKS.drive}
    response = await linked_client.get("/write", params=link, headers=BROWSER_HEADERS)
    text = await response.text()
    assert response.status == 200
    assert hdrs.SET_COOKIE in response.headers
    assert LINKS.drive not in text
    assert (
        '<meta http-equiv="refresh" content="0; url=/write?number=%22%26%3C">' in text
    )


async def test_nothing_leads_to_another_server(linked_client: Client) -> None:
    for path in (
        "//evil.example/",
        "/\\evil.example/",
        "/%5Cevil.example",
        "///evil.example",
    ):
        url = URL(f"http://127.0.0.1:{linked_client.port}{path}", encoded=True)
        linked_client.session.cookie_jar.clear()
        asks = await linked_client.session.get(url, headers=BROWSER_HEADERS)
        addresses = re.findall(r'(?:action|href)="([^"]*)"', await asks.text())
        response = await linked_client.session.get(
            url.with_query(token=LINKS.watch), allow_redirects=False
        )
        assert asks.status == 401
        assert response.status == 303
        assert len(addresses) > 2
        for address in [*addresses, response.headers[hdrs.LOCATION]]:
            assert not re.match(r"/[/\\]|\w+:", address), address


async def test_both_roles_see_everything_and_write_numbers_but_only_one_trains(
    linked_client: Client, config: ServerConfig
) -> None:
    app_of(linked_client)[RUN_MANAGER].catalogue.recorded = make_recorded(
        config.recorded, labels=True
    ).path
    for role, status in (("watch", 403), ("drive", 202)):
        assert (await open_link(linked_client, role)).status == 200
        for path in [
            *PAGES,
            *GETS,
            "/api/runs/all-digits/images/0.png",
            "/api/write?number=1&size=16",
        ]:
            assert (await linked_client.get(path)).status == 200
        async with linked_client.ws_connect("/api/events?watch=1") as events:
            await until(events, type="snapshot")
            assert (
                await linked_client.post("/api/runs/all-digits/fun")
            ).status == status
            assert (
                await linked_client.post(
                    "/api/runs/all-digits/fun", headers=BEARER["drive"]
                )
            ).status == 202
            await until(events, state="training")


async def test_a_watcher_changes_nothing(linked_client: Client) -> None:
    await open_link(linked_client, "watch")
    for path in [*post_paths(linked_client), "/", "/api/nothing"]:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            response = await linked_client.request(method, path)
            assert response.status == 403
            assert (
                "You are watching. The other link controls the training."
                in await response.text()
            )
    assert [worker.heard for worker in FakeWorker.made] == [[]]


async def test_a_browser_that_drives_keeps_driving_after_the_watch_link(
    linked_client: Client,
) -> None:
    """Another site may open the watch link.

    The server does not see the drive cookie then (SameSite=Strict).
    """
    for role, status in (("watch", 403), ("drive", 202), ("watch", 202)):
        await open_link(linked_client, role)
        assert (await linked_client.post("/api/runs/all-digits/pause")).status == status


async def test_a_drive_cookie_of_an_earlier_server_does_not_hide_the_watch_cookie(
    linked_client: Client,
) -> None:
    cookies = (
        f"{LINKS.cookie('drive')}=olddriveolddrive; "
        f"{LINKS.cookie('watch')}={LINKS.watch}"
    )
    assert (
        await linked_client.get("/api/runs", headers={hdrs.COOKIE: cookies})
    ).status == 200
    assert (
        await linked_client.post("/api/runs/x/pause", headers={hdrs.COOKIE: cookies})
    ).status == 403


# Tokens


def test_tokens_are_random() -> None:
    links = [AccessTokens.new(port) for port in range(100)]
    tokens = [token for each in links for token in (each.drive, each.watch)]
    assert len(set(tokens)) == 200
    assert {len(token) for token in tokens} == {20}
    assert links[0].drive not in repr(links[0])
    assert len({each.cookie(role) for each in links for role in ROLES}) == 200, (
        "browsers send cookies to every port"
    )


@given(st.text(f" é\0{LINKS.drive.upper()}{LINKS.watch}"))
def test_only_the_two_tokens_are_valid(text: str) -> None:
    assert LINKS.role(text) == {LINKS.drive: "drive", LINKS.watch: "watch"}.get(
        text.strip().lower()
    )
    assert [
        LINKS.role(f" {token.upper()}\n") for token in (LINKS.drive, LINKS.watch)
    ] == ["drive", "watch"]


async def test_tokens_are_not_logged(
    config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    async with serve(config) as port:
        assert (
            await exchange(port, request("GET", f"/?token={LINKS.drive}", port))
        ).status == 200
    assert LINKS.drive not in caplog.text
