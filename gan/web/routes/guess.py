"""Requests under /api/guess: rounds of the page "Real or drawn?" (gan/web/services/real_or_drawn.py)."""

from typing import TypedDict
from urllib.parse import urlencode

import numpy as np
from aiohttp import web

from gan.errors import InputError
from gan.runs.run import Run
from gan.shipped import pretrained
from gan.web.http.params import MAX_ITERATIONS, refuse_unknown_names, whole_number
from gan.web.routes.runs import DRAWINGS, READS, REAL_DIGITS, STUDIO
from gan.web.services.catalogue import Catalogue, Unknown
from gan.web.services.drawing import RealDigits, on_paper
from gan.web.services.real_or_drawn import (
    PAIRS,
    SIDES,
    Pairs,
    RoundStore,
    by_run,
    by_shipped,
    can_play,
    judge_of,
    ladder,
    paired,
    shipped_judge,
)
from gan.web.services.run_manager import RunManager

ROUNDS = web.AppKey("rounds", RoundStore)


class Opponent(TypedDict):
    """An opponent: a run at an iteration, or the ten bundled networks."""

    name: str  # for a person
    asked: str  # query of /api/guess/round
    picture: str | None  # address of the sheet with the drawings; None for new drawings


SHIPPED: Opponent = {"name": "Ten bundled networks, one per digit", "asked": "", "picture": None}


async def show_opponents(request: web.Request) -> web.Response:
    """The opponents, in ladders from the earliest iteration, and the source of the real digits."""
    refuse_unknown_names(list(request.query), ())
    app = request.app
    found = await app[READS].run(ladders, app[STUDIO])
    if not found:
        raise Unknown("No network ships here, and the run that is open has learned nothing yet: train it first.")
    real = await app[READS].run(lambda: app[REAL_DIGITS].unseen.name)
    return web.json_response({"ladders": found, "real": real})


def ladders(studio: RunManager) -> list[list[Opponent]]:
    """Return the ladders: the recorded run followed by the bundled networks, and the open run. None is empty."""
    own, shipped = studio.begun_name(), [SHIPPED] if pretrained(0).is_file() else []
    recorded = [rung for name in studio.catalogue.recorded_names() for rung in rungs(name, "Recorded run", studio)]
    return [ladder for ladder in (recorded + shipped, rungs(own, "Your run", studio) if own else []) if ladder]


def rungs(run: str, called: str, studio: RunManager) -> list[Opponent]:
    """Return a run at some of its iterations; empty if it cannot be an opponent."""
    opened = Run.open(studio.catalogue.find(run))
    who = called if run in studio.catalogue.recorded_names() else f"{called} {opened.label() or run}"
    return [
        {
            "name": f"{who}, iteration {iteration:,}",
            "asked": urlencode({"run": run, "iteration": iteration}),
            "picture": f"/api/runs/{run}/images/{iteration}.png",
        }
        for iteration in (ladder(opened.pictures()) if can_play(opened) else [])
    ]


async def begin(request: web.Request) -> web.Response:
    """Begin a round: its pairs without the answers. It is a GET, so that watchers may play."""
    app, query = request.app, request.query
    refuse_unknown_names([name for name, _ in query.items()], ("run", "iteration"))
    if ("run" in query) != ("iteration" in query):
        missing = "iteration" if "run" in query else "run"
        raise InputError(f"{missing} is missing: expected run and iteration, or neither for what ships", missing)
    at = whole_number(query.get("iteration", 0), "iteration", 0, MAX_ITERATIONS)
    made = await app[DRAWINGS].run(make, query.get("run"), at, app[STUDIO].catalogue, app[REAL_DIGITS])
    two = [dict(zip(SIDES, map(on_paper, pair), strict=True)) for pair in made.images]
    pairs = [{"digit": int(digit), **pictures} for digit, pictures in zip(made.digits, two, strict=True)]
    return web.json_response({"round": app[ROUNDS].keep(made), "pairs": pairs})


def make(name: str | None, iteration: int, catalogue: Catalogue, real: RealDigits) -> Pairs:
    """Make a round against a run, or against the bundled networks. Unknown if there is no such run."""
    rng = np.random.default_rng()  # unseeded, so that nobody can predict the sides
    if name is None:
        return paired(by_shipped(PAIRS, rng), real.unseen, rng, shipped_judge())
    run = Run.open(catalogue.find(name))
    judge = shipped_judge() if name in catalogue.recorded_names() else judge_of(run)  # a recorded run has no weights
    return paired(by_run(run, iteration, PAIRS, rng), real.unseen, rng, judge)


async def tell_truth(request: web.Request) -> web.Response:
    """Which side of a pair a person wrote, and the judge's choice; null without a judge."""
    refuse_unknown_names(list(request.query), ())
    truth, index = request.app[ROUNDS].find(request.match_info["round"]), int(request.match_info["pair"])
    if truth is None:
        raise Unknown("This round is over: the server began anew, or many were begun since. Reload the page.", "round")
    if index >= len(truth.person):
        raise Unknown(f"There are {len(truth.person)} pairs in this round, counted from 0.", "pair")
    judged = None if truth.judged is None else SIDES[truth.judged[index]]
    return web.json_response({"pair": index, "person": SIDES[truth.person[index]], "judge": judged})
