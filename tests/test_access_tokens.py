"""gan/web/http/access_tokens.py: two links, what each may do, and that without one nothing is to be had."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import CookieJar, WSServerHandshakeError, hdrs
from fake_worker import FakeWorker
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from serving import POSTS, Client, MakeClient, refusal, until, until_each

import server
from gan.web.http.access_tokens import LENGTH, LETTERS, PUBLIC_PATHS, AccessTokens
from gan.web.http.guard import HEADERS
from gan.web.keys import CHANGES, PAIR, RUN_MANAGER
from gan.web.openapi import document
from gan.web.routes.what_if import COMMANDS

LINKS = AccessTokens("drivedrivedriveq", "watchwatchwatchq", "digits-8007")
BEARER = {role: {hdrs.AUTHORIZATION: f"Bearer {getattr(LINKS, role)}"} for role in ("drive", "watch")}
PAGES = ["/", "/static/images", "/guess", "/write", "/learn", "/what-if", "/source/gan/plain.py"]
PAIR_POSTS = ["/api/what-if", *(f"/api/what-if/{command}" for command in COMMANDS)]
GETS = ["/api/runs", "/api/runs/all-digits", "/api/openapi.json", "/healthz", "/api/what-if/recorded"]
GETS += ["/api/guess", "/api/guess/round"]
AS_BROWSERS_DO = {hdrs.ACCEPT: "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
async def asked(aiohttp_client: MakeClient, config: server.ServerConfig) -> AsyncIterator[Client]:
    """A client of a server with links, that has none of them."""
    FakeWorker.made.clear()
    client = await aiohttp_client(server.init_app(config, LINKS), cookie_jar=CookieJar(unsafe=True))
    yield client
    await client.close()


async def opened(client: Client, role: str, path: str = "/") -> Any:
    """What comes of opening a link."""
    return await client.get(path, params={"token": getattr(LINKS, role)})


# Without a link


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/static/js/main.js", "/static/../server.py"])
async def test_without_a_link_a_page_says_what_to_do_and_shows_nothing_else(asked: Client, path: str) -> None:
    response = await asked.get(path)
    text = await response.text()
    assert (response.status, response.content_type) == (401, "text/html")
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert response.headers[hdrs.WWW_AUTHENTICATE] == "Bearer"
    assert "Ask whoever started it" in text
    assert 'name="token"' in text
    assert not re.search(r"<script|<nav|sample", text)


@pytest.mark.parametrize("path", [*GETS[:3], "/api/write?number=1", "/api/nothing", "/api/events"])
async def test_without_a_link_a_program_is_told_in_one_line(asked: Client, path: str) -> None:
    status, sentence, field = await refusal(await asked.get(path))
    assert (status, field, "Authorization: Bearer" in sentence) == (401, "token", True)


async def test_without_a_link_nothing_is_done(asked: Client) -> None:
    for path in [*POSTS, *PAIR_POSTS]:
        assert (await refusal(await asked.post(path)))[0] == 401
        assert (await refusal(await asked.post(path, params={"token": LINKS.drive})))[0] == 401  # a link is opened
    with pytest.raises(WSServerHandshakeError) as caught:
        await asked.ws_connect("/api/events")
    assert caught.value.status == 401
    assert (len(FakeWorker.made), FakeWorker.made[0].heard) == (1, [])


async def test_the_page_that_asks_for_a_link_has_its_looks(asked: Client) -> None:
    linked = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', await (await asked.get("/")).text()))
    assert linked == PUBLIC_PATHS
    for path in linked:
        assert (await asked.get(path)).status == 200


@pytest.mark.parametrize("token", ["", "x", LINKS.drive[:-1], LINKS.drive + "q", "é", "\0", "x" * 5000])
async def test_a_wrong_token_is_none(asked: Client, token: str) -> None:
    assert LINKS.role(token) is None
    response = await asked.get("/", params={"token": token})
    assert (response.status, response.headers.get(hdrs.SET_COOKIE)) == (401, None)
    assert "ask for the new link" in await response.text()
    sent = token.encode("ascii", "ignore").decode().strip("\0")
    for headers in ({hdrs.AUTHORIZATION: f"Bearer {sent}"}, {hdrs.COOKIE: f"{LINKS.cookie}={sent}"}):
        assert (await asked.get("/api/runs", headers=headers)).status == 401


# With one


async def test_a_link_becomes_a_cookie_and_leaves_the_address(asked: Client) -> None:
    link = {"number": "1+2", "token": LINKS.watch, "seed": "7"}
    response = await asked.get("/write", params=link, allow_redirects=False)
    assert (response.status, response.headers[hdrs.LOCATION]) == (303, "/write?number=1%2B2&seed=7")
    cookie = response.headers[hdrs.SET_COOKIE]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert response.headers[hdrs.CACHE_CONTROL] == "no-store"
    assert (await asked.get("/write")).status == 200


async def test_a_browser_is_sent_on_by_a_page(asked: Client) -> None:
    response = await asked.get("/write", params={"number": '"&<', "token": LINKS.drive}, headers=AS_BROWSERS_DO)
    text = await response.text()
    assert (response.status, hdrs.SET_COOKIE in response.headers, LINKS.drive in text) == (200, True, False)
    assert '<meta http-equiv="refresh" content="0; url=/write?number=%22%26%3C">' in text


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example/", "/%5Cevil.example", "///evil.example"])
async def test_a_link_leads_to_no_other_server(asked: Client, path: str) -> None:
    from yarl import URL

    url = URL(f"http://127.0.0.1:{asked.port}{path}?token={LINKS.watch}", encoded=True)
    response = await asked.session.get(url, allow_redirects=False)
    assert response.status == 303
    assert re.match(r"/[^/\\]", response.headers[hdrs.LOCATION])


async def test_who_drives_may_do_all(asked: Client) -> None:
    assert (await opened(asked, "drive")).status == 200
    for path in [*PAGES, *GETS]:
        assert (await asked.get(path)).status == 200
    assert (await asked.post("/api/runs/all-digits/fun")).status == 202
    async with asked.ws_connect("/api/events?watch=1") as events:
        await until(events, state="training")


async def test_who_watches_may_look_and_write(asked: Client) -> None:
    assert (await opened(asked, "watch")).status == 200
    for path in [*PAGES, *GETS, "/api/runs/all-digits/images/0.png"]:
        assert (await asked.get(path)).status == 200
    assert (await asked.get("/api/write", params={"number": "1", "size": "16"})).status == 200
    async with asked.ws_connect("/api/events?watch=1") as events:
        assert (await events.receive_json(timeout=120))["type"] == "snapshot"
        assert (await asked.post("/api/runs/all-digits/fun", headers=BEARER["drive"])).status == 202
        await until(events, state="training")


def test_every_command_is_tried_below() -> None:
    told = {path.format(id="all-digits") for path, methods in document()["paths"].items() if "post" in methods}
    assert told == {*POSTS, *PAIR_POSTS}


async def test_refusals_are_as_the_document_says(asked: Client) -> None:
    schema = {**document()["components"]["schemas"]["Error"], "components": document()["components"]}
    for path, methods in document()["paths"].items():
        address = path.format(id="all-digits", iteration=0, drawing=0, round="0", pair=0)
        for method, operation in methods.items():
            assert {"401", "403"} <= operation["responses"].keys()
            refused = {401: {}, **({403: BEARER["watch"]} if method == "post" else {})}
            for status, headers in refused.items():
                response = await asked.request(method, address, headers=headers)
                assert response.status == status
                Draft202012Validator(schema).validate(await response.json())


async def test_who_watches_changes_nothing(asked: Client) -> None:
    await opened(asked, "watch")
    for path in [*POSTS, *PAIR_POSTS, "/", "/api/nothing"]:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            response = await asked.request(method, path)
            assert response.status == 403
            assert "You are watching; whoever has the other link drives." in await response.text()
    assert (len(FakeWorker.made), FakeWorker.made[0].heard) == (1, [])


async def test_who_watches_starts_no_process_by_looking_at_a_pair(asked: Client, config: server.ServerConfig) -> None:
    async with asked.ws_connect("/api/what-if/events", headers=BEARER["watch"]) as events:
        assert (await asked.get("/healthz", headers=BEARER["watch"])).status == 200
        assert (len(FakeWorker.made), (config.runs / ".what-if").exists()) == (1, False)
        async with asked.ws_connect("/api/what-if/events", headers=BEARER["drive"]):
            await until_each(events, "what-if-frozen", "what-if-not-frozen", type="snapshot")
    assert len(FakeWorker.made) == 3
    app = asked.server.app  # type: ignore[attr-defined]
    trained = await asked.post("/api/what-if/train", json={"iterations": 1}, headers=BEARER["drive"])
    assert trained.status == 202  # or nothing of it would be on disk
    await app[CHANGES].run(app[PAIR].close)
    async with asked.ws_connect("/api/what-if/events", headers=BEARER["watch"]) as events:
        assert (await events.receive_json(timeout=120))["state"] == "closed"
    assert len(FakeWorker.made) == 3


async def test_a_program_sends_the_token_as_a_header(asked: Client) -> None:
    assert (await asked.post("/api/runs/all-digits/pause", headers=BEARER["drive"])).status == 202
    assert (await asked.post("/api/runs/all-digits/pause", headers=BEARER["watch"])).status == 403
    assert (await asked.get("/api/runs", headers=BEARER["watch"])).status == 200


async def test_the_newest_link_counts(asked: Client) -> None:
    for role, status in (("drive", 202), ("watch", 403), ("drive", 202)):
        await opened(asked, role)
        assert (await asked.post("/api/runs/all-digits/pause")).status == status


async def test_a_foreign_page_is_refused_with_a_link_as_without(asked: Client) -> None:
    headers = BEARER["drive"] | {hdrs.ORIGIN: "https://evil.example"}
    assert (await refusal(await asked.post("/api/runs/all-digits/fun", headers=headers)))[::2] == (403, "Origin")
    foreign = BEARER["drive"] | {hdrs.HOST: "evil.example"}
    assert (await asked.get("/", headers=foreign)).status == 403


async def test_where_there_are_no_links_nothing_is_asked(client: Client) -> None:
    response = await client.get("/", params={"token": "x"})
    assert (response.status, "watching" in await response.text()) == (200, False)


# Tokens


def test_tokens_are_new_every_time_and_can_be_read_out() -> None:
    made = [AccessTokens.new(8007) for _ in range(100)]
    tokens = [token for links in made for token in (links.drive, links.watch)]
    assert len(set(tokens)) == 200
    assert {len(token) for token in tokens} == {LENGTH}
    assert set("".join(tokens)) == set(LETTERS)
    assert not set("0o1il") & set(LETTERS)
    assert made[0].drive not in repr(made[0])
    assert AccessTokens.new(1).cookie != AccessTokens.new(2).cookie  # a browser sends them to every port


@given(st.text())
def test_only_the_two_tokens_have_roles(text: str) -> None:
    assert LINKS.role(text) == {LINKS.drive: "drive", LINKS.watch: "watch"}.get(text.strip().lower())
    assert [LINKS.role(f" {token.upper()}\n") for token in (LINKS.drive, LINKS.watch)] == ["drive", "watch"]


async def test_tokens_are_nowhere_in_the_log(
    asked: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(0)
    await opened(asked, "drive")

    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(asked.server.app[RUN_MANAGER], "summaries", broken)  # type: ignore[attr-defined]
    assert (await asked.get("/api/runs", headers=BEARER["drive"])).status == 500
    records = [record for record in caplog.records if record.name != "aiohttp.access"]  # which only this client has
    said = "".join(f"{record.getMessage()} {record.exc_text}" for record in records)
    assert ("RuntimeError" in said, LINKS.drive in said) == (True, False)
