"""Handle requests about runs: their list, creation, state, commands and pictures.

Each handler reads its parameters, runs the work in a thread, and responds with JSON or
a picture.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Literal, TypeVar

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gan.base.errors import InputError
from gan.base.parameter import Parameter, table
from gan.data.images_and_sheets import Pictures, drawings_on
from gan.data.uploaded_drawings import read_upload
from gan.pretrained import RECORDED_PAIR
from gan.rules.config_for_data import check_data
from gan.rules.run_config import ADVISED, CHOSEN, LOSSES, SETTINGS
from gan.runs.gif_export import encoded, frame
from gan.runs.messages import Command
from gan.runs.run import Run, evenly_spaced
from gan.web.app_keys import CHANGES, DRAWINGS, READS, REAL_DIGITS, RUN_MANAGER, RUNS
from gan.web.http.params import (
    ANY_DIGIT,
    DRAWING,
    ITERATIONS,
    json_object,
    read,
    read_body,
    read_query,
)
from gan.web.services.catalogue import Catalogue, Unknown, readable, recorded_pair
from gan.web.services.run_manager import NETWORKS

Result = TypeVar("Result")

# The commands of the Train page, and the parameters of each.
COMMANDS: dict[Literal["open"] | Command, dict[str, Parameter]] = {
    "open": {},
    "train": table(ITERATIONS),
    "fun": {},
    "pause": {},
    "unlock": {},
    "lock": {},
    "reset": {},
    "step": table(DRAWING),
}

# Settings of a new run
NETWORK = Parameter(
    "network", str, choices=NETWORKS, default=NETWORKS[0], help="Size of the network."
)
PRESSES = Parameter(
    "freeze_switches",
    list,
    default=[],
    example="ascending iterations",
    help="The iterations at which the judge's lock moves. "
    "A command to lock or unlock drops later ones.",
)
NEW_RUN = table(
    ANY_DIGIT,
    SETTINGS["seed"],
    SETTINGS["freeze"],
    NETWORK,
    PRESSES,
    *(
        replace(SETTINGS[name], none="the recommended value")
        for name in ("loss", *ADVISED)
    ),
)
# The recommended values of the other settings depend on these.
RECOMMENDED_FOR = table(
    ANY_DIGIT, NETWORK, replace(SETTINGS["loss"], default=LOSSES[0], help="The loss.")
)
NO_DRAWING = replace(DRAWING, default=None, none="no drawing")
LABEL = Parameter("name", str, none="no name")
VERSION = Parameter(
    "v",
    str,
    none="any",
    help="The run's version. With it, a browser may cache the response.",
)


async def list_runs(request: web.Request) -> web.Response:
    """Respond with a summary of each run.

    The list is read only once for all clients that ask at the same time.
    """
    read_query(request)
    return web.json_response(text=await request.app[RUNS].get())


async def show_run(request: web.Request) -> web.Response:
    read_query(request)
    snapshot = await request.app[READS].run(
        request.app[RUN_MANAGER].snapshot, request.match_info["id"]
    )
    return web.json_response(snapshot)


async def show_recorded_pair(request: web.Request) -> web.Response:
    read_query(request)
    return web.json_response(await request.app[READS].run(recorded_pair, RECORDED_PAIR))


async def show_recommended(request: web.Request) -> web.Response:
    read_query(request, *RECOMMENDED_FOR.values())
    config = request.app[RUN_MANAGER].new_config(**read_settings(request.query))
    return web.json_response(
        {name: getattr(config, name) for name in ("digit", *CHOSEN)}
    )


async def create_run(request: web.Request) -> web.Response:
    settings = read_settings(await json_object(request, NEW_RUN))
    app = request.app
    config = app[RUN_MANAGER].new_config(**settings)
    await app[READS].run(check_data, config, app[REAL_DIGITS].data)
    name = await app[CHANGES].run(lambda: app[RUN_MANAGER].create(**settings))
    return created(name)


def read_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings among the parameters of a request.

    The digit and the freeze switches are always included. Raise InputError if a value
    is invalid.
    """
    settings: dict[str, Any] = {"digit": None, PRESSES.name: []}
    for name, parameter in NEW_RUN.items():
        value = read(given, parameter) if name in given else None
        if value is not None:
            settings[name] = value
    settings[PRESSES.name] = tuple(settings[PRESSES.name])
    return settings


async def create_run_on_drawings(request: web.Request) -> web.Response:
    """Create a run on the images in the request's body, and make it the live one."""
    network, seed = read_query(request, NETWORK, SETTINGS["seed"])
    app = request.app
    drawings = await app[READS].run(read_upload, await request.read())
    name = await app[CHANGES].run(app[RUN_MANAGER].create_on, drawings, network, seed)
    return created(name)


def created(name: str) -> web.Response:
    location = {hdrs.LOCATION: f"/api/runs/{name}"}
    return web.json_response({"id": name}, status=201, headers=location)


async def rename_run(request: web.Request) -> web.Response:
    label = read(await json_object(request, ("name",)), LABEL, required=True)
    name = request.match_info["id"]
    kept = await request.app[CHANGES].run(request.app[RUN_MANAGER].rename, name, label)
    return web.json_response({"id": name, "name": kept})


