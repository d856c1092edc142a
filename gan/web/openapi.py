"""Describe the whole API in OpenAPI 3.1, served at GET /api/openapi.json for programs and for people.

Limits and names come from the code that checks them. The tests compare paths, parameters, limits and schemas with the
server's routes and responses.
Source: OpenAPI Specification 3.1.1, https://spec.openapis.org/oas/v3.1.1.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from aiohttp import web

from gan.cli.parameter import DIGIT, SEED, Parameter
from gan.data.uploads import FILES
from gan.rules.config import SETTINGS
from gan.runs.run import LONGEST
from gan.web import schemas
from gan.web.http.connections import UPLOAD
from gan.web.http.params import read_query
from gan.web.routes import events, exports, latent_space, learn, own_images, real_or_drawn, runs, what_if
from gan.web.routes.exports import MAX_DRAWING, MAX_FRAMES, MAX_LINES
from gan.web.routes.write import PARAMETERS
from gan.web.schemas import Schema, array_of, number_from, object_of, or_null, reference
from gan.web.services.catalogue import CHOSEN, RUN_NAME
from gan.web.services.real_or_drawn import PAIRS
from gan.write.formats import FORMATS
from gan.write.request import OPTIONS

JSON = dict[str, Any]

TOKEN = "The token in a link that the server prints. A browser that has opened a link sends it as a cookie."


async def show_openapi(request: web.Request) -> web.Response:
    """Respond with the OpenAPI document."""
    read_query(request)
    return web.json_response(document())


@lru_cache(maxsize=1)
def document() -> JSON:
    """Return the whole OpenAPI document."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "A GAN that learns to draw digits",
            "version": "1.0.0",
            "description": "Write numbers in handwriting, and control the training runs of this server. The server "
            "responds to its own pages and to programs, and rejects requests from pages of other sites. If other "
            "machines can reach it, requests need a token from one of the links that it prints: watch allows GET, "
            "drive also allows POST.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],  # no token is needed on the same machine
        "paths": write_paths()
        | run_paths()
        | picture_paths()
        | pair_paths()
        | guess_paths()
        | latent_paths()
        | learn_paths()
        | server_paths(),
        "components": {
            "schemas": schemas.schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": TOKEN}},
            "responses": {
                "Refusal": json_response("What was expected and what was received, in one line.", reference("Error")),
                "NoLink": json_response("The request has no valid token.", reference("Error")),
                "Forbidden": json_response(
                    "The request comes from another site's page, or the token only allows watching.", reference("Error")
                ),
            },
        },
    }


# Paths


def write_paths() -> JSON:
    """Return the paths for numbers in handwriting."""
    kinds: JSON = {form.content_type: {} for form in FORMATS.values()}
    kinds["application/json"] = {"schema": reference("Writing")}
    replies = {200: {"description": "The number. The same request gives the same bytes.", "content": kinds}}
    replies[304] = {"description": "The browser already has it (If-None-Match)."}
    words = "A number in handwriting as PNG, SVG, strokes for a plotter, or JSON."
    drawings = {"drawings": reference("Pads")}
    mine = {200: json_response("The handwriting. The server keeps nothing.", reference("FoundHandwriting"))}
    finding = "Find a handwriting from hand-drawn digits, and draw all ten digits in it."
    return {
        "/api/write": {"get": operation("writeNumber", words, replies, *write_parameters())},
        "/api/mine": {"post": operation("findMine", finding, mine, requestBody=body(object_of(drawings), True))},
    }


def write_parameters() -> list[JSON]:
    """Return the parameters of /api/write."""
    formats = {name: f"With format={form}: " for form, names in OPTIONS.items() for name in names}
    more = {"number": {"allowEmptyValue": True}}
    return [query(one, formats.get(name, "") + one.help, **more.get(name, {})) for name, one in PARAMETERS.items()]


