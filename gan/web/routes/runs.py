"""Requests about runs: their list, state, commands, pictures and events; and drawings for the page "How it works".

Each handler reads its parameters, has the work done in a thread, and responds with JSON or a picture.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gan.errors import InputError
from gan.runs.messages import ClientMessage, Command
from gan.runs.trainer import PICTURE_LATENTS
from gan.web.http.params import MAX_ITERATIONS, json_object, one_of, refuse_unknown_names, shown, whole_number
from gan.web.routes.learn import morph
from gan.web.routes.websocket import tell
from gan.web.services.broadcast import Broadcast, encode
from gan.web.services.drawing import RealDigits
from gan.web.services.executor import SerialExecutor, SharedRead
from gan.web.services.gradient import LAYERS, check_gradient, told
from gan.web.services.iteration_steps import one_iteration
from gan.web.services.pair import Pair
from gan.web.services.run_manager import RunManager
from gan.write.request import SEEDS

MAX_QUEUED_DRAWINGS = 32
MAX_QUEUED_CHANGES = 64
MAX_QUEUED_READS = 512  # 250 pages that open at the same moment, with their first requests
COMMANDS: tuple[Literal["open"] | Command, ...] = ("open", "train", "fun", "pause", "reset")  # of the Train page

STUDIO = web.AppKey("studio", RunManager)
BROADCAST = web.AppKey("broadcast", Broadcast)
PAIR = web.AppKey("pair", Pair)  # of the page "What if?"
PAIR_BROADCAST = web.AppKey("pair_broadcast", Broadcast)
PRESENT: web.AppKey[SharedRead[list[str]]] = web.AppKey("present", SharedRead)  # state of the live run
PAIR_OPENED: web.AppKey[SharedRead[None]] = web.AppKey("pair_opened", SharedRead)
PAIR_PRESENT: web.AppKey[SharedRead[list[str]]] = web.AppKey("pair_present", SharedRead)
RECORDED_PAIR = web.AppKey("recorded_pair", Path)  # the folder; it need not exist
CHANGES = web.AppKey("changes", SerialExecutor)
READS = web.AppKey("reads", SerialExecutor)  # apart from the changes, so that pages load while a run is being saved
DRAWINGS = web.AppKey("drawings", SerialExecutor)
REAL_DIGITS = web.AppKey("real_digits", RealDigits)
DATA_NAME = web.AppKey("data_name", str)


# Drawings


async def show_morph(request: web.Request) -> web.Response:
    """A strip of drawings in which a digit turns into another one of its class."""
    query = request.query
    refuse_unknown_names([name for name, _ in query.items()], ("digit", "from", "to"))
    digit = whole_number(query.get("digit"), "digit", 0, 9)
    start, end = (whole_number(query.get(name, seed), name, *SEEDS) for name, seed in (("from", 0), ("to", 1)))
    return drawing(request, await request.app[DRAWINGS].run(morph, digit, start, end), "image/png")


async def show_one_iteration(request: web.Request) -> web.Response:
    """One iteration of a small GAN with all intermediate results. The first call trains it."""
    query = request.query
    refuse_unknown_names([name for name, _ in query.items()], ("seed",))
    seed = whole_number(query.get("seed", 0), "seed", *SEEDS)
    return drawing(request, await request.app[DRAWINGS].run(one_iteration, seed), "application/json")


async def show_gradient(request: web.Request) -> web.Response:
    """The analytic derivative of one layer beside the measured slope."""
    query = request.query
    refuse_unknown_names([name for name, _ in query.items()], ("layer", "seed"))
    layer = one_of(query.get("layer"), "layer", tuple(LAYERS))
    seed = whole_number(query.get("seed", 0), "seed", *SEEDS)
    checks = await request.app[DRAWINGS].run(check_gradient, layer, seed)
    return web.json_response({"layer": layer, "seed": seed, **told(checks)})


def drawing(request: web.Request, body: bytes, content_type: str) -> web.Response:
    """Return a response that browsers may cache; 304 if the browser has it."""
    headers = {hdrs.CACHE_CONTROL: "private, max-age=3600", hdrs.ETAG: f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
    if request.headers.get(hdrs.IF_NONE_MATCH) == headers[hdrs.ETAG]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=content_type, headers=headers)


# Runs


async def list_runs(request: web.Request) -> web.Response:
    """A summary of each run."""
    refuse_unknown_names(list(request.query), ())
    runs = await request.app[READS].run(request.app[STUDIO].summaries)
    return web.json_response({"runs": runs})


async def show_run(request: web.Request) -> web.Response:
    """The snapshot of a run."""
    refuse_unknown_names(list(request.query), ())
    snapshot = await request.app[READS].run(request.app[STUDIO].snapshot, request.match_info["id"])
    return web.json_response(snapshot)


async def rename_run(request: web.Request) -> web.Response:
    """Set or remove (null) the name of a run."""
    asked = await json_object(request, ("name",))
    label = asked.get("name")
    if "name" not in asked or not (label is None or isinstance(label, str)):
        raise InputError(f"name must be a text, or null for none, not {shown(label)}", "name")
    name = request.match_info["id"]
    kept = await request.app[CHANGES].run(request.app[STUDIO].rename, name, label)
    return web.json_response({"id": name, "name": kept})


async def delete_run(request: web.Request) -> web.Response:
    """Move a run to the trash; if it was live, another one is opened."""
    await json_object(request, ())
    name, studio = request.match_info["id"], request.app[STUDIO]
    place = await request.app[CHANGES].run(studio.delete, name)
    return web.json_response({"id": name, "trash": f"{place.parent.name}/{place.name}", "live": studio.live_name()})


def commanded(command: Literal["open"] | Command) -> Handler:
    """Return a handler that sends a command to a run's worker. It responds before the command is carried out."""

    async def obey(request: web.Request) -> web.Response:
        asked = await json_object(request, ("iterations",) if command == "train" else ())
        iterations = whole_number(asked.get("iterations"), "iterations", 1, MAX_ITERATIONS) if asked else None
        if command == "train" and iterations is None:
            raise InputError("The number of iterations is missing.", "iterations")
        name = request.match_info["id"]
        studio, changes = request.app[STUDIO], request.app[CHANGES]
        if command == "open":
            await changes.run(studio.open, name)
        else:
            if command in ("train", "fun"):
                await changes.run(request.app[PAIR].pause)  # training gets all cores
            await changes.run(studio.command, name, command, iterations)
        return web.json_response({"id": name, "command": command}, status=202)

    return obey


