"""Handle requests under /api/what-if/ about two runs that differ in one setting (gan/web/services/pair.py)."""

import logging
from dataclasses import replace
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler

from gan.cli.parameter import SEED, Parameter, table
from gan.pretrained import RECORDED_PAIR
from gan.rules.config import LOSSES, SETTINGS
from gan.web.http.access_tokens import role_of
from gan.web.http.params import ANY_DIGIT, ITERATIONS, read_body, read_query
from gan.web.keys import CHANGES, PAIR, PAIR_BROADCAST, PAIR_OPENED, PAIR_PRESENT, READS, RUN_MANAGER
from gan.web.routes.events import stream
from gan.web.services.pair import recorded_pair

# The commands of the page, and the parameters of each.
COMMANDS: dict[Literal["train", "pause", "reset"], dict[str, Parameter]] = {
    "train": table(ITERATIONS),
    "pause": {},
    "reset": {},
}
MAX_TURNS = 5  # maximum number of G updates per D update
NEW_PAIR = table(
    ANY_DIGIT,
    SEED,
    replace(SETTINGS["generator_updates"], high=MAX_TURNS, default=3),
    replace(SETTINGS["loss"], default=LOSSES[0]),
)

log = logging.getLogger(__name__)


def pair_or_comparison(compare: Handler, pair: Handler) -> Handler:
    """Return a handler for the page "What if?", which compares the two runs named in the URL or shows the pair."""

    async def show(request: web.Request) -> web.StreamResponse:
        return await (compare if {"left", "right"} & request.query.keys() else pair)(request)

    return show


async def stream_events(request: web.Request) -> web.WebSocketResponse:
    """Send the state of both runs, then their events and previews, over a WebSocket.

    This opens both runs, unless the client may only watch.
    """
    read_query(request)
    app = request.app

    async def beginning() -> list[str]:
        if role_of(request) == "drive":
            await app[PAIR_OPENED].get()
        return await app[PAIR_PRESENT].get()

    return await stream(request, app[PAIR_BROADCAST], True, beginning, app[PAIR].watch)


async def show_recorded(request: web.Request) -> web.Response:
    read_query(request)
    return web.json_response(await request.app[READS].run(recorded_pair, RECORDED_PAIR))


async def end_idle(app: web.Application) -> None:
    if unsaved := await app[CHANGES].run(app[PAIR].close_if_idle):
        log.warning("%s", unsaved)


async def create_pair(request: web.Request) -> web.Response:
    settings = await read_body(request, NEW_PAIR)
    await request.app[CHANGES].run(lambda: request.app[PAIR].make(**settings))
    return web.json_response(settings, status=201)


def command_handler(command: Literal["train", "pause", "reset"]) -> Handler:
    """Return a handler that sends a command to both runs, and responds before the workers carry it out."""

    async def handle(request: web.Request) -> web.Response:
        given = await read_body(request, COMMANDS[command])
        if command == "train":
            await request.app[CHANGES].run(request.app[RUN_MANAGER].pause)  # so that the pair gets all cores
        await request.app[CHANGES].run(lambda: request.app[PAIR].command(command, **given))
        return web.json_response({"command": command}, status=202)

    return handle
