"""Requests about new runs: the recommended settings, and creating one. Omitted settings are the recommended ones."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import hdrs, web

from gan.config import LOSSES, MOST_BATCH, MOST_UPDATES, Config
from gan.data.batches import check_data
from gan.web.http.params import any_number, json_object, one_of, refuse_unknown_names, true_or_false, whole_number
from gan.web.routes.runs import CHANGES, READS, REAL_DIGITS, STUDIO
from gan.web.services.describe import CHOSEN
from gan.web.services.drawing import RealDigits
from gan.web.services.run_manager import NETWORKS, RunManager
from gan.write.request import SEEDS

Reader = Callable[[Any, str], Any]

UPDATES, BATCHES = (1, MOST_UPDATES), (1, MOST_BATCH)
# How each parameter is read. Numbers without bounds here are checked by Config.
MUST: dict[str, Reader] = {  # must be valid if given
    "seed": lambda value, name: whole_number(value, name, *SEEDS),
    "freeze": true_or_false,
    "network": lambda value, name: one_of(value, name, NETWORKS),
}
MAY: dict[str, Reader] = {  # null means the recommended value
    "loss": lambda value, name: one_of(value, name, LOSSES),
    "generator_updates": lambda value, name: whole_number(value, name, *UPDATES),
    "gamma": any_number,
    "learning_rate": any_number,
    "batch": lambda value, name: whole_number(value, name, *BATCHES),
}
DECIDE = ("digit", "network", "loss")  # the recommended values depend on these


async def show_recommended(request: web.Request) -> web.Response:
    """The recommended settings for a digit, network and loss."""
    query = request.query
    refuse_unknown_names([name for name, _ in query.items()], DECIDE)
    config = request.app[STUDIO].new_config(**read(query))
    return web.json_response({name: getattr(config, name) for name in ("digit", *CHOSEN)})


async def create_run(request: web.Request) -> web.Response:
    """Create a run and make it the live one."""
    asked = read(await json_object(request, ("digit", *MUST, *MAY)))
    app = request.app
    await app[READS].run(check, app[STUDIO], app[REAL_DIGITS], asked)
    name = await app[CHANGES].run(lambda: app[STUDIO].create(**asked))
    return web.json_response({"id": name}, status=201, headers={hdrs.LOCATION: f"/api/runs/{name}"})


def read(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the requested digit and config changes. InputError if one is invalid."""
    digit = asked.get("digit")
    changes = {"digit": None if digit is None else whole_number(digit, "digit", 0, 9)}
    changes |= {name: reader(asked[name], name) for name, reader in MUST.items() if name in asked}
    given = {name: reader for name, reader in MAY.items() if asked.get(name) is not None}
    return changes | {name: reader(asked[name], name) for name, reader in given.items()}


def check(studio: RunManager, real: RealDigits, asked: Mapping[str, Any]) -> Config:
    """Return the requested config. InputError if it is invalid or the data does not suffice."""
    config = studio.new_config(**asked)
    check_data(config, real.data)
    return config
