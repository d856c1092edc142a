"""gan/web/http: the rules of the guard and the parsing of parameters, without a server."""

import pytest

from gan.errors import InputError
from gan.web.http.guard import is_own_name, name_of
from gan.web.http.params import one_of, refuse_unknown_names, shown, whole_number


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8007", "localhost"),
        ("LocalHost:9000", "localhost"),
        ("[::1]:8007", "[::1]"),
        ("[::1]", "[::1]"),
        ("localhost", "localhost"),
        ("localhost:", ""),
        ("localhost:+8", ""),
        ("localhost:٨", ""),
        ("localhost:" + "9" * 5000, ""),
        ("localhost:80:80", ""),
        ("evil.example:80@localhost:80", ""),
        ("[::1", ""),
        ("::1", ""),
        ("", ""),
    ],
)
def test_name_of_a_host_header(host: str, name: str) -> None:
    assert name_of(host) == name


@pytest.mark.parametrize(
    ("name", "listening", "own"),
    [
        ("localhost", "127.0.0.1", True),
        ("192.168.1.5", "127.0.0.1", False),
        ("evil.example", "127.0.0.1", False),
        ("mybox", "mybox", True),
        ("mybox", "MyBox", True),
        ("[fe80::1]", "fe80::1", True),
        ("192.168.1.5", "0.0.0.0", True),  # DNS rebinding needs a name; the own addresses are unknown
        ("[fe80::1]", "::", True),
        ("evil.example", "0.0.0.0", False),
        ("0.0.0.0", "0.0.0.0", False),
        ("", "", False),
    ],
)
def test_own_host_names(name: str, listening: str, own: bool) -> None:
    assert is_own_name(name, listening) is own


@pytest.mark.parametrize("value", [3, "3", "0003"])
def test_whole_numbers(value: object) -> None:
    assert whole_number(value, "size", 3, 3) == 3


@pytest.mark.parametrize("value", [2, 4, "4", "", " 3", "3.0", "+3", "٣", "9" * 5000, 3.0, True, None, [3], {"a": 3}])
def test_anything_else_is_no_whole_number(value: object) -> None:
    with pytest.raises(InputError, match="size must be a whole number from 3 to 3") as error:
        whole_number(value, "size", 3, 3)
    assert (error.value.field, len(str(error.value)) < 120) == ("size", True)


@pytest.mark.parametrize("value", ["c", "", "A", None, 1, True, ["a"], {"a": 1}, "x" * 1000])
def test_anything_else_is_no_choice(value: object) -> None:
    assert one_of("b", "word", ("a", "b")) == "b"
    with pytest.raises(InputError, match="word must be one of a, b, not") as error:
        one_of(value, "word", ("a", "b"))
    assert (error.value.field, len(str(error.value)) < 120) == ("word", True)


def test_unknown_and_repeated_names_are_refused() -> None:
    refuse_unknown_names(["a", "b"], ("a", "b", "c"))
    with pytest.raises(InputError, match="known: a, b"):
        refuse_unknown_names(["x"], ("a", "b"))
    with pytest.raises(InputError, match="none here"):
        refuse_unknown_names(["x" * 1000], ())
    with pytest.raises(InputError, match="more than once"):
        refuse_unknown_names(["a", "a"], ("a",))


def test_values_are_shortened_in_messages() -> None:
    assert shown("é") == '"é"'
    assert len(shown("x" * 1000)) == 40
