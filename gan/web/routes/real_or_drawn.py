"""Handle requests under /api/guess: rounds of the page "Real or drawn?" (gan/web/services/real_or_drawn.py)."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import numpy as np
from aiohttp import web

from gan.cli.parameter import Parameter
from gan.data.pictures import Pictures
from gan.drawings.load_and_draw import pretrained
from gan.errors import InputError
from gan.runs.run import Run
from gan.web.http.params import ITERATIONS, read_query
from gan.web.keys import DRAWINGS, READS, REAL_DIGITS, ROUNDS, RUN_MANAGER
from gan.web.services import real_or_drawn as service
from gan.web.services.catalogue import Catalogue, Unknown
from gan.web.services.executor import Busy
from gan.web.services.real_or_drawn import PAIRS, SIDES, Pairs
from gan.web.services.run_manager import RunManager
from gan.web.services.saved_drawing_details import RealDigits, on_paper

RUN = Parameter("run", str, none="the bundled networks", help="The run whose drawings are used")
ITERATION = replace(
    ITERATIONS, name="iteration", low=0, default=0, help="Iteration of the run's picture; only with run."
)
PIXELS = Parameter("pixels", int, 0, 1, default=0, help="1 also sends the 28 x 28 grey pixels of each image.")


# An opponent is a run at a certain iteration, or the bundled networks: the name to display, the query for
# /api/guess/round, and the URL of the sheet that has the drawings, or None if they are drawn for the round.
Opponent = dict[str, str | None]
SHIPPED: Opponent = {"name": "Ten bundled networks, one per digit", "asked": "", "picture": None}


async def page_context(request: web.Request) -> dict[str, Any]:
    """Return what the page "Real or drawn?" needs: the number of pairs, and a game to render into the page.

    A game has the opponents, the source of the real digits, and a round against the bundled networks. It is None if
    there is no such round or the server is busy. The script then requests both and shows the error, if any.
    """
    app = request.app
    try:
        known = await find_opponents(app)
        game = known | await start_round(app, None, 0, grey=True) if known["ladders"][0][-1] == SHIPPED else None
    except (InputError, Busy):
        game = None
    return {"pairs": PAIRS, "game": game}


async def show_opponents(request: web.Request) -> web.Response:
    read_query(request)
    return web.json_response(await find_opponents(request.app))


async def find_opponents(app: web.Application) -> dict[str, Any]:
    """Return the lists of opponents and the source of the real digits. Raise Unknown without opponents."""
    found = await app[READS].run(list_opponents, app[RUN_MANAGER])
    if not found:
        raise Unknown("There are no bundled networks, and no run has learned anything yet. Train one first.")
    return {"ladders": found, "real": await app[READS].run(lambda: app[REAL_DIGITS].unseen.name)}


def list_opponents(manager: RunManager) -> list[list[Opponent]]:
    """Return a list for the recorded run and the bundled networks, and one for the run that has learned most.

    Of equal runs the open one is listed. Empty lists are omitted.
    """
    shipped = [SHIPPED] if pretrained(0).is_file() else []
    catalogue = manager.catalogue
    names = catalogue.recorded_names()
    recorded = [opponent for name in names for opponent in opponents_of_run(name, "Recorded run", catalogue)]
    own = [row for row in manager.summaries() if row.get("iteration") and not row["recorded"]]
    own.sort(key=lambda row: (row["iteration"], row["live"]), reverse=True)
    trained = next(filter(None, (opponents_of_run(row["id"], "Your run", catalogue) for row in own)), [])
    return [opponents for opponents in (recorded + shipped, trained) if opponents]


def opponents_of_run(run: str, called: str, catalogue: Catalogue) -> list[Opponent]:
    """Return a run as an opponent at some of its iterations, or an empty list if it cannot be an opponent."""
    opened = Run.open(catalogue.find(run))
    who = called if run in catalogue.recorded_names() else f"{called} {opened.label() or run}"
    return [
        {
            "name": f"{who}, iteration {iteration:,}",
            "asked": urlencode({"run": run, "iteration": iteration}),
            "picture": f"/api/runs/{run}/images/{iteration}.png",
        }
        for iteration in (service.choose_iterations(opened.pictures()) if service.can_play(opened) else [])
    ]


async def begin_round(request: web.Request) -> web.Response:
    """Begin a round and respond with its pairs, without the answers. This is a GET so that watchers may play."""
    query = request.query
    run, iteration, grey = read_query(request, RUN, ITERATION, PIXELS)
    if ("run" in query) != ("iteration" in query):
        missing = "iteration" if "run" in query else "run"
        raise InputError(f"{missing} is missing: expected run and iteration, or neither (bundled networks)", missing)
    return web.json_response(await start_round(request.app, run, iteration, bool(grey)))


async def start_round(app: web.Application, run: str | None, iteration: int, grey: bool) -> dict[str, Any]:
    """Make and store a round. Return its name and its pairs, without the answers."""
    made = await app[DRAWINGS].run(make_round, run, iteration, app[RUN_MANAGER].catalogue, app[REAL_DIGITS])
    pairs = [
        {"digit": int(digit), **in_png(images)} | ({"pixels": in_png(pixels)} if grey else {})
        for digit, images, pixels in zip(made.digits, made.images, made.pixels, strict=True)
    ]
    return {"round": app[ROUNDS].store(made), "pairs": pairs}


def in_png(pair: Pictures) -> dict[str, str]:
    """Return two images, (2, height, width), as PNGs in base64 by their side."""
    return dict(zip(SIDES, map(on_paper, pair), strict=True))


def make_round(name: str | None, iteration: int, catalogue: Catalogue, real: RealDigits) -> Pairs:
    """Make a round against a run, or against the bundled networks. Raise Unknown if there is no such run."""
    rng = np.random.default_rng()  # unseeded, so that nobody can predict the sides
    if name is None:
        return service.make_pairs(service.draw_with_shipped(PAIRS, rng), real.unseen, rng, service.shipped_judge())
    run = Run.open(catalogue.find(name))
    is_recorded = name in catalogue.recorded_names()  # then it has no weights
    judge = service.shipped_judge() if is_recorded else service.judge_of(run)
    return service.make_pairs(service.drawings_of_run(run, iteration, PAIRS, rng), real.unseen, rng, judge)


async def show_answer(request: web.Request) -> web.Response:
    """Respond with the side of a pair that a person wrote, and the judge's choice, which is null without a judge."""
    read_query(request)
    answers, index = request.app[ROUNDS].find(request.match_info["round"]), int(request.match_info["pair"])
    if answers is None:
        message = "This round is over: the server was restarted, or too many rounds have begun since. Play a new round."
        raise Unknown(message, "round")
    person, judged = answers
    if index >= len(person):
        raise Unknown(f"This round has {len(person)} pairs, counted from 0.", "pair")
    choice = None if judged is None else SIDES[judged[index]]
    return web.json_response({"pair": index, "person": SIDES[person[index]], "judge": choice})
