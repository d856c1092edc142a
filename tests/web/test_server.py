"""server.py: pages, static files, Host and Origin headers, and events."""

import re

import pytest
from aiohttp import WSCloseCode, WSMsgType, WSServerHandshakeError, hdrs

from gan.web.http.guard import HEADERS, is_own_name
from tests.helpers.commands import SECONDS
from tests.helpers.fake_worker import FakeWorker
from tests.helpers.serving import Client, expect_refusal, post_paths, until

PAGES = ["/", "/slideshow", "/guess", "/write", "/learn"]


# Pages


async def test_pages_have_no_inline_code_and_no_external_links(client: Client) -> None:
    for path in PAGES:
        response = await client.get(path)
        text = await response.text()
        assert response.status == 200
        assert response.content_type == "text/html"
        assert not re.search(
            r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|https?://", text
        ), path
        assert all(f'href="{page}"' in text for page in PAGES)
        assert text.count('aria-current="page"') == 1


async def test_the_slideshow_has_two_addresses(client: Client) -> None:
    ours, assigned = [
        await client.get(f"/{path}?run=digit-3")
        for path in ("slideshow", "static/images")
    ]
    assert ours.status == 200
    assert assigned.status == 200
    assert await ours.text() == await assigned.text()


async def test_every_response_has_the_security_headers(client: Client) -> None:
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    for path in (
        *PAGES,
        "/healthz",
        "/api/runs",
        "/api/nothing",
        "/nothing",
        "/static/paper.css",
    ):
        headers = (await client.get(path)).headers
        assert headers.items() >= HEADERS.items(), path
        assert hdrs.CACHE_CONTROL in headers


async def test_a_missing_or_forbidden_static_file_is_an_error_page(
    client: Client,
) -> None:
    odd = ("js/", "", "%00", 256 * "a", "a/" * 3000)
    names = ("%2e%2e/server.py", "..%2fserver.py", "missing.js", *odd)
    for name in (*(f"/static/{name}" for name in names), "/x", "/<script>x"):
        response = await client.get(name)
        assert response.status in (403, 404), name
        assert response.content_type == "text/html"
        assert not re.search("nnet|<script>x", await response.text())


# Host and Origin headers


async def test_only_local_host_names_are_accepted_with_any_port(client: Client) -> None:
    wrong = (
        "localhost: localhost:x localhost:+8 localhost:999999 localhost:80:80 [::1 ::1 "
        "evil.example:80@localhost:80"
    )
    for host in (
        "evil.example",
        f"127.0.0.1.evil.example:{client.port}",
        "x:y",
        "",
        *wrong.split(),
    ):
        for path in ("/", "/api/runs", "/static/paper.css"):
            assert (await client.get(path, headers={hdrs.HOST: host})).status == 403, (
                host
            )
    for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        for host in (f"{name}:{client.port}", f"{name}:9000", name):
            assert (
                await client.get("/healthz", headers={hdrs.HOST: host})
            ).status == 200, host


async def test_a_tunnel_from_another_port_works(client: Client) -> None:
    """An example is `ssh -L 9000:localhost:8007`.

    The Origin must still match the Host.
    """
    here = {hdrs.HOST: "localhost:9000", "Sec-Fetch-Site": "same-origin"}
    headers = here | {hdrs.ORIGIN: "http://localhost:9000"}
    assert (
        await client.post("/api/runs/all-digits/pause", headers=headers)
    ).status == 202
    async with client.ws_connect("/api/events", headers=headers) as events:
        await until(events, type="snapshot")
    for origin in (
        f"http://localhost:{client.port}",
        "http://localhost",
        "http://127.0.0.1:9000",
    ):
        response = await client.post(
            "/api/runs/all-digits/pause", headers=here | {hdrs.ORIGIN: origin}
        )
        await expect_refusal(response, 403, "Origin")


FOREIGN: list[dict[str, str]] = [
    *(
        {"Origin": origin}
        for origin in (
            "https://evil.example",
            "null",
            "http://127.0.0.1:1",
            "http://localhost",
        )
    ),
    *({"Sec-Fetch-Site": site} for site in ("cross-site", "same-site")),
    # the Host is the beginning of the Origin
    {"Origin": "http://localhost.evil.example", "Host": "localhost"},
    # the Host is the end of the Origin
    {"Origin": "http://evil-localhost", "Host": "localhost"},
]


async def test_cross_site_posts_and_websockets_are_refused(client: Client) -> None:
    for headers in FOREIGN:
        for path in post_paths(client):
            response = await client.post(path, headers=headers)
            await expect_refusal(response, 403, next(iter(headers)))
        with pytest.raises(WSServerHandshakeError) as error:
            await client.ws_connect("/api/events", headers=headers)
        assert error.value.status == 403
    assert [worker.heard for worker in FakeWorker.made] == [[]]


async def test_cross_site_gets_are_refused_except_links_to_pages(
    client: Client,
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/api/write?number=1", "/api/runs", "/api/runs/all-digits"):
        response = await client.get(path, headers=headers)
        await expect_refusal(response, 403, "Sec-Fetch-Site")
    assert (await client.get("/", headers=headers)).status == 200
    assert (
        await client.get("/", headers={hdrs.ORIGIN: "https://evil.example"})
    ).status == 403


# Events


async def test_a_client_that_sends_messages_is_disconnected(client: Client) -> None:
    long = 100_000 * b"x"
    expected = WSCloseCode.POLICY_VIOLATION
    for message in ("fun", "{", "{}", "\x00", "x" * 1000, long):
        async with client.ws_connect("/api/events") as events:
            await (
                events.send_str(message)
                if isinstance(message, str)
                else events.send_bytes(message)
            )
            while (await events.receive(timeout=SECONDS)).type is WSMsgType.TEXT:
                pass
            assert events.close_code == (
                WSCloseCode.MESSAGE_TOO_BIG if message is long else expected
            )
    assert (await client.get("/healthz")).status == 200


# The rules of gan/web/http/guard.py


def test_only_names_of_this_machine_are_its_own() -> None:
    for name, listening, own in (
        ("192.168.1.5", "127.0.0.1", False),
        ("mybox", "MyBox", True),
        ("[fe80::1]", "fe80::1", True),
        ("192.168.1.5", "0.0.0.0", True),
        ("[fe80::1]", "::", True),
        ("evil.example", "0.0.0.0", False),
        ("0.0.0.0", "0.0.0.0", False),
        ("", "", False),
    ):
        assert is_own_name(name, listening) is own, (name, listening)
