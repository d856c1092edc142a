"""Handle uploads of the user's own images. Each becomes a new run, which keeps the images in its folder."""

from aiohttp import hdrs, web

from gan.cli.parameter import table
from gan.rules.config import SETTINGS
from gan.web.http.params import json_body, read
from gan.web.keys import CHANGES, RUN_MANAGER, UPLOADS
from gan.web.routes.runs import NETWORK

GIVEN = table(NETWORK, SETTINGS["seed"])


async def create_run_on_images(request: web.Request) -> web.Response:
    """Create a run on the images in the body, and make it the live one."""
    app = request.app
    images, given = await app[UPLOADS].read(await json_body(request), tuple(GIVEN))
    settings = {name: read(given, parameter) for name, parameter in GIVEN.items()}
    if request.transport is None:  # the client has gone, and does not expect that the live run is closed
        raise ConnectionResetError
    name = await app[CHANGES].run(lambda: app[RUN_MANAGER].create_on(images, **settings))
    answer = {"id": name, "notes": list(images.notes)}
    return web.json_response(answer, status=201, headers={hdrs.LOCATION: f"/api/runs/{name}"})
