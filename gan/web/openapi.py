"""Describe the public API in OpenAPI 3.1, served at GET /api/openapi.json for programs and for people.

It has the addresses that programs use: numbers in handwriting, runs and their commands, and saved pictures. The other
addresses under /api belong to the pages and may change with them.

Limits and names come from the code that checks them, and schemas of snapshots and evaluations from their types
(gan/runs/messages.py), so they cannot drift apart. The tests compare paths, parameters, limits and schemas with the
server's routes and responses.
Source: OpenAPI Specification 3.1.1, https://spec.openapis.org/oas/v3.1.1.
"""

from dataclasses import replace
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from aiohttp import web

from gan.cli.parameter import DIGIT, Parameter
from gan.runs.messages import EvaluationFields, Part, Snapshot, State
from gan.web.http.params import read_query
from gan.web.routes import runs
from gan.web.routes.write import PARAMETERS
from gan.web.services.catalogue import RUN_NAME
from gan.write.formats import FORMATS
from gan.write.request import OPTIONS, SETTINGS, VARIANTS, WRITING

JSON = dict[str, Any]
Schema = JSON

TEXT: Schema = {"type": "string"}
YES: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}

TOKEN = "The token in a link that the server prints. A browser that has opened a link sends it as a cookie."


async def show_openapi(request: web.Request) -> web.Response:
    read_query(request)
    return web.json_response(document())


@lru_cache(maxsize=1)
def document() -> JSON:
    refused = "The request comes from another site's page, or the token only allows watching."
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
        "paths": write_paths() | run_paths() | picture_paths() | server_paths(),
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": TOKEN}},
            "responses": {
                "Refusal": json_response("What was expected and what was received, in one line.", reference("Error")),
                "NoLink": json_response("The request has no valid token.", reference("Error")),
                "Forbidden": json_response(refused, reference("Error")),
            },
        },
    }


# Paths


def write_paths() -> JSON:
    kinds: JSON = {form.content_type: {} for form in FORMATS.values()}
    kinds["application/json"] = {"schema": reference("Writing")}
    replies = {200: {"description": "The number. The same request gives the same bytes.", "content": kinds}}
    replies[304] = {"description": "The browser already has it (If-None-Match)."}
    words = "A number in handwriting as PNG, SVG, strokes for a plotter, or JSON."
    formats = {name: f"With format={form}: " for form, names in OPTIONS.items() for name in names}
    parameters = [query(one, formats.get(name, "") + one.help) for name, one in PARAMETERS.items()]
    next(one for one in parameters if one["name"] == "number")["allowEmptyValue"] = True
    return {"/api/write": {"get": operation("writeNumber", words, replies, *parameters)}}


def run_paths() -> JSON:
    created = {201: json_response("The run was created and is live.", object_of({"id": TEXT}))}
    created[201]["headers"] = {"Location": {"schema": TEXT, "description": "Address of the run."}}
    new = body(runs.NEW_RUN, required=[])
    listed = {200: json_response("The runs.", object_of({"runs": array_of(reference("RunSummary"))}))}
    one = {200: json_response("The run.", reference("Snapshot"))}
    paths: JSON = {
        "/api/runs": {
            "get": operation("listRuns", "A summary of each run.", listed),
            "post": operation("makeRun", "Create a run.", created, **new),
        },
        "/api/runs/{id}": {"get": operation("showRun", "The snapshot of a run.", one, run_id())},
    }
    for command, parameters in runs.COMMANDS.items():
        sent = json_response("The command was sent.", object_of({"id": TEXT, "command": {"const": command}}))
        needed = [name for name, parameter in parameters.items() if parameter.default is None]
        content = body(parameters, needed) if parameters else {}
        sending = operation(f"{command}Run", COMMANDS[command], {202: sent}, run_id(), **content)
        paths[f"/api/runs/{{id}}/{command}"] = {"post": sending}
    return paths


def picture_paths() -> JSON:
    at = in_path("iteration", WHOLE | {"minimum": 0, "maximum": 999_999_999}, "Iteration of the picture.")
    address = (run_id(), at, query(runs.VERSION))
    found = {200: {"description": "The picture.", "content": {"image/png": {}}}}
    evaluation = {200: json_response("The evaluation.", reference("Remarks"))}
    path = "/api/runs/{id}/images/{iteration}"
    return {
        f"{path}.png": {"get": operation("showPicture", "A picture of a run.", found, *address)},
        f"{path}.json": {"get": operation("showRemarks", "The evaluation of a picture.", evaluation, *address)},
    }


def server_paths() -> JSON:
    document_itself = {200: json_response("OpenAPI 3.1.", {"type": "object"})}
    well = {200: json_response("The state.", reference("Health"))}
    return {
        "/healthz": {"get": operation("healthz", "Whether the server responds and is ready.", well)},
        "/api/openapi.json": {"get": operation("showOpenapi", "This document.", document_itself)},
    }


# Building blocks

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
REFUSALS: JSON = {
    "401": {"$ref": "#/components/responses/NoLink"},
    "403": {"$ref": "#/components/responses/Forbidden"},
    "default": {"$ref": "#/components/responses/Refusal"},
}


