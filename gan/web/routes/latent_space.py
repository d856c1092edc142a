"""Handle requests for drawings from latent space: strips of the moving sheet, and the ten digits at a point."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from aiohttp import hdrs, web

from gan import latent_walk
from gan.config import DIGITS, Config
from gan.parameter import SEED, Parameter
from gan.pictures import sheet, to_png
from gan.runs.run import Run
from gan.sample import load_generator, pretrained
from gan.web.http.params import read_query
from gan.web.http.responses import cached
from gan.web.keys import DRAWINGS, READS, RUN_MANAGER
from gan.web.services.catalogue import Catalogue, Unknown
from nnet.fast.accelerate import accelerate
from nnet.layer import Layer

EDGE = 100  # radius of the disk; coordinates are integers from -EDGE to EDGE
CACHED_NETWORKS = 3  # the bundled one and two runs, 15 MB each
CACHED_PICTURES = 128  # 22 kB each; cached because pages share strips

# Constants for the pages.
WALK = {
    "order": latent_walk.ORDER,
    "group": latent_walk.GROUP,
    "frames": latent_walk.FRAMES,
    "strips": latent_walk.STRIPS,
}
PLACE = {"edge": EDGE, "place_seed": 0}

RUN = Parameter("run", str, none="the bundled network", help="The run whose network draws")
STRIP = Parameter("strip", int, 0, latent_walk.STRIPS - 1, help="Number of the strip. After the last comes the first.")
X = Parameter("x", int, -EDGE, EDGE, default=0, help="Position to the right of the disk's centre.")
Y = Parameter("y", int, -EDGE, EDGE, default=0, help="Position above the centre.")


class Network(NamedTuple):
    """A model file and its modification time in nanoseconds, because a run in training replaces the file."""

    path: Path
    when: int


async def show_strip(request: web.Request) -> web.Response:
    """Respond with one strip of the moving sheet. The response is reproducible until the run trains further."""
    number, run = read_query(request, STRIP, RUN)
    app = request.app
    network = await app[READS].run(network_of, run, app[RUN_MANAGER].catalogue)
    response = cached(request, await app[DRAWINGS].run(strip, network, number), "image/png")
    if run is not None:
        response.headers[hdrs.CACHE_CONTROL] = "private, no-cache"  # the run may train further
    return response


async def show_place(request: web.Request) -> web.Response:
    """Respond with drawings of all ten digits, side by side, for one point of the latent disk."""
    seed, x, y = read_query(request, SEED, X, Y)
    app = request.app
    network = await app[READS].run(network_of, None, app[RUN_MANAGER].catalogue)
    return cached(request, await app[DRAWINGS].run(place, network, seed, x, y), "image/png")


def network_of(name: str | None, catalogue: Catalogue) -> Network:
    """Return the network of a run, or the bundled one. Raise Unknown if there is none."""
    path = pretrained(None) if name is None else Run.open(catalogue.find(name)).generator
    try:
        return Network(path, path.stat().st_mtime_ns)
    except OSError:
        if name is None:
            raise Unknown("No network of all digits is bundled: choose a run to draw.", "run") from None
        raise Unknown(f"Run {name} has no network yet: train it, or choose another.", "run") from None


@lru_cache(maxsize=CACHED_NETWORKS)
def load_network(network: Network) -> tuple[Layer, Config]:
    """Load a generator that is used only for drawing. Raise InputError if its file is damaged."""
    generator, config = load_generator(network.path)
    return accelerate(generator, fixed=True), config


@lru_cache(maxsize=CACHED_PICTURES)
def strip(network: Network, number: int) -> bytes:
    """Return a strip as PNG, with a row for each frame and a column for each drawing."""
    return to_png(sheet(latent_walk.strip(*load_network(network), number), columns=latent_walk.GROUP))


@lru_cache(maxsize=CACHED_PICTURES)
def place(network: Network, seed: int, x: int, y: int) -> bytes:
    """Return the ten digits at a point as PNG, in one row. Coordinates are in units of 1 / `EDGE`."""
    return to_png(sheet(latent_walk.ten(*load_network(network), seed, x / EDGE, y / EDGE), columns=DIGITS))
