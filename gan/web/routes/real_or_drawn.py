"""Handle GET /api/guess: a pair of a round of the page "Real or drawn?" (gan/web/services/real_or_drawn.py)."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from gan.cli.parameter import SEED, Parameter
from gan.runs.run import Run
from gan.web.app_keys import DRAWINGS, RUN_MANAGER
from gan.web.http.params import read_query
from gan.web.services import real_or_drawn as service
from gan.web.services.catalogue import Catalogue
from gan.web.services.real_or_drawn import PAIRS
from gan.web.services.saved_drawing_details import on_paper

PAIR = Parameter("pair", int, 0, PAIRS - 1, default=0)
RUNG = Parameter("rung", int, 0, PAIRS - 1, none="the bundled networks")


async def show_pair(request: web.Request) -> web.Response:
    """Respond with a pair, and the side that a person wrote. This is a GET so that watchers may play."""
    app, asked = request.app, read_query(request, SEED, PAIR, RUNG)
    return web.json_response(await app[DRAWINGS].run(make_pair, app[RUN_MANAGER].catalogue, *asked))


def make_pair(catalogue: Catalogue, seed: int, pair: int, rung: int | None) -> dict[str, Any]:
    """Return a pair: its images as PNG in base64 by side, its digit, the side that a person wrote, and all rungs.

    Without a recorded run there are no rungs, and the bundled networks draw.
    """
    run = Run.open(catalogue.recorded) if catalogue.recorded and rung is not None else None
    rungs = service.rungs_of(run) if run else []
    if not run or not rungs or rung is None:
        drawing = service.draw_with_shipped(seed, pair)
    elif rung < len(rungs):
        drawing = service.drawing_of_run(run, rungs[rung], seed, pair)
    else:
        raise replace(RUNG, high=len(rungs) - 1).refusal(str(rung))
    images = service.make_pair(seed, pair, drawing)
    known = {"digit": drawing.digit, "person": service.person_side(seed, pair), "rungs": rungs}
    return known | {side: on_paper(image) for side, image in images.items()}
