"""gan/web/http: the request guard's rules and the parsing of parameters, tested without a server."""

import pytest

from gan.cli.parameter import refuse_unknown_names
from gan.errors import InputError
from gan.web.http.guard import is_own_name, name_of


def test_the_port_is_removed_from_a_host_header() -> None:
    names = ("localhost:8007", "LocalHost:9000", "localhost", "[::1]:8007", "[::1]")
    assert [name_of(host) for host in names] == ["localhost"] * 3 + ["[::1]"] * 2
    invalid = [
        "localhost:",
        "localhost:+8",
        "localhost:٨",
        "localhost:" + "9" * 5000,
        "localhost:80:80",
        "[::1",
        "::1",
        "",
    ]
    assert {name_of(host) for host in [*invalid, "evil.example:80@localhost:80"]} == {""}


@pytest.mark.parametrize(
    ("name", "listening", "own"),
    [
        ("localhost", "127.0.0.1", True),
        ("192.168.1.5", "127.0.0.1", False),
        ("evil.example", "127.0.0.1", False),
        ("mybox", "mybox", True),
        ("mybox", "MyBox", True),
        ("[fe80::1]", "fe80::1", True),
        # IP addresses are allowed, because DNS rebinding needs a name and the machine's own addresses are unknown.
        ("192.168.1.5", "0.0.0.0", True),
        ("[fe80::1]", "::", True),
        ("evil.example", "0.0.0.0", False),
        ("0.0.0.0", "0.0.0.0", False),
        ("", "", False),
    ],
)
def test_only_names_of_this_machine_are_its_own(name: str, listening: str, own: bool) -> None:
    assert is_own_name(name, listening) is own


def test_unknown_and_repeated_names_are_refused() -> None:
    refuse_unknown_names(["a", "b"], ("a", "b", "c"))
    with pytest.raises(InputError, match="known: a, b"):
        refuse_unknown_names(["x"], ("a", "b"))
    with pytest.raises(InputError, match="none here"):
        refuse_unknown_names(["x" * 1000], ())
    with pytest.raises(InputError, match="more than once"):
        refuse_unknown_names(["a", "a"], ("a",))
