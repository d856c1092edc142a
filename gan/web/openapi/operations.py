"""JSON Schemas (draft 2020-12, that of OpenAPI 3.1) of what the server tells, made from the types it is told with.

What comes over a WebSocket has a TypedDict (gan/runs/messages.py), which mypy holds the code to; `schema_of` turns it
into a schema, so the two cannot differ. Answers without one are in gan/web/openapi/response_schemas.py.

The pieces that /api/openapi.json is made of (gan/web/openapi/document.py): operations, their parameters, their answers.
"""

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from gan.web.http.params import MOST_ITERATIONS
from gan.web.services.catalogue import RUN_NAME
from gan.write import request as limits

Schema = dict[str, Any]

# A diverged run has numbers that JSON cannot say; `gan.web.services.describe.finite` makes them null.
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


Described = dict[str, Any]

DIGIT = ranged(0, 9)
SEED = ranged(*limits.SEEDS, 0)
ITERATIONS = record({"iterations": ranged(1, MOST_ITERATIONS)})
COMMANDED = {
    "open": "Make a run the live one, which a process of its own can train.",
    "train": "Train a run for so many iterations.",
    "fun": "Train a run until it is paused.",
    "pause": "Stop training; the run is saved.",
    "reset": "Start anew from the untrained network, and drop what was made.",
}
REFUSAL = {"$ref": "#/components/responses/Refusal"}
REFUSALS: Described = {
    "401": {"$ref": "#/components/responses/NoLink"},
    "403": {"$ref": "#/components/responses/Forbidden"},
    "default": REFUSAL,
}


def as_json(words: str, schema: Schema) -> Described:
    """An answer in JSON."""
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def operation(name: str, words: str, replies: dict[int, Described], *parameters: Described, **more: Any) -> Described:
    """What one method of one path does; any other reply is a refusal."""
    told = {str(status): reply for status, reply in replies.items()} | REFUSALS
    asked = {"parameters": list(parameters)} if parameters else {}
    return {"operationId": name, "summary": words, **asked, **more, "responses": told}


def query(name: str, schema: Schema, words: str, **more: Any) -> Described:
    """A parameter of the address."""
    return {"name": name, "in": "query", "description": words, "schema": schema, **more}


def in_path(name: str, schema: Schema, words: str) -> Described:
    """A part of the path."""
    return {"name": name, "in": "path", "required": True, "description": words, "schema": schema}


def body(schema: Schema, required: bool) -> Described:
    """What is sent, in JSON."""
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def run_id() -> Described:
    """The run in a path."""
    return in_path("id", {"type": "string", "pattern": f"^{RUN_NAME.pattern}$"}, "Name of the run.")


def messages() -> dict[int, Described]:
    """The reply that turns into a WebSocket."""
    return {101: {"description": "A WebSocket that only tells: each message is JSON as in #/components/schemas/Told."}}
