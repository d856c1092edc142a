"""The pieces that /api/openapi.json is made of (gan/web/openapi.py): operations, their parameters, their answers."""

from typing import Any

from gan.web.ask import MOST_ITERATIONS
from gan.web.catalogue import RUN_NAME
from gan.web.schemas import Schema, ranged, record
from gan.write import request as limits

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