async def ask_about(request: web.Request) -> web.Response:
    """Ask the live run's judge about one drawing; the answers come as events. null stops."""
    asked = await json_object(request, ("drawing",))
    if "drawing" not in asked:
        raise InputError("The number of the drawing is missing.", "drawing")
    drawing = asked["drawing"]
    if drawing is not None:
        drawing = whole_number(drawing, "drawing", 0, PICTURE_LATENTS - 1)
    name = request.match_info["id"]
    await request.app[READS].run(request.app[STUDIO].ask, name, drawing)
    return web.json_response({"id": name, "drawing": drawing}, status=202)


async def show_picture(request: web.Request) -> web.StreamResponse:
    """One picture of a run. With its version in the address (`?v=`) it never changes and may be cached."""
    path = await request.app[READS].run(request.app[STUDIO].catalogue.picture, *picture_asked(request))
    return web.FileResponse(path, headers=picture_caching(request))


async def show_remarks(request: web.Request) -> web.Response:
    """The evaluation of one picture; null for missing values. It may be cached as well."""
    read = await request.app[READS].run(request.app[STUDIO].catalogue.remarks, *picture_asked(request))
    return web.json_response(read, headers=picture_caching(request))


async def show_drawing(request: web.Request) -> web.Response:
    """One drawing of a picture beside its nearest real digit. It may be cached as well."""
    drawing = int(request.match_info["drawing"])
    app, asked = request.app, picture_asked(request)
    known = await app[READS].run(app[REAL_DIGITS].beside, app[STUDIO].catalogue, *asked, drawing)
    return web.json_response(known, headers=picture_caching(request))


def picture_asked(request: web.Request) -> tuple[str, int]:
    """Return the run and the iteration in the address of a picture."""
    refuse_unknown_names([name for name, _ in request.query.items()], ("v",))
    return request.match_info["id"], int(request.match_info["iteration"])


def picture_caching(request: web.Request) -> dict[str, str]:
    """Return the Cache-Control header for a picture and its evaluation."""
    kept = "v" in request.query
    return {hdrs.CACHE_CONTROL: "private, max-age=86400, immutable" if kept else "no-cache"}


# Events


def present(app: web.Application, reads: Callable[[], Sequence[ClientMessage]]) -> SharedRead[list[str]]:
    """Return the shared, encoded present state: read once for all clients that connect at one time."""
    return SharedRead(lambda: app[READS].run(lambda: [encode(told) for told in reads()]))


async def tell_events(request: web.Request) -> web.WebSocketResponse:
    """Send a client the state of the live run, then all events, over a WebSocket.

    With `watch=1` it also receives previews, which are drawn only while somebody watches.
    """
    refuse_unknown_names([name for name, _ in request.query.items()], ("watch",))
    watches, app = bool(whole_number(request.query.get("watch", 0), "watch", 0, 1)), request.app

    async def beginning() -> list[str]:
        present = await app[PRESENT].get()
        sheet = app[STUDIO].sheet() if watches else None  # an idle run sends no other
        return present + ([encode(sheet)] if sheet else [])

    return await tell(request, app[BROADCAST], watches, beginning, app[STUDIO].watch)
