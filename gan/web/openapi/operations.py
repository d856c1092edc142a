"""Building blocks of /api/openapi.json (gan/web/openapi/document.py): schemas, operations, parameters, responses.

Messages over a WebSocket are TypedDicts (gan/runs/messages.py), which mypy checks; `schema_of` turns them into JSON
Schemas (draft 2020-12, as in OpenAPI 3.1), so the two cannot differ. gan/web/openapi/response_schemas.py has the
others.
"""

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from gan.web.http.params import MAX_ITERATIONS
from gan.web.services.catalogue import RUN_NAME
from gan.write import request as limits

Schema = dict[str, Any]

# A diverged run has numbers that JSON cannot hold; `gan.web.services.describe.finite` makes them null.
PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    str: {"type": "string"},
    NoneType: {"type": "null"},
    Any: {},
}


def schema_of(kind: Any) -> Schema:
    """Return the schema of a type: TypedDict, Literal, union, list, dict with string keys, or a basic type."""
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
    """Return the schema of an object with these properties and no others; all are required by default."""
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def listed(items: Schema) -> Schema:
    """Return the schema of an array."""
    return {"type": "array", "items": items}


def described(schema: Schema, words: str) -> Schema:
    """Add a description of one line to a schema."""
    return schema | {"description": " ".join(words.split())}


def ranged(low: float, high: float, usual: float | None = None) -> Schema:
    """Return the schema of a number in a range; an integer if the bounds are."""
    kind = "integer" if isinstance(low, int) else "number"
    return {"type": kind, "minimum": low, "maximum": high} | ({} if usual is None else {"default": usual})


def chosen(words: tuple[str, ...] | list[str], usual: str | None = None) -> Schema:
    """Return the schema of a choice of words."""
    return {"type": "string", "enum": list(words)} | ({} if usual is None else {"default": usual})


def or_null(schema: Schema) -> Schema:
    """Allow null."""
    return {"anyOf": [schema, {"type": "null"}]}


def called(name: str) -> Schema:
    """Refer to a schema in the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


Described = dict[str, Any]

DIGIT = ranged(0, 9)
SEED = ranged(*limits.SEEDS, 0)
ITERATIONS = record({"iterations": ranged(1, MAX_ITERATIONS)})
COMMANDED = {
    "open": "Make a run the live one, with a worker of its own.",
    "train": "Train a run for a number of iterations.",
    "fun": "Train a run until it is paused.",
    "pause": "Stop training; the run is saved.",
    "reset": "Start over from the untrained network, and delete pictures and metrics.",
}
REFUSAL = {"$ref": "#/components/responses/Refusal"}
REFUSALS: Described = {
    "401": {"$ref": "#/components/responses/NoLink"},
    "403": {"$ref": "#/components/responses/Forbidden"},
    "default": REFUSAL,
}


def as_json(words: str, schema: Schema) -> Described:
    """Return a JSON response."""
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def operation(name: str, words: str, replies: dict[int, Described], *parameters: Described, **more: Any) -> Described:
    """Return one method of one path; any other response is a refusal."""
    told = {str(status): reply for status, reply in replies.items()} | REFUSALS
    asked = {"parameters": list(parameters)} if parameters else {}
    return {"operationId": name, "summary": words, **asked, **more, "responses": told}


def query(name: str, schema: Schema, words: str, **more: Any) -> Described:
    """Return a query parameter."""
    return {"name": name, "in": "query", "description": words, "schema": schema, **more}


def in_path(name: str, schema: Schema, words: str) -> Described:
    """Return a path parameter."""
    return {"name": name, "in": "path", "required": True, "description": words, "schema": schema}


def body(schema: Schema, required: bool) -> Described:
    """Return a JSON request body."""
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def run_id() -> Described:
    """Return the path parameter of a run."""
    return in_path("id", {"type": "string", "pattern": f"^{RUN_NAME.pattern}$"}, "Name of the run.")


def messages() -> dict[int, Described]:
    """Return the response that becomes a WebSocket."""
    return {101: {"description": "A WebSocket that only sends: each message is JSON as in #/components/schemas/Told."}}
