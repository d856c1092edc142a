"""What the writer accepts, and the one line with which it refuses the rest."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.errors import InputError
from gan.write.request import LONGEST, Request, check

GOOD: dict[str, Any] = {"number": "2026-11-25", "seed": 7, "ink": "#123", "size": 96, "slant": 0.0, "thickness": 1.0,
                        "hand": "one"}  # fmt: skip


def test_good_request() -> None:
    request = check(**GOOD)
    assert request == Request("2026-11-25", 7, "#112233", 96, 0.0, 1.0, "one")
    assert request.rgb == (0x11, 0x22, 0x33)


@given(st.text(alphabet="0123456789 -", min_size=1, max_size=LONGEST))
def test_every_number_of_allowed_characters(number: str) -> None:
    if number.strip():
        assert check(**GOOD | {"number": number}).number == number
    else:
        with pytest.raises(InputError, match="at least one digit"):
            check(**GOOD | {"number": number})


@given(st.text(alphabet="0123456789 -", max_size=20), st.characters(), st.text(max_size=20))
def test_bad_character_is_named_with_its_position(before: str, bad: str, after: str) -> None:
    if bad in "0123456789 -":
        return
    with pytest.raises(InputError) as error:
        check(**GOOD | {"number": before + bad + after})
    assert error.value.field == "number"
    assert f"received {bad!r} as character {len(before) + 1}" in str(error.value)


@pytest.mark.parametrize("digit", ["٣", "３", "²"])
def test_digits_of_other_scripts_are_refused(digit: str) -> None:
    with pytest.raises(InputError, match="as character 2"):
        check(**GOOD | {"number": "1" + digit})


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("number", "1" * 65, "at most 64 characters, received 65"),
        ("number", "", "at least one digit"),
        ("number", 12, "expected text, received int"),
        ("seed", -1, "0 to 4294967295, received -1"),
        ("seed", 2**32, "received 4294967296"),
        ("seed", 1.5, "whole number"),
        ("seed", True, "whole number"),
        ("ink", "red", "such as #123"),
        ("hand", "left", "one or ten, received 'left'"),
        ("hand", None, "one or ten, received 'None'"),
        ("ink", "#12", "received '#12'"),
        ("ink", "#1234", "received '#1234'"),
        ("ink", "#12345g", "received '#12345g'"),
        ("ink", "#123\n", "such as #123"),
        ("ink", '#123"/><script>', "such as #123"),
        ("size", 15, "16 to 320 pixels, received 15"),
        ("size", 321, "received 321"),
        ("slant", 30.5, "-30 to 30 degrees, received 30.5"),
        ("slant", float("nan"), "received nan"),
        ("thickness", 0.49, "0.5 to 2"),
        ("thickness", float("inf"), "received inf"),
        ("thickness", "1", "received '1'"),
    ],
)
def test_refusals_name_field_expected_and_received(field: str, value: object, said: str) -> None:
    with pytest.raises(InputError) as error:
        check(**GOOD | {field: value})
    assert error.value.field == field
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_equal_requests_are_equal() -> None:
    assert str(check(**GOOD | {"slant": -0.0, "ink": "#ABCDEF"})) == str(check(**GOOD | {"slant": 0, "ink": "#abcdef"}))
