"""GET /api/openapi.json: the whole API in OpenAPI 3.1, for programs and for people.

Limits and names are the constants of the code that checks them. The tests compare the document with the server: its
paths are the routes, its parameters are those that handlers read, its limits hold, and its schemas fit real responses.
Source: OpenAPI Specification 3.1.1, https://spec.openapis.org/oas/v3.1.1.
"""

from functools import lru_cache

from aiohttp import web

from gan import latent_walk
from gan.config import LOSSES
from gan.web.http.params import MAX_ITERATIONS, refuse_unknown_names
from gan.web.openapi import response_schemas
from gan.web.openapi.operations import (
    COMMANDED,
    DIGIT,
    ITERATIONS,
    SEED,
    Described,
    Schema,
    as_json,
    body,
    called,
    chosen,
    in_path,
    listed,
    messages,
    operation,
    or_null,
    query,
    ranged,
    record,
)
from gan.web.openapi.run_paths import pictures, run_operations
from gan.web.routes import latent_space, what_if
from gan.web.routes.write import MAX_RUNS
from gan.web.services.gradient import LAYERS
from gan.web.services.real_or_drawn import PAIRS
from gan.write import request as limits
from gan.write.render.formats import FORMATS
from gan.write.render.self_writing import PACES, SECONDS, WRITTEN
from gan.write.render.svg import DIGIT_MM, FIT, MARGIN_MM, PAGES
from gan.write.request import PENS

TOKEN = "The token of a link that the server prints. Browsers that have opened a link send it as a cookie."


async def show_openapi(request: web.Request) -> web.Response:
    """The document."""
    refuse_unknown_names(list(request.query), ())
    return web.json_response(document())


