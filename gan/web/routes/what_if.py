"""Requests under /api/what-if/: two runs that differ in one setting (gan/web/services/pair.py)."""

import asyncio
import logging
from contextlib import suppress
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler

from gan.config import LOSSES
from gan.errors import InputError
from gan.web.http.access_tokens import role_of
from gan.web.http.params import MAX_ITERATIONS, json_object, one_of, refuse_unknown_names, whole_number
from gan.web.routes.runs import CHANGES, PAIR, PAIR_BROADCAST, PAIR_OPENED, PAIR_PRESENT, READS, RECORDED_PAIR, STUDIO
from gan.web.routes.websocket import tell
from gan.web.services.executor import Busy
from gan.web.services.pair import recorded_pair
from gan.write.request import SEEDS

COMMANDS: tuple[Literal["train", "pause", "reset"], ...] = ("train", "pause", "reset")
MAX_TURNS = 5  # most updates of G for one of D
LOOK_SECONDS = 10.0  # between two checks for an idle pair

log = logging.getLogger(__name__)


def either(compare: Handler, pair: Handler) -> Handler:
    """Return the page "What if?": a comparison of two runs if the address names them, else the pair."""

    async def show(request: web.Request) -> web.StreamResponse:
        return await (compare if {"left", "right"} & request.query.keys() else pair)(request)

    return show


async def tell_events(request: web.Request) -> web.WebSocketResponse:
    """Send a client the state of both runs, then their events and previews.

    Opens both runs, unless the client may only watch.
    """
    refuse_unknown_names(list(request.query), ())
    app = request.app

    async def beginning() -> list[str]:
        if role_of(request) == "drive":
            await app[PAIR_OPENED].get()
        return await app[PAIR_PRESENT].get()

    return await tell(request, app[PAIR_BROADCAST], True, beginning, app[PAIR].watch)


async def show_recorded(request: web.Request) -> web.Response:
    """The recorded pair."""
    refuse_unknown_names(list(request.query), ())
    return web.json_response(await request.app[READS].run(recorded_pair, request.app[RECORDED_PAIR]))


async def end_idle(app: web.Application) -> None:
    """Check every `LOOK_SECONDS` whether the pair is idle, for ever."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        await end_if_idle(app)


async def end_if_idle(app: web.Application) -> None:
    """End the processes of the pair if it is idle."""
    with suppress(Busy):
        if unsaved := await app[CHANGES].run(app[PAIR].close_if_idle):
            log.warning("%s", unsaved)


async def make(request: web.Request) -> web.Response:
    """Create another pair in place of this one."""
    asked = await json_object(request, ("digit", "seed", "generator_updates", "loss"))
    digit = asked.get("digit")
    if digit is not None:
        digit = whole_number(digit, "digit", 0, 9)
    changes = {
        "seed": whole_number(asked.get("seed", 0), "seed", *SEEDS),
        "generator_updates": whole_number(asked.get("generator_updates", 3), "generator_updates", 1, MAX_TURNS),
        "loss": one_of(asked.get("loss", LOSSES[0]), "loss", LOSSES),
    }
    await request.app[CHANGES].run(lambda: request.app[PAIR].make(digit, **changes))
    return web.json_response({"digit": digit} | changes, status=201)


def commanded(command: Literal["train", "pause", "reset"]) -> Handler:
    """Return a handler that sends a command to both runs. It responds before the command is carried out."""

    async def obey(request: web.Request) -> web.Response:
        asked = await json_object(request, ("iterations",) if command == "train" else ())
        iterations = None
        if command == "train":
            if "iterations" not in asked:
                raise InputError("The number of iterations is missing.", "iterations")
            iterations = whole_number(asked["iterations"], "iterations", 1, MAX_ITERATIONS)
            await request.app[CHANGES].run(request.app[STUDIO].pause)  # training gets all cores
        await request.app[CHANGES].run(request.app[PAIR].command, command, iterations)
        return web.json_response({"command": command}, status=202)

    return obey
