"""gan/web/http/serving.py: where the server listens, whether others can reach it there, and the address they open."""

import ipaddress
import re
import socket
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError

import pytest
from serving import end_server, start_server

from gan.errors import InputError
from gan.web.http import serving
from gan.web.http.access_tokens import AccessTokens
from gan.web.http.serving import address_of, announcement, is_reachable_by_others, listen, outward_address
from server import read_arguments

LINKS = AccessTokens("d" * 16, "w" * 16, "digits-1")


class Socket:
    """One that listens at an address."""

    def __init__(self, address: str, port: int = 8007) -> None:
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.getsockname = lambda: (address, port)


@pytest.mark.parametrize(
    ("address", "others"),
    [
        ("127.0.0.1", False),
        ("127.8.9.1", False),
        ("::1", False),
        ("0.0.0.0", True),
        ("::", True),
        ("192.168.1.5", True),
        ("fe80::1%eth0", True),
        ("8.8.8.8", True),
    ],
)
def test_whether_others_can_reach_it(address: str, others: bool) -> None:
    assert is_reachable_by_others(Socket(address)) is others  # type: ignore[arg-type]


def test_the_name_of_this_machine_alone_is_not_for_others() -> None:
    with listen("localhost", 0) as own:
        assert not is_reachable_by_others(own)
        assert re.fullmatch(r"http://localhost:\d+/", address_of("localhost", own))


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::"])
def test_every_address_is_named_by_one_that_others_can_open(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setattr(
        serving, "outward_address", {socket.AF_INET: "192.168.1.5", socket.AF_INET6: "2001:db8::7"}.__getitem__
    )
    bound: object = Socket(host or "0.0.0.0")
    expected = "http://[2001:db8::7]:8007/" if host == "::" else "http://192.168.1.5:8007/"
    assert address_of(host, bound) == expected  # type: ignore[arg-type]


def test_an_address_or_a_name_that_was_given_is_named() -> None:
    for host, shown in (("192.168.1.5", "192.168.1.5"), ("teacher.local", "teacher.local"), ("fe80::1", "[fe80::1]")):
        assert address_of(host, Socket(host)) == f"http://{shown}:8007/"  # type: ignore[arg-type]


def test_the_way_out_is_an_address_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    found = outward_address(socket.AF_INET)
    assert not ipaddress.ip_address(found).is_unspecified
    with socket.create_server((found, 0)):
        pass
    monkeypatch.setattr(serving, "FAR", dict.fromkeys(serving.FAR, "no address"))  # as without a network
    assert [outward_address(family) for family in (socket.AF_INET, socket.AF_INET6)] == ["127.0.0.1", "::1"]


def test_a_port_that_is_taken_is_refused_in_words() -> None:
    with listen("127.0.0.1", 0) as own, pytest.raises(InputError, match=r"port \d+ is in use"):
        listen("127.0.0.1", own.getsockname()[1])


# What is printed


def test_alone_one_address_is_printed_and_nothing_is_asked() -> None:
    assert announcement("http://127.0.0.1:8007/", None, False, "some digits", None) == [
        "Open http://127.0.0.1:8007/ in a browser. Data: some digits. Ctrl-C ends."
    ]


def test_two_links_are_printed() -> None:
    drive, watch, private, end = announcement("http://192.168.1.5:8007/", LINKS, True, "some digits", None)
    assert drive == f"Open http://192.168.1.5:8007/?token={LINKS.drive} to drive: train, stop, reset."
    assert watch.split()[:2] == ["Give", f"http://192.168.1.5:8007/?token={LINKS.watch}"]
    assert "private window" in private
    assert end == "Data: some digits. Ctrl-C ends."


def test_that_few_pages_can_be_open_is_said_with_what_to_do() -> None:
    for links in (None, LINKS):
        said = announcement("http://127.0.0.1:8007/", links, False, "some digits", 12)[-1]
        assert said == "At most 12 pages at one time, for the system lets few files be open: ulimit -n 2048."


def test_without_tokens_it_is_said_what_that_means() -> None:
    lines = announcement("http://192.168.1.5:8007/", None, True, "some digits", None)
    assert lines[1].startswith("Whoever can reach http://192.168.1.5:8007/ may train, stop and reset every run")
    assert (read_arguments([]).token, read_arguments(["--no-token"]).token) == (True, False)


# The real server


def status(opener: urllib.request.OpenerDirector, address: str, method: str = "GET") -> int:
    """Of an answer."""
    try:
        with opener.open(urllib.request.Request(address, method=method), timeout=120) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.mark.slow
@pytest.mark.parametrize("host", ["0.0.0.0", pytest.param("::", marks=pytest.mark.full)])
def test_the_printed_links_work_as_they_say(tmp_path: Path, host: str) -> None:
    if ":" in host and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    process, drive = start_server(tmp_path, arguments=["--host", host])
    try:
        assert process.stdout is not None
        watch = process.stdout.readline().split()[1]
        assert "private window" in process.stdout.readline()
        assert process.stdout.readline().startswith("Data: ")
        pause = drive.partition("?")[0] + "api/runs/all-digits/pause"
        assert status(urllib.request.build_opener(), pause, "POST") == 401
        for link, expected in ((drive, 202), (watch, 403)):
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            assert (status(browser, link), status(browser, pause, "POST")) == (200, expected)
    finally:
        assert end_server(process) == ""


@pytest.mark.full
def test_the_real_server_without_tokens_warns_and_asks_for_none(tmp_path: Path) -> None:
    process, address = start_server(tmp_path, arguments=["--host", "0.0.0.0", "--no-token"])
    try:
        assert process.stdout is not None
        assert "no token is asked for" in process.stdout.readline()
        assert status(urllib.request.build_opener(), f"{address}/api/runs/all-digits/pause", "POST") == 202
    finally:
        assert end_server(process) == ""
