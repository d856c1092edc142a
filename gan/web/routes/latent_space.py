"""Requests for drawings along paths in latent space: strips of the moving sheet, and ten digits at a point."""

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
from gan.web.http.params import refuse_unknown_names, whole_number
from gan.web.routes.runs import DRAWINGS, READS, STUDIO, drawing
from gan.web.services.catalogue import Catalogue, Unknown
from gan.write.request import SEEDS
from nnet.fast.accelerate import accelerate
from nnet.layer import Layer

EDGE = 100  # coordinates are integers from -EDGE to EDGE, the radius of the disk
KEPT_NETWORKS = 3  # 15 MB each: the bundled one and two runs
KEPT_PICTURES = 128  # 22 kB each: pages share strips

# Constants for the pages.
WALK = {
    "order": latent_walk.ORDER,
    "group": latent_walk.GROUP,
    "frames": latent_walk.FRAMES,
    "strips": latent_walk.STRIPS,
}
PLACE = {"edge": EDGE, "place_seed": 0}


class Network(NamedTuple):
    """A network's file and its modification time in nanoseconds: a run in training replaces the file."""

    path: Path
    when: int


async def show_strip(request: web.Request) -> web.Response:
    """One leg of some of the sheet's drawings. Responses are reproducible until the run trains further."""
    query, app = request.query, request.app
    refuse_unknown_names([name for name, _ in query.items()], ("run", "strip"))
    number = whole_number(query.get("strip"), "strip", 0, latent_walk.STRIPS - 1)
    network = await app[READS].run(network_of, query.get("run"), app[STUDIO].catalogue)
    answer = drawing(request, await app[DRAWINGS].run(strip, network, number), "image/png")
    if "run" in query:
        answer.headers[hdrs.CACHE_CONTROL] = "private, no-cache"  # the run may train further
    return answer


async def show_place(request: web.Request) -> web.Response:
    """The ten digits at a point of the disk, side by side."""
    query, app = request.query, request.app
    refuse_unknown_names([name for name, _ in query.items()], ("seed", "x", "y"))
    seed = whole_number(query.get("seed", 0), "seed", *SEEDS)
    x, y = (whole_number(query.get(name, 0), name, -EDGE, EDGE) for name in ("x", "y"))
    network = await app[READS].run(network_of, None, app[STUDIO].catalogue)
    return drawing(request, await app[DRAWINGS].run(place, network, seed, x, y), "image/png")


def network_of(name: str | None, catalogue: Catalogue) -> Network:
    """Return the network of a run, or the bundled one. Unknown if there is none."""
    path = pretrained(None) if name is None else Run.open(catalogue.find(name)).generator
    try:
        return Network(path, path.stat().st_mtime_ns)
    except OSError:
        if name is None:
            raise Unknown("No network of all digits ships here: name the run that is to draw.", "run") from None
        raise Unknown(f"Run {name} has no network yet: train it, or choose another.", "run") from None


@lru_cache(maxsize=KEPT_NETWORKS)
def loaded(network: Network) -> tuple[Layer, Config]:
    """Load a generator for drawing only. InputError if its file is damaged."""
    generator, config = load_generator(network.path)
    return accelerate(generator, fixed=True), config


@lru_cache(maxsize=KEPT_PICTURES)
def strip(network: Network, number: int) -> bytes:
    """Return a strip as PNG: a row for each frame, a column for each drawing."""
    return to_png(sheet(latent_walk.strip(*loaded(network), number), columns=latent_walk.GROUP))


@lru_cache(maxsize=KEPT_PICTURES)
def place(network: Network, seed: int, x: int, y: int) -> bytes:
    """Return the ten digits at a point, in units of 1 / `EDGE`, as PNG in one row."""
    return to_png(sheet(latent_walk.ten(*loaded(network), seed, x / EDGE, y / EDGE), columns=DIGITS))