def pair_paths() -> JSON:
    """Return the paths of the page "What if?"."""
    settings = {name: parameter.schema() for name, parameter in what_if.NEW_PAIR.items()}
    created = {201: json_response("Both runs were created.", object_of(settings))}
    words = "Replace the pair by two new runs that differ only in whether D is frozen."
    creating = operation("makePair", words, created, requestBody=body(object_of(settings, required=[]), False))
    recorded = {200: json_response("The pair; empty if none is bundled.", reference("RecordedPair"))}
    words = "Events of both runs, over a WebSocket. Opens both runs."
    streaming = operation("tellPairEvents", words, websocket_response())
    paths: JSON = {
        "/api/what-if": {"post": creating},
        "/api/what-if/recorded": {"get": operation("showRecordedPair", "The recorded pair.", recorded)},
        "/api/what-if/events": {"get": streaming},
    }
    for command, parameters in what_if.COMMANDS.items():
        replies = {202: json_response("The command was sent.", object_of({"command": {"const": command}}))}
        sending = operation(f"{command}Pair", f"{COMMANDS[command]} Of both.", replies, **command_body(parameters))
        paths[f"/api/what-if/{command}"] = {"post": sending}
    return paths


def guess_paths() -> JSON:
    """Return the paths of the page "Real or drawn?"."""
    who = object_of({"ladders": array_of(array_of(reference("Opponent"))), "real": {"type": "string"}})
    words = "The opponents, earliest iteration first, and the source of the real digits."
    listing = operation("listOpponents", words, {200: json_response("The opponents.", who)})
    created = {200: json_response("The pairs, without the answers.", reference("Round"))}
    given = map(query, (real_or_drawn.RUN, real_or_drawn.ITERATION, real_or_drawn.PIXELS))
    beginning = operation("beginRound", f"Begin a round of {PAIRS} pairs.", created, *given)
    named = in_path("round", {"type": "string", "pattern": "^[0-9a-f]{1,32}$"}, "Name of the round.")
    which = (named, in_path("pair", number_from(0, 9999), "Number of the pair, from 0."))
    answer = {200: json_response("The answers, as sides.", reference("Truth"))}
    telling = operation("tellTruth", "The side that a person wrote, and the judge's choice.", answer, *which)
    return {
        "/api/guess": {"get": listing},
        "/api/guess/round": {"get": beginning},
        "/api/guess/{round}/{pair}": {"get": telling},
    }


def latent_paths() -> JSON:
    """Return the path of the disk in latent space."""
    ten = {200: {"description": "The ten digits.", "content": {"image/png": {}}}}
    seed = query(SEED, "Seed of the disk's centre and axes.")
    disk = query(latent_space.X), query(latent_space.Y)
    return {
        "/api/place": {"get": operation("showPlace", "The ten digits at a point of latent space.", ten, seed, *disk)},
    }


def learn_paths() -> JSON:
    """Return the paths of the page "How it works"."""
    strip = {200: {"description": "The drawings.", "content": {"image/png": {}}}}
    morph = query(DIGIT, "The digit."), query(learn.START), query(learn.END)
    seed = query(SEED, "Seed of the random numbers.")
    turns = {200: json_response("The turns.", reference("Turns"))}
    which = [query(each) for each in (learn.DIGIT_OR_ALL, SEED, learn.ITERATION, learn.DRAWING)]
    slopes = {200: json_response("The slopes.", reference("Slopes"))}
    words = "A layer's analytic derivative and the measured slope."
    return {
        "/api/morph": {"get": operation("showMorph", "A drawing that turns into another.", strip, *morph)},
        "/api/turns": {"get": operation("showTurns", "One iteration of a quick GAN, turn by turn.", turns, *which)},
        "/api/gradient": {"get": operation("showGradient", words, slopes, query(learn.LAYER), seed)},
    }


