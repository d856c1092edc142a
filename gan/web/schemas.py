"""JSON Schemas (draft 2020-12, that of OpenAPI 3.1) of what the server tells, made from the types it is told with.

What comes over a WebSocket has a TypedDict (gan/runs/events.py), which mypy holds the code to; `schema_of` turns it
into a schema, so the two cannot differ. Answers without one are in gan/web/answers.py.
"""

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

Schema = dict[str, Any]

# A diverged run has numbers that JSON cannot say; `gan.web.describe.finite` makes them null.
PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    str: {"type": "string"},
    NoneType: {"type": "null"},
    Any: {},
}


def schema_of(kind: Any) -> Schema:
    """The schema of a type: a TypedDict, Literal, union, list, dict with names as keys, or a plain one."""
    if kind in PLAIN:
        return dict(PLAIN[kind])
    if is_typeddict(kind):
        hints = {name: schema_of(hint) for name, hint in get_type_hints(kind).items()}
        return described(record(hints, sorted(kind.__required_keys__)), kind.__doc__ or "")
    origin, of = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(of)}
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(one) for one in of]}
    if origin is list:
        return listed(schema_of(of[0]))
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(of[1])}
    raise TypeError(f"expected a type that JSON can have, received {kind}")


def record(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """An object of these properties, all of them required unless `required` names some, and no others."""
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def listed(items: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": items}


def described(schema: Schema, words: str) -> Schema:
    """The schema with a description of one line."""
    return schema | {"description": " ".join(words.split())}


def ranged(low: float, high: float, usual: float | None = None) -> Schema:
    """A number from low to high; a whole one, if they are."""
    kind = "integer" if isinstance(low, int) else "number"
    return {"type": kind, "minimum": low, "maximum": high} | ({} if usual is None else {"default": usual})


def chosen(words: tuple[str, ...] | list[str], usual: str | None = None) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(words)} | ({} if usual is None else {"default": usual})


def or_null(schema: Schema) -> Schema:
    """What may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def called(name: str) -> Schema:
    """A schema that stands among the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}
