"""GET /api/openapi.json: all that this server answers, in OpenAPI 3.1, for programs and for people.

Limits and names are the constants of the code that checks them. The tests hold the document to the server: its paths
are the routes, its parameters those that are read, its limits those that are kept, and its schemas fit real answers.
Source: OpenAPI Specification 3.1.1, https://spec.openapis.org/oas/v3.1.1.
"""

from functools import lru_cache

from aiohttp import web

from gan import latent_walk
from gan.config import LOSSES
from gan.web.http.params import MOST_ITERATIONS, check_names
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
from gan.web.routes.write import MOST_RUNS
from gan.web.services.gradient import LAYERS
from gan.web.services.real_or_drawn import PAIRS
from gan.write import request as limits
from gan.write.render.formats import FORMATS
from gan.write.render.self_writing import PACES, SECONDS, WRITTEN
from gan.write.render.svg import DIGIT_MM, FIT, MARGIN_MM, PAGES
from gan.write.request import PENS

TOKEN = "That of one of the links the server prints. A browser that has opened a link sends it as a cookie."


async def show_openapi(request: web.Request) -> web.Response:
    """The document."""
    check_names(list(request.query), ())
    return web.json_response(document())


@lru_cache(maxsize=1)
def document() -> Described:
    """All of it."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "A GAN that learns to draw digits",
            "version": "1.0.0",
            "description": "Numbers in handwriting, and the training runs of this server. It answers its own pages and "
            "programs on this machine; other sites' pages are refused. Where other machines can reach it, it asks for "
            "the token of one of the two links that it prints: that to watch may GET, that to drive may POST, too.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],  # none on one's own machine
        "paths": writing() | run_operations() | pictures() | pair() | guessing() | wandering() | explained() | server(),
        "components": {
            "schemas": response_schemas.schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": TOKEN}},
            "responses": {
                "Refusal": as_json("What was expected and what was received, in one line.", called("Error")),
                "NoLink": as_json("The server asks for a token, and none of its own was sent.", called("Error")),
                "Forbidden": as_json("Another site's page asks; or who asks may only watch.", called("Error")),
            },
        },
    }


# Paths


def writing() -> Described:
    """Numbers in handwriting."""
    kinds: Described = {form.content_type: {} for form in FORMATS.values()}
    kinds["application/json"] = {"schema": called("Writing")}
    replies = {200: {"description": "The number. The same request gives the same bytes.", "content": kinds}}
    replies[304] = {"description": "The browser has it (If-None-Match)."}
    words = "A number in handwriting, as picture, outlines, strokes for a plotter, or JSON."
    drawings = {"drawings": called("Pads")}
    mine = {200: as_json("The handwriting. The server keeps nothing.", called("FoundHandwriting"))}
    finding = "Find a handwriting from digits that somebody drew; all ten are drawn in it."
    return {
        "/api/write": {"get": operation("writeNumber", words, replies, *write_parameters())},
        "/api/mine": {"post": operation("findMine", finding, mine, requestBody=body(record(drawings), True))},
    }


def write_parameters() -> list[Described]:
    """All that can be asked of the writer."""
    most = f"at most {limits.LINES} lines of {limits.LONGEST} characters"
    text = f"Digits, spaces and {' '.join(limits.SIGNS)}; {most}. It may be empty."
    variants = f"1 to {limits.VARIANTS}"
    choices = f"Other forms of some digits: position in the number, from 0, and variant, {variants}; 3:2,7:1."
    ink: Schema = {"type": "string", "pattern": "^#([0-9a-fA-F]{3}){1,2}$", "default": limits.DEFAULT_INK}
    networks = "One: all in one handwriting; ten: one for each digit."
    run_operations = (
        f"The run of all digits, or {MOST_RUNS} of a digit each (a,b,..), whose networks write; without networks."
    )
    found = "A handwriting as findMine gives it, in JSON, in place of the seed's; its drawings may be left out."
    plotter, moving = "With format=strokes: ", "With format=animated: "
    return [
        query("number", {"type": "string"}, text, required=True, allowEmptyValue=True),
        query("seed", SEED, "Another seed, another handwriting."),
        query("format", chosen(list(FORMATS), "png"), "strokes: for a plotter; animated: an SVG that writes itself."),
        query("pen", chosen(list(PENS), limits.DEFAULT_PEN), "What it is written with."),
        query("ink", ink, "Its colour."),
        query("size", ranged(*limits.SIZES, limits.DEFAULT_SIZE), "Height of a digit in pixels."),
        query("slant", ranged(*limits.SLANTS, 0.0), "Degrees to the right, added to the handwriting's own."),
        query("thickness", ranged(*limits.THICKNESSES, 1.0), "Times the handwriting's own stroke."),
        query("human", ranged(*limits.HUMANS, limits.DEFAULT_HUMAN), "From steady to as uneven as people."),
        query("align", chosen(limits.ALIGNS, limits.ALIGNS[0]), "Of several lines."),
        query("paper", chosen(limits.PAPERS, limits.PAPERS[0]), "What is printed below the ink."),
        query("networks", chosen(limits.NETWORKS, limits.NETWORKS[0]), networks),
        query("choices", {"type": "string", "pattern": r"^(\d{1,4}:\d(,\d{1,4}:\d)*)?$", "default": ""}, choices),
        query("run", {"type": "string"}, run_operations),
        query("mine", {"type": "string", "default": ""}, found),
        query("page", chosen([*PAGES, FIT], "A4"), plotter + "the sheet, upright; fit: as large as it must be."),
        query("digit_mm", ranged(*DIGIT_MM, 8.0), plotter + "height of a digit in millimetres."),
        query("margin_mm", ranged(*MARGIN_MM, 10.0), plotter + "millimetres that stay free on every side."),
        query("written", ranged(*WRITTEN, 0), moving + "how many characters stand there already."),
        query("seconds", ranged(*PACES, SECONDS), moving + "in which the rest is written, if it would take longer."),
    ]


def pair() -> Described:
    """The page "What if?"."""
    asked = {"digit": or_null(DIGIT), "seed": SEED, "generator_updates": ranged(1, what_if.MOST_TURNS, 3)}
    asked["loss"] = chosen(LOSSES, LOSSES[0])
    made = {201: as_json("Both are made.", record(asked))}
    words = "Make two runs that differ in whether D is frozen, in place of those before."
    making = operation("makePair", words, made, requestBody=body(record(asked, required=[]), False))
    recorded = {200: as_json("The pair; empty where none ships.", called("RecordedPair"))}
    events = operation("tellPairEvents", "All that happens to both, over a WebSocket. It opens them.", messages())
    paths: Described = {
        "/api/what-if": {"post": making},
        "/api/what-if/recorded": {"get": operation("showRecordedPair", "A pair that was trained before.", recorded)},
        "/api/what-if/events": {"get": events},
    }
    for command in what_if.COMMANDS:
        sent = {"requestBody": body(ITERATIONS, True)} if command == "train" else {}
        replies = {202: as_json("It is passed on.", record({"command": {"const": command}}))}
        told = operation(f"{command}Pair", f"{COMMANDED[command]} Of both.", replies, **sent)
        paths[f"/api/what-if/{command}"] = {"post": told}
    return paths


def guessing() -> Described:
    """The page "Real or drawn?"."""
    who = record({"ladders": listed(listed(called("Opponent"))), "real": {"type": "string"}})
    words = "Against whom one can play, from the earliest on, and where the real digits are from."
    listing = operation("listOpponents", words, {200: as_json("They.", who)})
    made = {200: as_json("The pairs, but not which side is whose.", called("Round"))}
    run = query("run", {"type": "string"}, "Whose drawings; without it the networks that ship draw.")
    at = query("iteration", ranged(0, MOST_ITERATIONS), "Of the run's picture; with run.")
    beginning = operation("beginRound", f"Begin a round of {PAIRS} pairs.", made, run, at)
    named = in_path("round", {"type": "string", "pattern": "^[0-9a-f]{1,32}$"}, "Name of the round.")
    which = (named, in_path("pair", ranged(0, 9999), "Number of the pair, from 0."))
    truth = {200: as_json("Both sides, by name.", called("Truth"))}
    telling = operation("tellTruth", "Which side a person wrote, and what the judge would say.", truth, *which)
    return {
        "/api/guess": {"get": listing},
        "/api/guess/round": {"get": beginning},
        "/api/guess/{round}/{pair}": {"get": telling},
    }


def wandering() -> Described:
    """Drawings that turn into others."""
    film, ten = ({200: {"description": words, "content": {"image/png": {}}}} for words in (
        f"A row for each of {latent_walk.FRAMES} frames, a column for each of {latent_walk.GROUP} drawings.", "The ten digits."
    ))  # fmt: skip
    number = query(
        "strip", ranged(0, latent_walk.STRIPS - 1), "Which strip; after the last comes the first.", required=True
    )
    run = query("run", {"type": "string"}, "Whose network draws; without it the one that ships.")
    where = ranged(-latent_space.EDGE, latent_space.EDGE, 0)
    disk = (query("x", where, "To the right of the disk's middle."), query("y", where, "Above it."))
    seed = query("seed", SEED, "Of the disk's middle and its two directions.")
    words = "A leg of the way that a group of a sheet's drawings wanders."
    return {
        "/api/wander": {"get": operation("showStrip", words, film, number, run)},
        "/api/place": {"get": operation("showPlace", "The ten digits at a place of the latent.", ten, seed, *disk)},
    }


def explained() -> Described:
    """What the page "How it works" shows."""
    strip = {200: {"description": "The drawings.", "content": {"image/png": {}}}}
    ends = (query("digit", DIGIT, "Of which digit.", required=True), query("from", SEED, "Of the first."))
    last = query("to", ranged(*limits.SEEDS, 1), "Of the last.")
    layer = query("layer", chosen(list(LAYERS)), "Kind of the layer.", required=True)
    seed = query("seed", SEED, "Of the random numbers.")
    steps = {200: as_json("The steps.", called("OneIteration"))}
    slopes = {200: as_json("The slopes.", called("Slopes"))}
    words = "A layer's derivative beside the slope as measured."
    return {
        "/api/morph": {"get": operation("showMorph", "A drawing that turns into another.", strip, *ends, last)},
        "/api/one-iteration": {"get": operation("showOneIteration", "One iteration, step by step.", steps, seed)},
        "/api/gradient": {"get": operation("showGradient", words, slopes, layer, seed)},
    }


def server() -> Described:
    """The server itself."""
    document_itself = {200: as_json("OpenAPI 3.1.", {"type": "object"})}
    well = {200: as_json("It does.", called("Health"))}
    return {
        "/healthz": {"get": operation("healthz", "Whether the server answers.", well)},
        "/api/openapi.json": {"get": operation("showOpenapi", "This document.", document_itself)},
    }