def server_paths() -> JSON:
    """Return the paths about the server itself."""
    document_itself = {200: json_response("OpenAPI 3.1.", {"type": "object"})}
    well = {200: json_response("The state.", reference("Health"))}
    return {
        "/healthz": {"get": operation("healthz", "Whether the server responds and is ready.", well)},
        "/api/openapi.json": {"get": operation("showOpenapi", "This document.", document_itself)},
    }


# Paths of runs


def run_paths() -> JSON:
    """Return the paths for training runs."""
    about = object_of({"id": {"type": "string"}, "notes": array_of({"type": "string"})}, ["id"])
    created = {201: json_response("The run was created and is live.", about)}
    created[201]["headers"] = {"Location": {"schema": {"type": "string"}, "description": "Address of the run."}}
    new = object_of({name: parameter.schema() for name, parameter in runs.NEW_RUN.items()}, required=[])
    listing = object_of({"runs": array_of(reference("RunSummary"))})
    upload = {name: parameter.schema() for name, parameter in own_images.GIVEN.items()}
    upload |= {FILES: {"type": "object", "additionalProperties": {"type": "string"}}}
    sent = body(object_of(upload, [FILES]), True)
    words = "Create a run on pictures in base64, by file name. The last folder in a name is the label."
    one = {200: json_response("The run.", reference("Snapshot"))}
    paths: JSON = {
        "/api/runs": {
            "get": operation("listRuns", "A summary of each run.", {200: json_response("The runs.", listing)}),
            "post": operation("makeRun", "Create a run.", created, requestBody=body(new, False)),
        },
        UPLOAD: {"post": operation("makeRunOnImages", words, created, requestBody=sent)},
        "/api/runs/{id}": {"get": operation("showRun", "The snapshot of a run.", one, run_id())},
    }
    for command, parameters in runs.COMMANDS.items():
        sent_command = object_of({"id": {"type": "string"}, "command": {"const": command}})
        replies = {202: json_response("The command was sent.", sent_command)}
        sending = operation(f"{command}Run", COMMANDS[command], replies, run_id(), **command_body(parameters))
        paths[f"/api/runs/{{id}}/{command}"] = {"post": sending}
    paths |= run_folder_paths()
    drawing = {"drawing": runs.DRAWING.schema()}
    words = "Ask the live run's judge about one drawing, on every new sheet. Null stops this."
    replies = {202: json_response("The answers are sent as events.", object_of({"id": {"type": "string"}, **drawing}))}
    asking = operation("askAbout", words, replies, run_id(), requestBody=body(object_of(drawing), True))
    words = "The events of the live run, over a WebSocket."
    streaming = operation("tellEvents", words, websocket_response(), query(events.WATCH))
    return paths | {"/api/runs/{id}/ask": {"post": asking}, "/api/events": {"get": streaming}}


def run_folder_paths() -> JSON:
    """Return the paths for recommended settings and for the folder of a run."""
    decide = map(query, runs.RECOMMENDED_FOR.values())
    text: Schema = {"type": "string"}
    recommended = {name: replace(SETTINGS[name], default=None).schema() for name in ("digit", *CHOSEN)}
    like = {200: json_response("The settings.", object_of(recommended))}
    label = or_null({"type": "string", "minLength": 1, "maxLength": LONGEST})
    named = {200: json_response("The name as stored.", object_of({"id": text, "name": or_null(text)}))}
    moved = object_of({"id": text, "trash": text, "live": text})
    gone = {200: json_response("Its path in the trash, and the live run.", moved)}
    naming = "Name a run; null removes the name. Its folder is not renamed."
    deleting = "Move a run to .trash in the runs folder. If it was live, another run is opened."
    name_it = operation("nameRun", naming, named, run_id(), requestBody=body(object_of({"name": label}), True))
    return {
        "/api/new-run": {"get": operation("showRecommended", "The recommended settings of a new run.", like, *decide)},
        "/api/runs/{id}/name": {"post": name_it},
        "/api/runs/{id}/delete": {"post": operation("deleteRun", deleting, gone, run_id())},
    }


