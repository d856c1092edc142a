"""Types as schemas: each says yes to what the type holds and no to the rest."""

from typing import Any, Literal, NotRequired, TypedDict

import pytest
from jsonschema import Draft202012Validator

from gan.runs.messages import ClientMessage, MetricsEvent, SheetEvent
from gan.web.schemas import schema_of


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
    ("value", "good"),
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
def test_a_typed_dict_with_all_that_it_may_have(value: Any, good: bool) -> None:
    assert fits(schema_of(Example), value) == good


def test_its_docstring_describes_it() -> None:
    assert schema_of(Base)["description"] == "A base."


def test_a_number_that_json_cannot_say_is_null() -> None:
    event: MetricsEvent = {
        "type": "metrics", "run": "x", "iteration": 1, "d_loss": float("inf"), "g_loss": 0.5, "told_apart": 0.5,
        "penalty": 0.0, "d_change": None, "learning_rate": 0.1, "iterations_per_second": 9.0,
    }  # fmt: skip
    assert fits(schema_of(MetricsEvent), {**event, "d_loss": None})
    assert fits(schema_of(ClientMessage), {**event, "d_loss": None})
    assert not fits(schema_of(SheetEvent), {**event, "d_loss": None})


def test_what_json_has_not_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a type that JSON can have"):
        schema_of(tuple[int, int])
