"""The requests for drawings that turn into others: a strip of the sheet that wanders, ten digits at a place.

GET /api/wander draws with a run's network, or the one of all digits that ships; GET /api/place with the latter. What
was drawn is remembered for as long as the network's file is the same (gan/latent_walk.py says what is drawn).
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from aiohttp import hdrs, web

from gan import latent_walk
from gan.config import DIGITS, Config
from gan.pictures import sheet, to_png
from gan.runs.run import Run
from gan.saved_networks import load_generator
from gan.shipped import pretrained
from gan.web.http.params import check_names, whole_number
from gan.web.routes.runs import DRAWINGS, READS, STUDIO, drawing
from gan.web.services.catalogue import Catalogue, Unknown
from gan.write.request import SEEDS
from nnet.fast.accelerate import accelerate
from nnet.layer import Layer

EDGE = 100  # a place is two whole numbers from -EDGE to EDGE: the disk's edge is that far from its middle
KEPT_NETWORKS = 3  # 15 MB each: what ships, and two runs that are looked at
KEPT_PICTURES = 128  # 22 kB each: many pages wander on the same strips

# What the pages are told: of the walk, and of the disk.
WALK = {
    "order": latent_walk.ORDER,
    "group": latent_walk.GROUP,
    "frames": latent_walk.FRAMES,
    "strips": latent_walk.STRIPS,
}
PLACE = {"edge": EDGE, "place_seed": 0}


class Network(NamedTuple):
    """A network on disk, and when it was written, in nanoseconds: a run that trains renames another over it."""

    path: Path
    when: int


async def show_strip(request: web.Request) -> web.Response:
    """One leg of some of the sheet's drawings: the same request gives the same bytes, until the run learns more."""
    query, app = request.query, request.app
    check_names([name for name, _ in query.items()], ("run", "strip"))
    number = whole_number(query.get("strip"), "strip", 0, latent_walk.STRIPS - 1)
    network = await app[READS].run(network_of, query.get("run"), app[STUDIO].catalogue)
    answer = drawing(request, await app[DRAWINGS].run(strip, network, number), "image/png")
    if "run" in query:
        answer.headers[hdrs.CACHE_CONTROL] = "private, no-cache"  # a run goes on
    return answer


async def show_place(request: web.Request) -> web.Response:
    """The ten digits at a place on the disk, side by side."""
    query, app = request.query, request.app
    check_names([name for name, _ in query.items()], ("seed", "x", "y"))
    seed = whole_number(query.get("seed", 0), "seed", *SEEDS)
    x, y = (whole_number(query.get(name, 0), name, -EDGE, EDGE) for name in ("x", "y"))
    network = await app[READS].run(network_of, None, app[STUDIO].catalogue)
    return drawing(request, await app[DRAWINGS].run(place, network, seed, x, y), "image/png")


def network_of(name: str | None, catalogue: Catalogue) -> Network:
    """The network of a run; the one that ships without a name. Unknown where there is none."""
    path = pretrained(None) if name is None else Run.open(catalogue.find(name)).generator
    try:
        return Network(path, path.stat().st_mtime_ns)
    except OSError:
        if name is None:
            raise Unknown("No network of all digits ships here: name the run that is to draw.", "run") from None
        raise Unknown(f"Run {name} has no network yet: train it, or choose another.", "run") from None


@lru_cache(maxsize=KEPT_NETWORKS)
def loaded(network: Network) -> tuple[Layer, Config]:
    """A generator that draws and no longer learns; InputError where its file is damaged."""
    generator, config = load_generator(network.path)
    return accelerate(generator, fixed=True), config


@lru_cache(maxsize=KEPT_PICTURES)
def strip(network: Network, number: int) -> bytes:
    """A strip as PNG: a row for each frame, a column for each drawing."""
    return to_png(sheet(latent_walk.strip(*loaded(network), number), columns=latent_walk.GROUP))


@lru_cache(maxsize=KEPT_PICTURES)
def place(network: Network, seed: int, x: int, y: int) -> bytes:
    """The ten digits at a place, in parts of `EDGE`, as PNG: a row."""
    return to_png(sheet(latent_walk.ten(*loaded(network), seed, x / EDGE, y / EDGE), columns=DIGITS))