def picture_paths() -> JSON:
    """Return the paths for saved pictures."""
    at = in_path("iteration", number_from(0, 999_999_999), "Iteration of the picture.")
    address = (run_id(), at, query(runs.VERSION))
    which = in_path("drawing", number_from(0, MAX_DRAWING), "Number of the drawing on the picture, from 0.")
    found = {200: {"description": "The picture.", "content": {"image/png": {}}}}
    evaluation, near = (json_response("The evaluation.", reference(name)) for name in ("Remarks", "KeptDrawing"))
    path = "/api/runs/{id}/images/{iteration}"
    film = {200: {"description": "The GIF.", "content": {"image/gif": {}}}}
    filmed = f"The pictures as an animation of at most {MAX_FRAMES} evenly spaced frames."
    numbers = f"The lines of metrics, at most {MAX_LINES:,}, evenly spaced."
    table = {200: {"description": "A table with a header line.", "content": {"text/csv": {}}}}
    return {
        "/api/runs/{id}/film.gif": {"get": operation("saveFilm", filmed, film, run_id(), query(exports.DRAWING))},
        "/api/runs/{id}/metrics.csv": {"get": operation("saveMetrics", numbers, table, run_id())},
        f"{path}.png": {"get": operation("showPicture", "A picture of a run.", found, *address)},
        f"{path}.json": {"get": operation("showRemarks", "The evaluation of a picture.", {200: evaluation}, *address)},
        f"{path}/{{drawing}}.json": {
            "get": operation("showDrawing", "One drawing and the nearest real picture.", {200: near}, *address, which)
        },
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
}
REFUSAL = {"$ref": "#/components/responses/Refusal"}
REFUSALS: JSON = {
    "401": {"$ref": "#/components/responses/NoLink"},
    "403": {"$ref": "#/components/responses/Forbidden"},
    "default": REFUSAL,
}


def json_response(words: str, schema: Schema) -> JSON:
    """Describe a JSON response."""
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def operation(name: str, words: str, replies: dict[int, JSON], *parameters: JSON, **more: Any) -> JSON:
    """Describe one method of one path. Any response that is not in `replies` is an error."""
    responses = {str(status): reply for status, reply in replies.items()} | REFUSALS
    given = {"parameters": list(parameters)} if parameters else {}
    return {"operationId": name, "summary": words, **given, **more, "responses": responses}


def query(parameter: Parameter, words: str = "", **more: Any) -> JSON:
    """Describe a query parameter with `words`, or with its help text by default."""
    required = {"required": True} if parameter.default is None and not parameter.none else {}
    words = words or parameter.help
    if parameter.none and not words.endswith("."):
        words = f"{words}; default: {parameter.none}."
    sentence = words[:1].upper() + words[1:].rstrip(".") + "."
    schema = replace(parameter, none="").schema()
    return {"name": parameter.name, "in": "query", "description": sentence, "schema": schema, **required, **more}


def in_path(name: str, schema: Schema, words: str) -> JSON:
    """Describe a path parameter."""
    return {"name": name, "in": "path", "required": True, "description": words, "schema": schema}


def body(schema: Schema, required: bool) -> JSON:
    """Describe a JSON request body."""
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def command_body(parameters: dict[str, Parameter]) -> JSON:
    """Describe the body of a command; nothing if it has no parameters."""
    if not parameters:
        return {}
    required = [name for name, parameter in parameters.items() if parameter.default is None]
    known = {name: parameter.schema() | {"description": parameter.help} for name, parameter in parameters.items()}
    return {"requestBody": body(object_of(known, required), bool(required))}


def run_id() -> JSON:
    """Describe the path parameter that names a run."""
    return in_path("id", {"type": "string", "pattern": f"^{RUN_NAME.pattern}$"}, "Name of the run.")


def websocket_response() -> dict[int, JSON]:
    """Describe the response that turns the connection into a WebSocket."""
    return {101: {"description": "A WebSocket that only sends: each message is JSON as in #/components/schemas/Told."}}
