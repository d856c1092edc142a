"""gan/base/parameter.py: values and texts that a parameter accepts, its one error
message, and its JSON schema.
"""

import math
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gan.base.errors import InputError
from gan.base.parameter import Parameter, shorten
from gan.rules.run_config import SETTINGS
from gan.write.options_and_limits import WRITING

SIZE = Parameter("size", int, 16, 320, unit="pixels", default=96)
RATE = Parameter("rate", float, 0, 1, above=True)
BETA = Parameter("beta", float, 0, 1, below=True)
GAMMA = Parameter("gamma", float, 0)
COUNT = Parameter("count", int, 1, none="until stopped")
PEN = Parameter("pen", str, choices=("ballpoint", "felt"))
INK = Parameter("ink", str, pattern="#[0-9a-f]{3}", example="a colour such as #123")
FREEZE = Parameter("freeze", bool)
TEXT = Parameter("text", str)

ACCEPTED: list[tuple[Parameter, list[Any]]] = [
    (SIZE, [16, 320]),
    (RATE, [1e-9, 1, 1.0]),
    (BETA, [0, 0.999]),
    (GAMMA, [0, 1e300]),
    (COUNT, [1, 10**30, None]),
    (PEN, ["felt"]),
    (INK, ["#12f"]),
    (FREEZE, [True, False]),
    (TEXT, ["", "a"]),
]
REFUSED: list[tuple[Parameter, str, list[Any]]] = [
    (
        SIZE,
        "a whole number from 16 to 320 pixels",
        [5, 321, 16.0, "16", True, None, [16], {"a": 16}],
    ),
    (RATE, "a number above 0 and at most 1", [0, 1.1, math.nan, True, "0.5", None]),
    (BETA, "a number of at least 0 and below 1", [-0.1, 1, 1.0]),
    (GAMMA, "a number of at least 0", [-1e-9, math.inf, math.nan, 10**400]),
    (COUNT, "a whole number of at least 1, or none for until stopped", [0, 1.5, False]),
    (PEN, "ballpoint or felt", ["quill", "", None, 1, ["felt"]]),
    (INK, "a colour such as #123", ["red", "#12", "#123\n", None]),
    (FREEZE, "true or false", [1, "yes", None]),
    (TEXT, "text", [1, None]),
    (replace(PEN, choices=("a", "b", "c")), "a, b or c", ["d"]),
]


@pytest.mark.parametrize(
    ("parameter", "values"), [pytest.param(*one, id=one[0].name) for one in ACCEPTED]
)
def test_values_in_the_range_are_returned(
    parameter: Parameter, values: list[Any]
) -> None:
    for value in values:
        assert parameter.check(value) == value
        assert Draft202012Validator(parameter.schema()).is_valid(value)


@pytest.mark.parametrize(
    ("parameter", "expected", "values"),
    [pytest.param(*one, id=one[1]) for one in REFUSED],
)
def test_other_values_are_refused_with_one_message(
    parameter: Parameter, expected: str, values: list[Any]
) -> None:
    for value in values:
        with pytest.raises(InputError) as caught:
            parameter.check(value)
        assert (
            str(caught.value)
            == f"{parameter.name}: expected {expected}, received {shorten(repr(value))}"
        )
        assert caught.value.field == parameter.name


def test_a_number_is_a_float_where_one_is_expected_and_never_minus_zero() -> None:
    assert isinstance(GAMMA.check(1), float)
    assert math.copysign(1, Parameter("slant", float, -1, 1).check(-0.0)) == 1


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (SIZE, "16", 16),
        (SIZE, "0016", 16),
        (Parameter("x", int, -5, 5), "-3", -3),
        (RATE, "1e-3", 0.001),
        (RATE, ".5", 0.5),
        (RATE, "+0.5", 0.5),
        (GAMMA, "7", 7.0),
        (PEN, "felt", "felt"),
        (TEXT, "", ""),
    ],
)
def test_the_text_of_a_request_is_parsed(
    parameter: Parameter, text: str, value: Any
) -> None:
    assert parameter.parse(text) == value


NOT_WHOLE = ["", " 16", "16.0", "+16", "1_6", "٣٢", "9" * 5000, "nan", "0x10"]
NOT_REAL = ["", " 1", "1e0", "nan", "inf", "1e999", "٣", "1_0", "--1", "0" * 400 + "1"]


@pytest.mark.parametrize(
    ("parameter", "texts"),
    [
        (SIZE, [*NOT_WHOLE, "15"]),
        (GAMMA, [*NOT_REAL, "-1"]),
        (PEN, ["", "quill"]),
        (FREEZE, ["true"]),
    ],
)
def test_any_other_text_is_refused(parameter: Parameter, texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(
            InputError, match=f"^{parameter.name}: expected .*, received ."
        ) as caught:
            parameter.parse(text)
        assert caught.value.field == parameter.name
        assert len(str(caught.value)) < 120


def test_a_schema_has_the_type_the_range_and_the_default() -> None:
    assert SIZE.schema() == {
        "type": "integer",
        "minimum": 16,
        "maximum": 320,
        "default": 96,
    }
    assert RATE.schema() == {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    assert COUNT.schema() == {
        "anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]
    }
    assert PEN.schema() == {"type": "string", "enum": ["ballpoint", "felt"]}


def test_defaults_are_accepted() -> None:
    for parameter in [*SETTINGS.values(), *WRITING.values()]:
        if parameter.default is not None:
            assert parameter.check(parameter.default) == parameter.default
