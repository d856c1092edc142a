"""Describe the public API in OpenAPI 3.1, served at GET /api/openapi.json for programs and for people.

It has the addresses that programs use: numbers in handwriting, runs and their commands, and saved pictures. The other
addresses under /api belong to the pages and may change with them. The limits come from the `Parameter` objects that
check requests, and the schemas of responses from their types (gan/runs/messages.py).
Source: OpenAPI Specification 3.1.1, https://spec.openapis.org/oas/v3.1.1.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from aiohttp import web

from gan.cli.parameter import Parameter
from gan.runs.messages import EvaluationFields, Part, Snapshot, State
from gan.web.http.params import read_query
from gan.web.routes import runs
from gan.web.routes.write import PARAMETERS
from gan.web.services.catalogue import RUN_NAME
from gan.write.formats import FORMATS
from gan.write.request import OPTIONS

Schema = dict[str, Any]


async def show_openapi(request: web.Request) -> web.Response:
    read_query(request)
    return web.json_response(document())


# Numbers may be null: a diverged run has infinity and NaN, which JSON cannot represent, and
# `gan.web.services.catalogue.finite` replaces them by null.
PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"}, int: {"type": "integer"}, float: {"type": ["number", "null"]}, str: {"type": "string"},
    NoneType: {"type": "null"}, Any: {},
}  # fmt: skip


def schema_of(kind: Any) -> Schema:
    """Return the schema of a type: a TypedDict, Literal, union, list, dict with string keys, or basic type."""
    if kind in PLAIN:
        return dict(PLAIN[kind])
    if is_typeddict(kind):
        hints = {name: schema_of(hint) for name, hint in get_type_hints(kind).items()}
        schema = object_of(hints, sorted(kind.__required_keys__))
        return schema | {"description": " ".join((kind.__doc__ or "").split())}
    origin, of = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(of)}
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(one) for one in of]}
    if origin is list:
        return {"type": "array", "items": schema_of(of[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(of[1])}
    raise TypeError(f"expected a type that JSON can have, received {kind}")


def object_of(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """Return the schema of an object with exactly these properties, all of which are required by default."""
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


PATH = {  # what an address can contain
    "id": PLAIN[str] | {"pattern": f"^{RUN_NAME.pattern}$"},
    "iteration": PLAIN[int] | {"minimum": 0, "maximum": 999_999_999},
}
ANY_OBJECT: Schema = {"type": "object"}
REFUSALS = {status: {"$ref": "#/components/responses/Refusal"} for status in ("401", "403", "default")}
COMMANDS = {
    "open": "Make a run the live one, with its own worker.",
    "train": "Train a run for a number of iterations.",
    "fun": "Train a run until it is paused.",
    "pause": "Stop training; the run is saved.",
    "unlock": "From now on, the artist's turns also change the judge.",
    "lock": "From now on, the artist's turns no longer change the judge.",
    "reset": "Start over from the untrained network, and delete pictures and metrics.",
    "step": "Train one iteration, then pause. Pages that watch receive its turns.",
}


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    address: str  # such as "GET /api/runs/{id}"
    summary: str
    reply: Schema | None = None  # the schema of a response in JSON
    status: int = 200  # of a successful response
    given: Collection[Parameter] = ()  # the parameters of the query, or with POST of the JSON body
    kinds: tuple[str, ...] = ()  # the content types of other responses

    def entry(self) -> Schema:
        content: Schema = {kind: {} for kind in self.kinds}
        if self.reply is not None:
            content["application/json"] = {"schema": self.reply}
        found = {str(self.status): {"description": "Success.", "content": content}}
        name = re.sub(r"\W+", "_", self.address.lower()).strip("_")
        parts = re.findall(r"{(\w+)}", self.address)
        given = [{"name": part, "in": "path", "required": True, "schema": PATH[part]} for part in parts]
        if is_query := self.address.startswith("GET"):
            given += map(in_query, self.given)
        whole = {"operationId": name, "summary": self.summary, "parameters": given, "responses": found | REFUSALS}
        if self.given and not is_query:
            known = {one.name: one.schema() | {"description": one.help} for one in self.given}
            needed = [one.name for one in self.given if one.default is None and not one.none]
            content = {"application/json": {"schema": object_of(known, needed)}}
            whole["requestBody"] = {"required": bool(needed), "content": content}
        return whole


def in_query(parameter: Parameter) -> Schema:
    form = next((f"With format={form}: " for form, names in OPTIONS.items() if parameter.name in names), "")
    entry: Schema = {"name": parameter.name, "in": "query", "description": form + parameter.help}
    if parameter is PARAMETERS["number"]:
        entry |= {"required": True, "allowEmptyValue": True}
    return entry | {"schema": replace(parameter, none="").schema()}


def operations() -> list[Operation]:
    created = object_of({"id": PLAIN[str]})
    listed = object_of({"runs": {"type": "array", "items": ANY_OBJECT | {"required": ["id", "live", "recorded"]}}})
    remarks = object_of({"iteration": PLAIN[int], **schema_of(EvaluationFields)["properties"]})
    counts = object_of(dict.fromkeys(get_args(Part), schema_of(list[int])), [])  # [compiled, all] kernels of a part
    health = {"status": {"const": "ok"}, "ready": PLAIN[bool], "preparing": counts, "training": schema_of(State)}
    number = (
        "A number in handwriting as PNG, SVG, strokes for a plotter, or JSON. The same request gives the same bytes."
    )
    picture, version = "/api/runs/{id}/images/{iteration}", (runs.VERSION,)
    kinds = tuple(sorted({form.content_type for form in FORMATS.values()} - {"application/json"}))
    return [
        Operation("GET /api/write", number, ANY_OBJECT, given=PARAMETERS.values(), kinds=kinds),
        Operation("GET /api/runs", "A summary of each run.", listed),
        Operation("POST /api/runs", "Create a run, and make it the live one.", created, 201, runs.NEW_RUN.values()),
        Operation("GET /api/runs/{id}", "The snapshot of a run.", schema_of(Snapshot)),
        *(
            Operation(
                f"POST /api/runs/{{id}}/{command}", COMMANDS[command],
                object_of({"id": PLAIN[str], "command": {"const": command}}), 202, given.values(),
            )
            for command, given in runs.COMMANDS.items()
        ),
        Operation(f"GET {picture}.png", "A picture of a run.", given=version, kinds=("image/png",)),
        Operation(f"GET {picture}.json", "The evaluation of a picture.", remarks, given=version),
        Operation("GET /healthz", "Whether the server responds and is ready.", object_of(health)),
        Operation("GET /api/openapi.json", "This document.", ANY_OBJECT),
    ]  # fmt: skip


@lru_cache(maxsize=1)
def document() -> Schema:
    error = object_of({"error": PLAIN[str], "field": schema_of(str | None)})
    refusal = {"description": "What was expected and what was received, in one line."}
    paths: dict[str, Schema] = {}
    for operation in operations():
        method, path = operation.address.split()
        paths.setdefault(path, {})[method.lower()] = operation.entry()
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "A GAN that learns to draw digits",
            "version": "2.0.0",
            "description": "Write numbers in handwriting, and control the training runs of this server. The server "
            "responds to its own pages and to programs, and rejects requests from pages of other sites. If other "
            "machines can reach it, requests need a token from one of the links that it prints: watch allows GET, "
            "drive also allows POST.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],  # no token is needed on the same machine
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Refusal": refusal | {"content": {"application/json": {"schema": error}}}},
        },
    }
