"""A server behind a proxy with TLS: --public-url, its links, origins and cookies."""

import socket
import ssl
from collections.abc import Iterator
from typing import NamedTuple

import psutil
import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from gan.commands.serve import read_arguments
from tests.helpers.browsing import Browser, expect_text, open_page, press
from tests.helpers.serving import end_server, start_server, until
from tests.helpers.tls_proxy import make_certificate, tls_proxy


class Proxy(NamedTuple):
    """The proxy before a server."""

    address: str  # the one in the certificate
    link: str  # which the server printed
    client: ssl.SSLContext  # trusts the certificate


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    certificate, key = make_certificate(tmp_path_factory.mktemp("tls"))
    client = ssl.create_default_context(cafile=certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        name = f"localhost:{listening.getsockname()[1]}"
        public = f"https://digits.{name}"
        process, link = start_server(
            tmp_path_factory.mktemp("runs"), ["--public-url", public]
        )
        try:
            assert link.startswith(f"{public}/?token=")
            (port,) = {
                connection.laddr.port
                for connection in psutil.Process(process.pid).net_connections("tcp")
                if connection.status == psutil.CONN_LISTEN
            }
            with tls_proxy(listening, port, certificate, key):
                yield Proxy(f"https://{name}", link, client)
        finally:
            end_server(process)


def test_the_public_url_is_an_origin_as_browsers_write_it() -> None:
    for text, expected in {
        "HTTPS://Digits.Example:443/": "https://digits.example",
        "http://digits.example:080": "http://digits.example",
        "https://10.0.0.5:8443": "https://10.0.0.5:8443",
    }.items():
        assert read_arguments(["--public-url", text]).public_url == expected


@pytest.mark.slow
async def test_only_own_pages_and_those_with_a_link_pass(proxy: Proxy) -> None:
    public, _, token = proxy.link.partition("/?token=")
    name = public.removeprefix("https://")
    linked = {"Authorization": f"Bearer {token}"}
    async with ClientSession(proxy.address) as session:

        async def statuses(headers: dict[str, str]) -> tuple[int, int]:
            """Return the statuses of a command and of a WebSocket."""
            async with session.post(
                "/api/runs/all-digits/pause", headers=headers, ssl=proxy.client
            ) as response:
                command = response.status
            try:
                async with session.ws_connect(
                    "/api/events", headers=headers, ssl=proxy.client
                ) as events:
                    await until(events, type="snapshot")
            except WSServerHandshakeError as error:
                return command, error.status
            return command, 101

        for host in (name, "127.0.0.1:8007"):  # nginx replaces it by default
            own = {"Host": host, "Origin": public}
            assert await statuses(own) == (401, 401)
            assert await statuses(own | linked) == (202, 101)
            for origin in (
                "https://evil.example",
                "http://localhost:1",
                f"http://{name}",
            ):
                foreign = own | linked | {"Origin": origin}
                assert await statuses(foreign) == (403, 403), origin
        local = {"Host": "localhost:9000", "Origin": "http://localhost:9000"}
        assert await statuses(local | linked) == (202, 101)
        forged = {"Host": "evil.example", "X-Forwarded-Host": name}
        async with session.get(
            "/api/runs", headers=linked | forged, ssl=proxy.client
        ) as response:
            assert response.status == 403
            assert "--public-url" in await response.text()


@pytest.mark.slow
def test_a_page_trains_through_the_proxy(browser: Browser, proxy: Proxy) -> None:
    with open_page(browser, "", is_new=True, ignore_https_errors=True) as page:
        page.goto(proxy.link)
        press(page, "Fun")
        expect_text(page, "caption", r"Iteration [1-9]\d*")
        assert [cookie["secure"] for cookie in page.context.cookies()] == [True]
