"""Requests to the writer: limits, and one-line errors."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gan.base.errors import InputError
from gan.write.options_and_limits import DIGITS, LINES, LONGEST, SIGNS, check

GOOD: dict[str, Any] = {"text": "2026-11-25"}

WRITABLE = DIGITS + SIGNS + " "
lines = st.lists(st.text(WRITABLE, max_size=LONGEST), min_size=1, max_size=LINES).map(
    "\n".join
)


@given(lines)
@example("\n".join(["1" * LONGEST] * LINES))
def test_valid_text_is_unchanged(text: str) -> None:
    assert check(**GOOD | {"text": text}).text == text


@given(st.text("0123456789 -\n", max_size=20), st.characters(), st.text(max_size=20))
def test_an_invalid_character_is_named_with_its_position(
    before: str, bad: str, after: str
) -> None:
    if bad in WRITABLE or bad.isspace():
        return
    with pytest.raises(InputError) as error:
        check(**GOOD | {"text": before + bad + after})
    assert error.value.field == "text"
    column = len(before) - (before.rfind("\n") + 1) + 1
    assert f"received {bad!r} as character {column}" in str(error.value)
    if "\n" in before:
        assert str(error.value).endswith(f"of line {before.count(chr(10)) + 1}")


def test_any_white_space_but_a_line_break_is_a_space() -> None:
    """Prices copied from web pages have unusual spaces."""
    pasted = "1\u00a0234\u202f567\u2009€\t9\n8\r\n7"
    assert check(pasted).text == "1 234 567 € 9\n8 \n7"


REFUSED = [
    ("text", "1\n" + "1" * 65, "received 65 in line 2"),
    ("text", "\n" * 40, "at most 40 lines, received 41"),
    ("text", "1" * 10**6, "at most 40 lines of 64, received 1000000 characters"),
    ("text", 12, "expected text, received int"),
    ("ink", "red", "such as #123"),
    ("slant", 10**400, "-30 to 30 degrees, received 1000"),
]


@pytest.mark.parametrize(("field", "value", "message"), REFUSED)
def test_refusals_name_the_field_expected_and_received(
    field: str, value: object, message: str
) -> None:
    with pytest.raises(InputError) as error:
        check(**GOOD | {field: value})
    assert error.value.field == field
    assert message in str(error.value)
    assert len(str(error.value)) < 200
    assert "\n" not in str(error.value)