def json_response(words: str, schema: Schema) -> JSON:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def operation(name: str, words: str, replies: dict[int, JSON], *parameters: JSON, **more: Any) -> JSON:
    """Describe one method of one path. Any response that is not in `replies` is an error."""
    responses = {str(status): reply for status, reply in replies.items()} | REFUSALS
    given = {"parameters": list(parameters)} if parameters else {}
    return {"operationId": name, "summary": words, **given, **more, "responses": responses}


def query(parameter: Parameter, words: str = "") -> JSON:
    """Describe a query parameter with `words`, or with its help text by default."""
    required = {"required": True} if parameter.default is None and not parameter.none else {}
    words = words or parameter.help
    if parameter.none and not words.endswith("."):
        words = f"{words}; default: {parameter.none}."
    sentence = words[:1].upper() + words[1:].rstrip(".") + "."
    schema = replace(parameter, none="").schema()
    return {"name": parameter.name, "in": "query", "description": sentence, "schema": schema, **required}


def in_path(name: str, schema: Schema, words: str) -> JSON:
    return {"name": name, "in": "path", "required": True, "description": words, "schema": schema}


def body(parameters: dict[str, Parameter], required: list[str]) -> JSON:
    """Describe a JSON request body. It may be left out if no parameter is required."""
    known = {name: parameter.schema() | {"description": parameter.help} for name, parameter in parameters.items()}
    content = {"application/json": {"schema": object_of(known, required)}}
    return {"requestBody": {"required": bool(required), "content": content}}


def run_id() -> JSON:
    return in_path("id", TEXT | {"pattern": f"^{RUN_NAME.pattern}$"}, "Name of the run.")


# Schemas

# Numbers may be null: a diverged run has infinity and NaN, which JSON cannot represent, and
# `gan.web.services.catalogue.finite` replaces them by null.
PLAIN: dict[Any, Schema] = {
    bool: YES, int: WHOLE, float: {"type": ["number", "null"]}, str: TEXT, NoneType: {"type": "null"}, Any: {}
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
        return array_of(schema_of(of[0]))
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(of[1])}
    raise TypeError(f"expected a type that JSON can have, received {kind}")


def object_of(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """Return the schema of an object with exactly these properties, all of which are required by default."""
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def array_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


# The schemas


def schemas() -> dict[str, Schema]:
    preparing = object_of(dict.fromkeys(get_args(Part), array_of(WHOLE)), [])  # [compiled, all] kernels of a part
    health = {"status": {"const": "ok"}, "ready": YES, "preparing": preparing, "training": schema_of(State)}
    return {
        "Error": object_of({"error": TEXT, "field": or_null(TEXT)}),
        "Health": object_of(health),
        "Writing": writing(),
        "Glyph": glyph(),
        "RunSummary": run_summary(),
        "Snapshot": schema_of(Snapshot),
        "Remarks": object_of({"iteration": WHOLE, **schema_of(EvaluationFields)["properties"]}),
    }


def writing() -> Schema:
    """Return the schema of `gan.write.to_json`. Positions are in pixels of the PNG, from its top-left corner."""
    pair: Schema = {
        "type": "array",
        "prefixItems": [WHOLE, WHOLE | {"minimum": 1, "maximum": VARIANTS}],
        "items": False,
        "minItems": 2,
    }
    request = {"number": TEXT} | {name: replace(WRITING[name], default=None).schema() for name in SETTINGS}
    page = {"width": WHOLE, "height": WHOLE, "baseline": NUMBER, "baselines": array_of(NUMBER)}
    return object_of(request | {"choices": array_of(pair)} | page | {"glyphs": array_of(reference("Glyph"))})


def glyph() -> Schema:
    """Return the schema of a character: its box (null for a space), SVG paths of its strokes, and a digit's source."""
    box = object_of({"x": NUMBER, "y": NUMBER, "width": NUMBER, "height": NUMBER})
    stroke = object_of({"path": TEXT, "pressure": array_of(NUMBER)})
    always = {"character": TEXT, "position": WHOLE, "line": WHOLE, "learned": YES, "box": or_null(box)}
    always |= {"mark": NUMBER, "strokes": array_of(stroke)}
    learned = {"digit": DIGIT.schema(), "candidate": WHOLE, "broken_rules": array_of(TEXT), "latent": array_of(NUMBER)}
    return object_of(always | learned, required=list(always))


def run_summary() -> Schema:
    """Return the schema of a run's summary; a broken run has a different one."""
    always = {"id": TEXT, "live": YES, "recorded": YES}
    config = {"digit": or_null(DIGIT.schema()), "labels": YES, "seed": WHOLE, "freeze": YES, "loss": TEXT}
    config |= {"network": TEXT, "generator_updates": WHOLE, "batch": WHOLE, "metrics_every": WHOLE}
    config |= {"channels": array_of(WHOLE), "freeze_switches": array_of(WHOLE), "names": array_of(TEXT)}
    config |= {"gamma": NUMBER, "learning_rate": NUMBER, "label": or_null(TEXT)}
    config |= {"unusual": {"type": "object", "additionalProperties": {"type": ["number", "string"]}}}
    whole = object_of(always | config | {"iteration": WHOLE, "pictures": WHOLE})
    return {"anyOf": [whole, object_of(always | {"error": TEXT})]}
