"""Requests to the writer: normalization of pasted text, limits, and one-line errors."""

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gan.errors import InputError
from gan.write.options_and_limits import DIGITS, LINES, LONGEST, SIGNS, UNDERSTOOD, check, normalized

GOOD: dict[str, Any] = {"text": "2026-11-25"}

WRITABLE = DIGITS + SIGNS + " "
lines = st.lists(st.text(WRITABLE, max_size=LONGEST), min_size=1, max_size=LINES).map("\n".join)


@given(lines)
@example("\n".join(["1" * LONGEST] * LINES))
def test_valid_text_is_unchanged(text: str) -> None:
    assert check(**GOOD | {"text": text}).text == text


def test_zero_width_characters_do_not_count_as_text() -> None:
    longest = 2 * LINES * (LONGEST + 1)
    assert check(**GOOD | {"text": "\u200b" * longest}).text == ""
    with pytest.raises(InputError, match=f"received {longest + 1} characters"):
        check(**GOOD | {"text": "\u200b" * (longest + 1)})


@given(st.text("0123456789 -\n", max_size=20), st.characters(), st.text(max_size=20))
def test_an_invalid_character_is_named_with_its_position(before: str, bad: str, after: str) -> None:
    if bad in WRITABLE + "\n" or ord(bad) in UNDERSTOOD:
        return
    with pytest.raises(InputError) as error:
        check(**GOOD | {"text": before + bad + after})
    assert error.value.field == "text"
    column = len(before) - (before.rfind("\n") + 1) + 1
    assert f"received {bad!r} as character {column}" in str(error.value)
    if "\n" in before:
        assert str(error.value).endswith(f"of line {before.count(chr(10)) + 1}")


PASTED = [
    ("1\u202f234\u00a0567\u2009€", "1 234 567 €"),
    ("7\t8", "7 8"),
    ("1\r\n2\r3\u20284\v5", "1\n2\n3\n4\n5"),
    ("−5 – 6 — 7", "−5 – 6 – 7"),  # the minus sign stays, and the em dash becomes an en dash
    ("07‐11‑25", "07-11-25"),
    ("３．５０＋（２％）＝＊", "3.50+(2%)=×"),
    ("2*3∗4∕5⁄6∶7￡", "2×3×4/5/6:7£"),
    ("3 x 4X5", "3 × 4×5"),
    ("3·4⋅5∙6", "3·4·5·6"),
    ("\ufeff12\u200b\u00ad3\u200e", "123"),
]


@pytest.mark.parametrize(("pasted", "expected_text"), PASTED)
def test_pasted_text_is_normalized(pasted: str, expected_text: str) -> None:
    assert normalized(pasted) == check(**GOOD | {"text": pasted}).text == expected_text


def test_every_unicode_space_is_normalized() -> None:
    spaces = [chr(code) for code in range(0x3001) if unicodedata.category(chr(code)) == "Zs" and code != 0x1680]
    assert normalized("".join(spaces)) == " " * len(spaces)


CHOICES = [
    ("", ()),
    ("3:2", ((3, 2),)),
    ("6:1,3:2,0:6", ((0, 6), (3, 2), (6, 1))),
    ("3:0", ()),  # 0 is the default variant
]


@pytest.mark.parametrize(("choices", "expected"), CHOICES)
def test_choices_are_parsed_and_sorted(choices: Any, expected: Any) -> None:
    assert check(**GOOD | {"choices": choices}).choices == expected


REFUSED = [
    ("text", "1\n" + "1" * 65, "received 65 in line 2"),
    ("text", "\n" * 40, "at most 40 lines, received 41"),
    ("text", "1" * 10**6, "at most 40 lines of 64, received 1000000 characters"),
    ("text", 12, "expected text, received int"),
    ("ink", "red", "such as #123"),
    ("slant", 10**400, "-30 to 30 degrees, received 1000"),
    ("choices", None, "such as 3:2,7:1, received None"),
    ("choices", [(3, 2)], "such as 3:2,7:1, received [(3, 2)]"),
    ("choices", "4:1", "the position of a digit, counted from 0, received 4; it has '-'"),
    ("choices", "10:1", "received 10; the text has 10 characters"),
    ("choices", "3:7", "one variant for a position, received 3:7; variants are 1 to 6, 0 is none"),
    ("choices", "3:1,3:2", "received 3:2; it has one already"),
]


@pytest.mark.parametrize(("field", "value", "message"), REFUSED)
def test_refusals_name_the_field_expected_and_received(field: str, value: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        check(**GOOD | {field: value})
    assert error.value.field == field
    assert message in str(error.value)
    assert len(str(error.value)) < 200
    assert "\n" not in str(error.value)
