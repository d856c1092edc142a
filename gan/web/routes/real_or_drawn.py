"""Handle requests under /api/guess: rounds of the page "Real or drawn?" (gan/web/services/real_or_drawn.py)."""

from typing import Any

from aiohttp import web

from gan.cli.parameter import Parameter
from gan.data import Dataset
from gan.errors import InputError
from gan.runs.run import Run
from gan.web.http.params import MAX_ITERATIONS, read_query
from gan.web.keys import DRAWINGS, READS, REAL_DIGITS, ROUNDS, RUN_MANAGER
from gan.web.services import real_or_drawn as service
from gan.web.services.catalogue import RECORDED, Catalogue, Unknown
from gan.web.services.executor import Busy
from gan.web.services.real_or_drawn import PAIRS
from gan.web.services.saved_drawing_details import on_paper

ITERATION = Parameter("iteration", int, 0, MAX_ITERATIONS, none="the bundled networks")


async def page_context(request: web.Request) -> dict[str, Any]:
    """Return what the page "Real or drawn?" needs: the number of pairs, and a climb with its first pair.

    The climb is None if the server cannot make it now. The script then requests it and shows the error, if any.
    """
    app = request.app
    try:
        climb = await start_round(app)
        climb["pair"] = await load_pair(app, climb["round"], 0, next(iter(climb["rungs"]), None))
    except (InputError, Busy):
        return {"pairs": PAIRS, "climb": None}
    return {"pairs": PAIRS, "climb": climb}


async def begin_round(request: web.Request) -> web.Response:
    """Begin a round and respond with its name and the climb's iterations. This is a GET so that watchers may play."""
    read_query(request)
    return web.json_response(await start_round(request.app))


async def start_round(app: web.Application) -> dict[str, Any]:
    rungs = await app[READS].run(find_rungs, app[RUN_MANAGER].catalogue)
    return {"round": app[ROUNDS].begin(), "rungs": rungs}


def find_rungs(catalogue: Catalogue) -> list[int]:
    """Return the iterations of the climb. Without a recorded run there are none, and the bundled networks play."""
    return service.rungs_of(Run.open(catalogue.recorded)) if catalogue.recorded else []


async def show_pair(request: web.Request) -> web.Response:
    """Respond with the images of a pair, without the answer."""
    (iteration,) = read_query(request, ITERATION)
    name, pair = request.match_info["round"], int(request.match_info["pair"])
    return web.json_response(await load_pair(request.app, name, pair, iteration))


async def load_pair(app: web.Application, name: str, pair: int, iteration: int | None) -> dict[str, Any]:
    seed = find_seed(app, name, pair)
    catalogue = app[RUN_MANAGER].catalogue
    return await app[DRAWINGS].run(lambda: make_pair(seed, pair, iteration, catalogue, app[REAL_DIGITS].unseen))


def make_pair(seed: int, pair: int, iteration: int | None, catalogue: Catalogue, data: Dataset) -> dict[str, Any]:
    """Return a pair's digit, and its images as PNG in base64 by side."""
    if iteration is None:
        drawing = service.draw_with_shipped(seed, pair)
    else:
        drawing = service.drawing_of_run(Run.open(catalogue.find(RECORDED)), iteration, seed, pair)
    images = service.make_pair(seed, pair, drawing, data)
    return {"digit": drawing.digit} | {side: on_paper(image) for side, image in images.items()}


async def show_person(request: web.Request) -> web.Response:
    """Respond with the side of a pair that a person wrote."""
    read_query(request)
    name, pair = request.match_info["round"], int(request.match_info["pair"])
    return web.json_response({"person": service.person_side(find_seed(request.app, name, pair), pair)})


def find_seed(app: web.Application, name: str, pair: int) -> int:
    """Return the seed of a round. Raise Unknown if the round is gone, or has no such pair."""
    seed = app[ROUNDS].find(name)
    if seed is None:
        message = "This round is over: the server was restarted, or too many rounds have begun since. Play a new round."
        raise Unknown(message, "round")
    if pair >= PAIRS:
        raise Unknown(f"A round has {PAIRS} pairs, counted from 0.", "pair")
    return seed
