"""gan/web/schemas.py: a type's schema accepts the values of that type and no others."""

from typing import Any, Literal, NotRequired, TypedDict

import pytest
from jsonschema import Draft202012Validator

from gan.runs.messages import ClientMessage, MetricsEvent, SheetEvent
from gan.web.schemas import number_from, schema_of


class Base(TypedDict):
    """A
    base."""

    kind: Literal["a", "b"]


class Example(Base):
    many: list[int | None]
    some: NotRequired[dict[str, bool]]


def fits(schema: dict[str, Any], value: Any) -> bool:
    return bool(Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"kind": "a", "many": [1, None]}, True),
        ({"kind": "b", "many": [], "some": {"x": True}}, True),
        ({"kind": "c", "many": []}, False),
        ({"kind": "a"}, False),
        ({"kind": "a", "many": ["1"]}, False),
        ({"kind": "a", "many": [], "some": {"x": 1}}, False),
        ({"kind": "a", "many": [], "more": 1}, False),
    ],
)
def test_the_schema_of_a_typed_dict_accepts_its_values_only(value: Any, expected: bool) -> None:
    assert fits(schema_of(Example), value) == expected


def test_the_docstring_becomes_the_description() -> None:
    assert schema_of(Base)["description"] == "A base."


def test_infinite_numbers_become_null() -> None:
    event: MetricsEvent = {
        "type": "metrics", "run": "x", "iteration": 1, "d_loss": float("inf"), "g_loss": 0.5, "told_apart": 0.5,
        "penalty": 0.0, "d_change": None, "learning_rate": 0.1, "iterations_per_second": 9.0,
    }  # fmt: skip
    assert fits(schema_of(MetricsEvent), {**event, "d_loss": None})
    assert fits(schema_of(ClientMessage), {**event, "d_loss": None})
    assert not fits(schema_of(SheetEvent), {**event, "d_loss": None})


def test_whole_limits_accept_whole_numbers_only() -> None:
    assert [fits(number_from(1, 3), value) for value in (1, 3, 0, 4, 1.5)] == [True, True, False, False, False]
    assert [fits(number_from(1.0, 3.0), value) for value in (1, 1.5, 3.5)] == [True, True, False]


def test_a_type_without_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a type that JSON can have"):
        schema_of(tuple[int, int])