async def delete_run(request: web.Request) -> web.Response:
    await json_object(request, ())
    name = request.match_info["id"]
    manager = request.app[RUN_MANAGER]
    place = await request.app[CHANGES].run(manager.delete, name)
    return web.json_response(
        {
            "id": name,
            "trash": f"{place.parent.name}/{place.name}",
            "live": manager.live_name(),
        }
    )


def command_handler(command: Literal["open"] | Command) -> Handler:
    """Return a handler that sends a command to a run's worker.

    It responds before the worker carries the command out.
    """

    async def handle(request: web.Request) -> web.Response:
        given = await read_body(request, COMMANDS[command])
        name = request.match_info["id"]
        manager = request.app[RUN_MANAGER]
        changes = request.app[CHANGES]
        if command == "open":
            await changes.run(manager.open, name)
        else:
            # A command has at most one parameter, which is a number.
            number = next(iter(given.values()), None)
            # Browsers send this header, programs do not (gan/web/http/guard.py).
            is_from_page = hdrs.ORIGIN in request.headers
            await changes.run(manager.command, name, command, number, is_from_page)
        return web.json_response({"id": name, "command": command}, status=202)

    return handle


async def ask_about(request: web.Request) -> web.Response:
    """Ask the live run's judge about one drawing.

    The answers are sent as events. A request with null as the drawing stops them.
    """
    drawing = read(
        await json_object(request, (DRAWING.name,)), NO_DRAWING, required=True
    )
    name = request.match_info["id"]
    await request.app[READS].run(request.app[RUN_MANAGER].ask, name, drawing)
    return web.json_response({"id": name, "drawing": drawing}, status=202)


async def show_picture(request: web.Request) -> web.StreamResponse:
    path, headers = await read_picture(
        request, request.app[RUN_MANAGER].catalogue.picture
    )
    return web.FileResponse(path, headers=headers)


async def show_remarks(request: web.Request) -> web.StreamResponse:
    """Respond with the evaluation of one picture, with null for missing values."""
    known, headers = await read_picture(
        request, request.app[RUN_MANAGER].catalogue.remarks
    )
    return web.json_response(known, headers=headers)


async def show_drawing(request: web.Request) -> web.StreamResponse:
    beside = partial(
        request.app[REAL_DIGITS].describe_drawing, request.app[RUN_MANAGER].catalogue
    )
    known, headers = await read_picture(
        request, beside, int(request.match_info["drawing"])
    )
    return web.json_response(known, headers=headers)


async def read_picture(
    request: web.Request, read: Callable[..., Result], *more: int
) -> tuple[Result, dict[str, str]]:
    """Return `read(name, iteration, *more)` for a request, and the caching header.

    If the address has the run's version (`?v=`), browsers may cache the response for a
    day: a picture and its evaluation change only with the version.
    """
    read_query(request, VERSION)
    name = request.match_info["id"]
    iteration = int(request.match_info["iteration"])
    result = await request.app[READS].run(lambda: read(name, iteration, *more))
    if "v" in request.query:
        return result, {hdrs.CACHE_CONTROL: "private, max-age=86400, immutable"}
    return result, {hdrs.CACHE_CONTROL: "no-cache"}


# A run's pictures as a GIF. The number and the size of the frames are limited, so that
# the cost does not depend on the length of the run.
MAX_FRAMES = 120  # nineteen seconds of animation
# maximum side of a picture in pixels: 17 drawings in a row; a run's sheet has 8
LONGEST_SIDE = 512
SHEET_ZOOM = 2  # enlargement factor


async def save_film(request: web.Request) -> web.Response:
    read_query(request)
    name = request.match_info["id"]
    content = await request.app[DRAWINGS].run(
        film_of, request.app[RUN_MANAGER].catalogue, name
    )
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}.gif"'}
    return web.Response(body=content, content_type="image/gif", headers=headers)


def film_of(catalogue: Catalogue, name: str) -> bytes:
    with readable(name):
        pictures = frames_of(Run.open(catalogue.find(name)))
    if not pictures:
        raise Unknown(
            f"Run {name} has no whole picture "
            f"with sides of at most {LONGEST_SIDE} pixels for a film.",
            "id",
        )
    return encoded(
        [frame(iteration, images, zoom=SHEET_ZOOM) for iteration, images in pictures]
    )


def frames_of(run: Run) -> list[tuple[int, Pictures]]:
    """Return the frames of a GIF as (iteration, drawings).

    Pictures that are damaged, have just been deleted, or have another number of
    drawings than the newest one are left out.
    """
    frames = list[tuple[int, Pictures]]()
    for iteration in evenly_spaced(run.pictures(), MAX_FRAMES):
        with suppress(InputError):
            drawings = drawings_on(run.picture_path(iteration), LONGEST_SIDE)
            frames.append((iteration, drawings))
    if not frames:
        return []
    _, newest = frames[-1]
    return [
        (iteration, drawings)
        for iteration, drawings in frames
        if len(drawings) == len(newest)
    ]
