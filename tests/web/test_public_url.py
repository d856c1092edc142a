"""A server behind a proxy with TLS: --public-url, its links, origins and cookies."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil
import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from gan.commands.serve import read_arguments
from gan.web.http.access_tokens import AccessTokens
from tests.helpers.browsing import Browser, expect_text, open_page, press
from tests.helpers.commands import SECONDS
from tests.helpers.serving import end_server, hosting, start_server, until
from tests.helpers.tls_proxy import make_certificate, tls_proxy

LINKS = AccessTokens.new(8007, is_secure=True)
DRIVE = {"Authorization": f"Bearer {LINKS.drive}"}
PAUSE = "api/runs/all-digits/pause"


class Proxy(NamedTuple):
    """The proxy before a server."""

    public_url: str
    address: str  # the same in the certificate
    client: ssl.SSLContext  # trusts the certificate


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    certificate, key = make_certificate(tmp_path_factory.mktemp("tls"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        public_url = f"https://digits.localhost:{port}"
        runs = tmp_path_factory.mktemp("runs")
        with hosting(runs, links=LINKS, public_url=public_url) as server:
            inside = urlsplit(server).port
            assert inside
            with tls_proxy(listening, inside, certificate, key):
                client = ssl.create_default_context(cafile=certificate)
                yield Proxy(public_url, f"https://localhost:{port}/", client)


# The option


def test_the_public_url_is_an_origin_as_browsers_write_it() -> None:
    for text, expected in {
        "https://digits.example": "https://digits.example",
        "HTTPS://Digits.Example:443/": "https://digits.example",
        "http://digits.example:080": "http://digits.example",
        "https://10.0.0.5:8443": "https://10.0.0.5:8443",
    }.items():
        assert read_arguments(["--public-url", text]).public_url == expected


@pytest.mark.slow
def test_a_local_server_with_a_public_url_prints_and_requires_links(
    tmp_path: Path,
) -> None:
    process, drive = start_server(
        tmp_path, arguments=["--public-url", "https://digits.example"]
    )
    try:
        public, _, query = drive.partition("/?token=")
        assert public == "https://digits.example"
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"Give {public}/?token=")
        (port,) = {
            connection.laddr.port
            for connection in psutil.Process(process.pid).net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        }
        connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        with closing(connection):
            for path, status in (("/", 401), (f"/?token={query}", 303)):
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                assert response.status == status
        assert "; Secure" in response.headers["Set-Cookie"]
    finally:
        end_server(process)


# Requests through the proxy


async def test_only_its_own_pages_and_links_pass_the_proxy(proxy: Proxy) -> None:
    public = proxy.public_url
    name = public.removeprefix("https://")
    passed = {"Host": name}
    replaced = {"Host": "127.0.0.1:8007"}  # nginx does so by default
    async with ClientSession() as session:

        async def statuses(headers: dict[str, str]) -> tuple[int, int]:
            """Return the statuses of a command and of a WebSocket."""
            command = session.post(
                proxy.address + PAUSE, headers=headers, ssl=proxy.client
            )
            events = session.ws_connect(
                f"{proxy.address}api/events", headers=headers, ssl=proxy.client
            )
            async with command as response:
                try:
                    async with events as socket:
                        await until(socket, type="snapshot")
                        return response.status, 101
                except WSServerHandshakeError as error:
                    return response.status, error.status

        for host in (passed, replaced):
            own = host | {"Origin": public}
            assert await statuses(host) == (401, 401)
            assert await statuses(own) == (401, 401)
            assert await statuses(own | DRIVE) == (202, 101)
            for origin in (
                "https://evil.example",
                "http://localhost:1",
                f"http://{name}",
            ):
                assert await statuses(own | DRIVE | {"Origin": origin}) == (403, 403)
        local = replaced | {"Origin": "http://127.0.0.1:8007"}
        assert await statuses(local | DRIVE) == (202, 101)
        forged = {"X-Forwarded-Host": name, "Forwarded": f"host={name};proto=https"}
        async with session.get(
            f"{proxy.address}api/runs",
            headers=DRIVE | forged | {"Host": "evil.example"},
            ssl=proxy.client,
        ) as response:
            assert response.status == 403
            assert "--public-url" in await response.text()


async def test_cookies_are_secure(proxy: Proxy) -> None:
    async with (
        ClientSession() as session,
        session.get(
            proxy.address, params={"token": LINKS.watch}, ssl=proxy.client
        ) as response,
    ):
        assert response.status == 200
        assert response.history[0].cookies[LINKS.cookie("watch")]["secure"]


def test_a_page_trains_through_the_proxy(browser: Browser, proxy: Proxy) -> None:
    with open_page(
        browser, proxy.public_url, is_new=True, ignore_https_errors=True
    ) as page:
        page.goto(f"{proxy.public_url}/?token={LINKS.drive}")
        press(page, "Fun")
        expect_text(page, "caption", r"Iteration [1-9]\d*")
        cookies = page.context.cookies()
        assert [cookie["secure"] for cookie in cookies] == [True]
