"""Describe the public API in OpenAPI 3.1, served at GET /api/openapi.json.

It has the addresses that programs use: numbers in handwriting, runs and their commands,
and saved pictures. The other addresses under /api belong to the pages and may change
with them. The limits come from the `Parameter` objects that check requests. The schemas
of responses come from the types in gan/runs/messages.py.

Source: OpenAPI Specification 3.1.1, https://spec.openapis.org/oas/v3.1.1.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from aiohttp import web

from gan.base.parameter import Parameter, table
from gan.runs.messages import EvaluationFields, Snapshot, State
from gan.web.http.params import read_query
from gan.web.routes import runs
from gan.web.routes.write import PARAMETERS
from gan.web.services.catalogue import RUN_NAME
from gan.write.formats import FORMATS
from gan.write.options_and_limits import ANIMATION

Schema = dict[str, Any]


async def show_openapi(request: web.Request) -> web.Response:
    read_query(request)
    return web.json_response(document())


# The schemas of basic types. A float may be null: a diverged run has infinity and NaN,
# which JSON cannot represent, so `gan.web.services.catalogue.finite` replaces them by
# null.
PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    str: {"type": "string"},
    NoneType: {"type": "null"},
    Any: {},
}


def schema_of(kind: Any) -> Schema:
    """Return the schema of a TypedDict, Literal, union, list, dict or basic type."""
    if is_typeddict(kind):
        hints = {name: schema_of(hint) for name, hint in get_type_hints(kind).items()}
        about = " ".join((kind.__doc__ or "").split())
        return object_of(hints, sorted(kind.__required_keys__)) | {"description": about}
    origin = get_origin(kind)
    of = get_args(kind)
    if origin is Literal:
        return {"enum": list(of)}
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(one) for one in of]}
    if origin is list:
        return {"type": "array", "items": schema_of(of[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(of[1])}
    return dict(PLAIN[kind])


def object_of(
    properties: dict[str, Schema], required: list[str] | None = None
) -> Schema:
    """Return the schema of an object with exactly these properties.

    All are required by default.
    """
    needed = list(properties) if required is None else required
    return {
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


PATH = table(
    Parameter("id", str, pattern=RUN_NAME.pattern, help="the name of a run"),
    Parameter(
        "iteration", int, 0, 999_999_999, help="the iteration of a saved picture"
    ),
)
DESCRIPTION = (
    "Write numbers in handwriting, and control the training runs of this server. The "
    "server responds to its own pages and to programs, and rejects requests from pages "
    "of other sites. If other machines can reach it, requests need a token from one of "
    "the links that it prints: watch allows GET, drive also allows POST."
)
ANY_OBJECT: Schema = {"type": "object"}
SUMMARIES = {
    "open": "Make a run the live one, with its own worker.",
    "train": "Train a run for a number of iterations.",
    "fun": "Train a run until it is paused.",
    "pause": "Stop training; the run is saved.",
    "unlock": "From now on, the artist's turns also change the judge.",
    "lock": "From now on, the artist's turns no longer change the judge.",
    "reset": "Start over from the untrained network, and delete pictures and metrics.",
    "step": "Train one iteration, then pause. Pages that watch receive its turns.",
}


def is_needed(parameter: Parameter) -> bool:
    return parameter.default is None and not parameter.none


def in_address(parameter: Parameter, where: str) -> Schema:
    """Describe a parameter. `where` is "path" or "query"."""
    description = parameter.help
    if parameter.name in ANIMATION:
        description = f"With format=animated: {description}"
    return {
        "name": parameter.name,
        "in": where,
        "description": description,
        "required": is_needed(parameter),
        "schema": replace(parameter, none="").schema(),
    }


def in_json(content: Schema) -> Schema:
    return {"application/json": {"schema": content}}


def operation(
    address: str,
    summary: str,
    content: Schema,
    given: Collection[Parameter] = (),
    status: int = 200,
) -> tuple[str, Schema]:
    """Return an address, such as "GET /api/runs/{id}", and its description.

    `content` describes the body of a successful response. `given` are the parameters of
    the query; with POST, they are those of the JSON body.
    """
    success = {"description": "Success.", "content": content}
    refusal = {"$ref": "#/components/responses/Refusal"}
    refusals = dict.fromkeys(("401", "403", "default"), refusal)
    in_path = re.findall(r"{(\w+)}", address)
    parameters = [in_address(PATH[name], "path") for name in in_path]
    described: Schema = {
        "operationId": re.sub(r"\W+", "_", address.lower()).strip("_"),
        "summary": summary,
        "responses": {str(status): success} | refusals,
        "parameters": parameters,
    }
    if address.startswith("GET"):
        parameters += [in_address(one, "query") for one in given]
    elif given:
        fields = {one.name: one.schema() | {"description": one.help} for one in given}
        needed = [one.name for one in given if is_needed(one)]
        described["requestBody"] = {
            "required": bool(needed),
            "content": in_json(object_of(fields, needed)),
        }
    return address, described


def operations() -> list[tuple[str, Schema]]:
    created = object_of({"id": PLAIN[str]})
    summary = ANY_OBJECT | {"required": ["id", "live", "recorded"]}
    listed = object_of({"runs": {"type": "array", "items": summary}})
    remarks = object_of(
        {"iteration": PLAIN[int], **schema_of(EvaluationFields)["properties"]}
    )
    health = {
        "status": {"const": "ok"},
        "ready": PLAIN[bool],
        "training": schema_of(State),
    }
    number = (
        "A number in handwriting: PNG, SVG, an SVG that writes itself, or JSON. "
        "The same request gives the same bytes."
    )
    writing: Schema = {form.content_type: {} for form in FORMATS.values()} | in_json(
        ANY_OBJECT
    )
    picture = "/api/runs/{id}/images/{iteration}"
    commands = [
        operation(
            f"POST /api/runs/{{id}}/{name}",
            SUMMARIES[name],
            in_json(object_of({"id": PLAIN[str], "command": {"const": name}})),
            parameters.values(),
            202,
        )
        for name, parameters in runs.COMMANDS.items()
    ]
    return [
        operation("GET /api/write", number, writing, PARAMETERS.values()),
        operation("GET /api/runs", "A summary of each run.", in_json(listed)),
        operation(
            "POST /api/runs",
            "Create a run and open it.",
            in_json(created),
            runs.NEW_RUN.values(),
            201,
        ),
        operation(
            "GET /api/runs/{id}", "The snapshot of a run.", in_json(schema_of(Snapshot))
        ),
        *commands,
        operation(
            f"GET {picture}.png",
            "A picture of a run.",
            {"image/png": {}},
            [runs.VERSION],
        ),
        operation(
            f"GET {picture}.json",
            "The evaluation of a picture.",
            in_json(remarks),
            [runs.VERSION],
        ),
        operation(
            "GET /healthz",
            "Whether the server responds and is ready.",
            in_json(object_of(health)),
        ),
        operation("GET /api/openapi.json", "This document.", in_json(ANY_OBJECT)),
    ]


def document() -> Schema:
    error = object_of({"error": PLAIN[str], "field": schema_of(str | None)})
    refusal = {
        "description": "What was expected and what was received, in one line.",
        "content": in_json(error),
    }
    paths: dict[str, Schema] = {}
    for address, described in operations():
        method, path = address.split()
        paths.setdefault(path, {})[method.lower()] = described
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "A GAN that learns to draw digits",
            "version": "2.0.0",
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],  # no token is needed on the same machine
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Refusal": refusal},
        },
    }
