"""gan/web/http/listening.py: addresses, printed links and signals."""

import errno
import ipaddress
import os
import signal
import socket
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from unittest.mock import Mock
from urllib.error import HTTPError

import pytest
from aiohttp import web
from PIL import Image

from gan.base.errors import InputError
from gan.cli.interrupts import ENDING_SIGNALS
from gan.runs.run import Run
from gan.web.http import listening
from gan.web.http.listening import address_of, announcement
from tests.helpers.commands import SECONDS, wait_for
from tests.helpers.serving import end_server, start_server

# Addresses


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port} is in use"):
            listening.listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = OSError(errno.EADDRNOTAVAIL, "refused")
    monkeypatch.setattr(socket, "create_server", Mock(side_effect=refusal))
    with pytest.raises(InputError, match="expected an address of this machine"):
        listening.listen("1.2.3.4", 8007)


def fake_socket(address: str) -> Mock:
    """Return a fake socket that listens on an address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return Mock(family=family, getsockname=lambda: (address, 8007))


def test_other_machines_reach_all_but_loopback_addresses() -> None:
    for others, addresses in {
        False: "127.8.9.1 ::1",
        True: "0.0.0.0 :: 192.168.1.5 fe80::1%eth0",
    }.items():
        for address in addresses.split():
            assert listening.is_reachable_by_others(fake_socket(address)) is others


def test_the_printed_address_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    outward = {socket.AF_INET: "192.168.1.5", socket.AF_INET6: "2001:db8::7"}
    monkeypatch.setattr(listening, "outward_address", outward.__getitem__)
    every = {"0.0.0.0": "192.168.1.5", "": "192.168.1.5", "::": "[2001:db8::7]"}
    for host, shown in (
        every | {"teacher.local": "teacher.local", "fe80::1": "[fe80::1]"}
    ).items():
        assert address_of(host, fake_socket(host)) == f"http://{shown}:8007/"


def test_the_outward_address_belongs_to_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = listening.outward_address(socket.AF_INET)
    assert not ipaddress.ip_address(address).is_unspecified
    with socket.create_server((address, 0)):
        pass
    # Invalid addresses have the same effect as a missing network.
    monkeypatch.setattr(
        listening, "REMOTE", dict.fromkeys(listening.REMOTE, "no address")
    )
    here = [
        listening.outward_address(family)
        for family in (socket.AF_INET, socket.AF_INET6)
    ]
    assert here == ["127.0.0.1", "::1"]


# Printed output


def test_without_links_a_warning_is_printed_if_others_can_reach_the_server() -> None:
    first, warning = announcement("http://192.168.1.5:8007/", None, True, "some digits")
    assert first == (
        "Open http://192.168.1.5:8007/ in a browser. Data: some digits. "
        "Press Ctrl-C to stop."
    )
    assert warning.startswith(
        "Anyone who can reach http://192.168.1.5:8007/ can train, stop and delete"
    )
    assert announcement("http://192.168.1.5:8007/", None, False, "some digits") == [
        first
    ]


# A real server process

DIRECT = urllib.request.ProxyHandler({})


def status(
    opener: urllib.request.OpenerDirector, address: str, method: str = "GET"
) -> int:
    """Request an address and return the HTTP status of the response."""
    try:
        with opener.open(
            urllib.request.Request(address, method=method), timeout=SECONDS
        ) as response:
            return int(response.status)
    except HTTPError as error:
        with error:
            return error.code


@pytest.mark.slow
@pytest.mark.parametrize(
    "host", ["0.0.0.0", pytest.param("::", marks=pytest.mark.full)]
)
def test_the_printed_links_work_and_ctrl_c_saves_the_run(
    tmp_path: Path, host: str
) -> None:
    if ":" in host and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    process, drive = start_server(tmp_path, arguments=["--host", host])
    try:
        assert process.stdout is not None
        watch = process.stdout.readline().split()[1]
        assert "private window" in process.stdout.readline()
        assert process.stdout.readline().startswith("Data: ")
        fun = drive.partition("?")[0] + "api/runs/all-digits/fun"
        assert status(urllib.request.build_opener(DIRECT), fun, "POST") == 401
        for link, expected in ((watch, 403), (drive, 202)):
            browser = urllib.request.build_opener(
                DIRECT, urllib.request.HTTPCookieProcessor(CookieJar())
            )
            assert status(browser, link) == 200
            assert status(browser, fun, "POST") == expected
        run = Run.open(tmp_path / "all-digits")
        wait_for(
            lambda: any(line["iteration"] >= 4 for line in run.metrics()), "metrics"
        )
    finally:
        output = end_server(process, signal.SIGINT)
    assert process.returncode == 0
    assert output == ""
    assert run.checkpoint.is_file()
    with Image.open(run.picture_path(0)) as picture:
        assert picture.mode == "L"


@pytest.mark.usefixtures("restore_signals")
@pytest.mark.parametrize("sign", ENDING_SIGNALS)
async def test_each_signal_ends_the_server(sign: signal.Signals) -> None:
    async def send_signal(app: web.Application) -> None:
        os.kill(os.getpid(), sign)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in a job of a script
    app = web.Application()
    app.on_startup.append(send_signal)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await listening.serve_until_signal(app, listener, 1.0)


def test_a_closed_tab_is_no_error_of_the_event_loop() -> None:
    """On Windows, asyncio reports the connection's reset as an error."""
    loop = Mock()
    listening.report_unless_reset(loop, {"exception": ConnectionResetError()})
    assert not loop.default_exception_handler.called
    listening.report_unless_reset(loop, other := {"message": "other"})
    loop.default_exception_handler.assert_called_once_with(other)
