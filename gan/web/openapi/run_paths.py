"""The paths of training runs in /api/openapi.json."""

from gan.config import LOSSES
from gan.runs.run import LONGEST
from gan.runs.trainer import PICTURE_LATENTS
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
    messages,
    operation,
    or_null,
    query,
    ranged,
    record,
    run_id,
)
from gan.web.routes import new_run, runs
from gan.web.routes.exports import MAX_DRAWING, MAX_FRAMES, MAX_LINES
from gan.web.services.run_manager import NETWORKS as SIZES_OF_NETWORKS


def run_operations() -> Described:
    """Return the paths for training runs."""
    made = {201: as_json("The run is created, and live.", record({"id": {"type": "string"}}))}
    made[201]["headers"] = {"Location": {"schema": {"type": "string"}, "description": "Address of the run."}}
    new = record(new_run_fields(), required=[])
    listing = record({"runs": {"type": "array", "items": called("RunSummary")}})
    one = {200: as_json("The run.", called("Snapshot"))}
    paths: Described = {
        "/api/runs": {
            "get": operation("listRuns", "A summary of each run.", {200: as_json("The runs.", listing)}),
            "post": operation("makeRun", "Create a run of one digit, or of all.", made, requestBody=body(new, False)),
        },
        "/api/runs/{id}": {"get": operation("showRun", "The snapshot of a run.", one, run_id())},
    }
    for command in runs.COMMANDS:
        sent = {"requestBody": body(ITERATIONS, True)} if command == "train" else {}
        heard = record({"id": {"type": "string"}, "command": {"const": command}})
        replies = {202: as_json("The command was sent.", heard)}
        told = operation(f"{command}Run", COMMANDED[command], replies, run_id(), **sent)
        paths[f"/api/runs/{{id}}/{command}"] = {"post": told}
    paths |= kept_runs()
    drawing = record({"drawing": or_null(ranged(0, PICTURE_LATENTS - 1))})
    asked = record({"id": {"type": "string"}, **drawing["properties"]})
    words = "Ask the live run's judge about one drawing until further notice; null stops."
    replies = {202: as_json("The answers come as events.", asked)}
    asking = operation("askAbout", words, replies, run_id(), requestBody=body(drawing, True))
    watch = query("watch", ranged(0, 1, 0), "1: also previews, which are drawn only while somebody watches.")
    events = operation("tellEvents", "The events of the live run, over a WebSocket.", messages(), watch)
    return paths | {"/api/runs/{id}/ask": {"post": asking}, "/api/events": {"get": events}}


def new_run_fields() -> dict[str, Schema]:
    """Return the settings of a new run; omitted or null ones are as recommended."""
    must = {"digit": or_null(DIGIT), "seed": SEED, "freeze": {"type": "boolean", "default": True}}
    must["network"] = chosen(SIZES_OF_NETWORKS, SIZES_OF_NETWORKS[0])
    rate: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    may = {"loss": chosen(LOSSES), "generator_updates": ranged(*new_run.UPDATES)}
    may |= {"gamma": {"type": "number", "minimum": 0}, "learning_rate": rate, "batch": ranged(*new_run.BATCHES)}
    return must | {name: or_null(schema) for name, schema in may.items()}


def kept_runs() -> Described:
    """Return the paths for recommended settings and for the folder of a run."""
    decide = (
        query("digit", DIGIT, "The digit; default: all digits."),
        query("network", chosen(SIZES_OF_NETWORKS, SIZES_OF_NETWORKS[0]), "Size of the network."),
        query("loss", chosen(LOSSES, LOSSES[0]), "The loss."),
    )
    text: Schema = {"type": "string"}
    number: Schema = {"type": "number"}
    whole: Schema = {"type": "integer"}
    recommended = {"digit": or_null(DIGIT), "seed": whole, "network": text, "loss": text, "freeze": {"type": "boolean"}}
    recommended |= {"generator_updates": whole, "gamma": number, "learning_rate": number, "batch": whole}
    like = {200: as_json("The settings.", record(recommended))}
    called_so: Schema = or_null({"type": "string", "minLength": 1, "maxLength": LONGEST})
    named = {200: as_json("The name as stored.", record({"id": text, "name": or_null(text)}))}
    gone = {
        200: as_json("Its place in the trash, and the live run.", record({"id": text, "trash": text, "live": text}))
    }
    naming = "Name a run; null removes the name. Its folder is not renamed."
    deleting = "Move a run to .trash in the runs folder. If it was live, another run is opened."
    name_it = operation("nameRun", naming, named, run_id(), requestBody=body(record({"name": called_so}), True))
    return {
        "/api/new-run": {"get": operation("showRecommended", "The recommended settings of a new run.", like, *decide)},
        "/api/runs/{id}/name": {"post": name_it},
        "/api/runs/{id}/delete": {"post": operation("deleteRun", deleting, gone, run_id())},
    }


def pictures() -> Described:
    """Return the paths for saved pictures."""
    at = in_path("iteration", ranged(0, 999_999_999), "Iteration of the picture.")
    version = query("v", {"type": "string"}, "The run's version; with it a browser may keep the answer.")
    asked = (run_id(), at, version)
    which = in_path("drawing", ranged(0, MAX_DRAWING), "Number of the drawing on the picture, from 0.")
    kept = {200: {"description": "The picture.", "content": {"image/png": {}}}}
    said, near = (as_json("The evaluation.", called(name)) for name in ("Remarks", "KeptDrawing"))
    path = "/api/runs/{id}/images/{iteration}"
    large = query("drawing", ranged(0, MAX_DRAWING), "Number of one drawing to show enlarged; default: all drawings.")
    film = {200: {"description": "The GIF.", "content": {"image/gif": {}}}}
    filmed = f"The pictures one after another, at most {MAX_FRAMES}, evenly spaced."
    numbers = f"All lines of metrics, at most {MAX_LINES:,}, evenly spaced."
    table = {200: {"description": "A table with a header line.", "content": {"text/csv": {}}}}
    return {
        "/api/runs/{id}/film.gif": {"get": operation("saveFilm", filmed, film, run_id(), large)},
        "/api/runs/{id}/metrics.csv": {"get": operation("saveMetrics", numbers, table, run_id())},
        f"{path}.png": {"get": operation("showPicture", "A picture of a run.", kept, *asked)},
        f"{path}.json": {"get": operation("showRemarks", "The evaluation of a picture.", {200: said}, *asked)},
        f"{path}/{{drawing}}.json": {
            "get": operation("showDrawing", "One drawing beside its nearest real digit.", {200: near}, *asked, which)
        },
    }
