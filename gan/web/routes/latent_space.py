"""Handle requests for the ten digits at a point of latent space, drawn by the bundled network."""

from functools import lru_cache

from aiohttp import web

from gan.cli.labels import DIGITS
from gan.cli.parameter import SEED, Parameter
from gan.data.pictures import sheet, to_png
from gan.drawings.latent_walk import ten
from gan.web.http.params import read_query
from gan.web.http.responses import cached
from gan.web.keys import DRAWINGS
from gan.web.routes.learn import shipped

EDGE = 100  # radius of the disk; coordinates are integers from -EDGE to EDGE
CACHED_PICTURES = 128  # 5 kB each; cached because pages share points

PLACE = {"edge": EDGE, "place_seed": 0}  # constants for the pages

X = Parameter("x", int, -EDGE, EDGE, default=0, help="Position to the right of the disk's centre.")
Y = Parameter("y", int, -EDGE, EDGE, default=0, help="Position above the centre.")


async def show_place(request: web.Request) -> web.Response:
    """Respond with drawings of all ten digits, side by side, for one point of the latent disk."""
    seed, x, y = read_query(request, SEED, X, Y)
    return cached(request, await request.app[DRAWINGS].run(place, seed, x, y), "image/png")


@lru_cache(maxsize=CACHED_PICTURES)
def place(seed: int, x: int, y: int) -> bytes:
    """Return the ten digits at a point as PNG, in one row. Coordinates are in units of 1 / `EDGE`.

    Raise InputError if the bundled network is missing.
    """
    return to_png(sheet(ten(*shipped(), seed, x / EDGE, y / EDGE), columns=DIGITS))