@lru_cache(maxsize=1)
def document() -> Described:
    """Return the whole document."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "A GAN that learns to draw digits",
            "version": "1.0.0",
            "description": "Numbers in handwriting, and the training runs of this server. It serves its own pages and "
            "programs on this machine; pages of other sites are refused. If other machines can reach it, requests need "
            "the token of one of the two links that it prints: watch allows GET, drive also allows POST.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],  # none needed on the same machine
        "paths": writing() | run_operations() | pictures() | pair() | guessing() | wandering() | explained() | server(),
        "components": {
            "schemas": response_schemas.schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": TOKEN}},
            "responses": {
                "Refusal": as_json("What was expected and what was received, in one line.", called("Error")),
                "NoLink": as_json("The request has no valid token.", called("Error")),
                "Forbidden": as_json(
                    "The request comes from another site's page, or the token only allows watching.", called("Error")
                ),
            },
        },
    }


# Paths


def writing() -> Described:
    """Return the paths for numbers in handwriting."""
    kinds: Described = {form.content_type: {} for form in FORMATS.values()}
    kinds["application/json"] = {"schema": called("Writing")}
    replies = {200: {"description": "The number. The same request gives the same bytes.", "content": kinds}}
    replies[304] = {"description": "The browser has it already (If-None-Match)."}
    words = "A number in handwriting as PNG, SVG, strokes for a plotter, or JSON."
    drawings = {"drawings": called("Pads")}
    mine = {200: as_json("The handwriting. The server keeps nothing.", called("FoundHandwriting"))}
    finding = "Find a handwriting from hand-drawn digits, and draw all ten digits in it."
    return {
        "/api/write": {"get": operation("writeNumber", words, replies, *write_parameters())},
        "/api/mine": {"post": operation("findMine", finding, mine, requestBody=body(record(drawings), True))},
    }


def write_parameters() -> list[Described]:
    """Return the parameters of /api/write."""
    most = f"at most {limits.LINES} lines of {limits.LONGEST} characters"
    text = f"Digits, spaces and {' '.join(limits.SIGNS)}; {most}. It may be empty."
    variants = f"1 to {limits.VARIANTS}"
    choices = f"Variants of single digits: position in the number, from 0, and variant, {variants}; such as 3:2,7:1."
    ink: Schema = {"type": "string", "pattern": "^#([0-9a-fA-F]{3}){1,2}$", "default": limits.DEFAULT_INK}
    networks = "one: a network of all digits; ten: a network for each digit."
    runs = (
        f"The run whose network writes: one of all digits, or {MAX_RUNS} of a digit each (a,b,..). Not with networks."
    )
    found = "A handwriting from findMine, as JSON, instead of the seed's; its drawings may be omitted."
    plotter, moving = "With format=strokes: ", "With format=animated: "
    return [
        query("number", {"type": "string"}, text, required=True, allowEmptyValue=True),
        query("seed", SEED, "A different seed gives a different handwriting."),
        query("format", chosen(list(FORMATS), "png"), "strokes: for a plotter; animated: an SVG that writes itself."),
        query("pen", chosen(list(PENS), limits.DEFAULT_PEN), "The pen."),
        query("ink", ink, "The colour of the ink."),
        query("size", ranged(*limits.SIZES, limits.DEFAULT_SIZE), "Height of a digit in pixels."),
        query("slant", ranged(*limits.SLANTS, 0.0), "Degrees to the right, added to the handwriting's own."),
        query("thickness", ranged(*limits.THICKNESSES, 1.0), "Factor on the handwriting's own stroke width."),
        query("human", ranged(*limits.HUMANS, limits.DEFAULT_HUMAN), "From 0, steady, to 1, as uneven as people."),
        query("align", chosen(limits.ALIGNS, limits.ALIGNS[0]), "Alignment of several lines."),
        query("paper", chosen(limits.PAPERS, limits.PAPERS[0]), "Ruling of the paper."),
        query("networks", chosen(limits.NETWORKS, limits.NETWORKS[0]), networks),
        query("choices", {"type": "string", "pattern": r"^(\d{1,4}:\d(,\d{1,4}:\d)*)?$", "default": ""}, choices),
        query("run", {"type": "string"}, runs),
        query("mine", {"type": "string", "default": ""}, found),
        query("page", chosen([*PAGES, FIT], "A4"), plotter + "the sheet, in portrait; fit: as large as needed."),
        query("digit_mm", ranged(*DIGIT_MM, 8.0), plotter + "height of a digit in millimetres."),
        query("margin_mm", ranged(*MARGIN_MM, 10.0), plotter + "margin on every side in millimetres."),
        query("written", ranged(*WRITTEN, 0), moving + "characters that are there from the start."),
        query("seconds", ranged(*PACES, SECONDS), moving + "maximum seconds for the rest."),
    ]


def pair() -> Described:
    """Return the paths of the page "What if?"."""
    asked = {"digit": or_null(DIGIT), "seed": SEED, "generator_updates": ranged(1, what_if.MAX_TURNS, 3)}
    asked["loss"] = chosen(LOSSES, LOSSES[0])
    made = {201: as_json("Both are created.", record(asked))}
    words = "Create two runs that differ only in whether D is frozen, in place of the previous pair."
    making = operation("makePair", words, made, requestBody=body(record(asked, required=[]), False))
    recorded = {200: as_json("The pair; empty if none is bundled.", called("RecordedPair"))}
    events = operation("tellPairEvents", "Events of both runs, over a WebSocket. Opens both runs.", messages())
    paths: Described = {
        "/api/what-if": {"post": making},
        "/api/what-if/recorded": {"get": operation("showRecordedPair", "The recorded pair.", recorded)},
        "/api/what-if/events": {"get": events},
    }
    for command in what_if.COMMANDS:
        sent = {"requestBody": body(ITERATIONS, True)} if command == "train" else {}
        replies = {202: as_json("The command was sent.", record({"command": {"const": command}}))}
        told = operation(f"{command}Pair", f"{COMMANDED[command]} Of both.", replies, **sent)
        paths[f"/api/what-if/{command}"] = {"post": told}
    return paths


def guessing() -> Described:
    """Return the paths of the page "Real or drawn?"."""
    who = record({"ladders": listed(listed(called("Opponent"))), "real": {"type": "string"}})
    words = "The opponents, from the earliest on, and the source of the real digits."
    listing = operation("listOpponents", words, {200: as_json("The opponents.", who)})
    made = {200: as_json("The pairs, without the answers.", called("Round"))}
    run = query("run", {"type": "string"}, "The run whose drawings are used; default: the bundled networks.")
    at = query("iteration", ranged(0, MAX_ITERATIONS), "Iteration of the run's picture; only with run.")
    beginning = operation("beginRound", f"Begin a round of {PAIRS} pairs.", made, run, at)
    named = in_path("round", {"type": "string", "pattern": "^[0-9a-f]{1,32}$"}, "Name of the round.")
    which = (named, in_path("pair", ranged(0, 9999), "Number of the pair, from 0."))
    truth = {200: as_json("The answers, as sides.", called("Truth"))}
    telling = operation("tellTruth", "Which side a person wrote, and what the judge would choose.", truth, *which)
    return {
        "/api/guess": {"get": listing},
        "/api/guess/round": {"get": beginning},
        "/api/guess/{round}/{pair}": {"get": telling},
    }


def wandering() -> Described:
    """Return the paths for drawings that change into others."""
    rows = f"A row for each of {latent_walk.FRAMES} frames, a column for each of {latent_walk.GROUP} drawings."
    film, ten = ({200: {"description": text, "content": {"image/png": {}}}} for text in (rows, "The ten digits."))
    number = query(
        "strip", ranged(0, latent_walk.STRIPS - 1), "Number of the strip; the first follows the last.", required=True
    )
    run = query("run", {"type": "string"}, "The run whose network draws; default: the bundled network.")
    where = ranged(-latent_space.EDGE, latent_space.EDGE, 0)
    disk = (query("x", where, "To the right of the disk's centre."), query("y", where, "Above the centre."))
    seed = query("seed", SEED, "Seed of the disk's centre and axes.")
    words = "One leg of the path on which a group of a sheet's drawings moves."
    return {
        "/api/wander": {"get": operation("showStrip", words, film, number, run)},
        "/api/place": {"get": operation("showPlace", "The ten digits at a point of latent space.", ten, seed, *disk)},
    }


def explained() -> Described:
    """Return the paths of the page "How it works"."""
    strip = {200: {"description": "The drawings.", "content": {"image/png": {}}}}
    ends = (query("digit", DIGIT, "The digit.", required=True), query("from", SEED, "Seed of the first drawing."))
    last = query("to", ranged(*limits.SEEDS, 1), "Seed of the last drawing.")
    layer = query("layer", chosen(list(LAYERS)), "Kind of the layer.", required=True)
    seed = query("seed", SEED, "Seed of the random numbers.")
    steps = {200: as_json("The steps.", called("OneIteration"))}
    slopes = {200: as_json("The slopes.", called("Slopes"))}
    words = "A layer's analytic derivative beside the measured slope."
    return {
        "/api/morph": {"get": operation("showMorph", "A drawing that turns into another.", strip, *ends, last)},
        "/api/one-iteration": {"get": operation("showOneIteration", "One iteration, step by step.", steps, seed)},
        "/api/gradient": {"get": operation("showGradient", words, slopes, layer, seed)},
    }


def server() -> Described:
    """Return the paths about the server itself."""
    document_itself = {200: as_json("OpenAPI 3.1.", {"type": "object"})}
    well = {200: as_json("The state.", called("Health"))}
    return {
        "/healthz": {"get": operation("healthz", "Whether the server responds.", well)},
        "/api/openapi.json": {"get": operation("showOpenapi", "This document.", document_itself)},
    }
