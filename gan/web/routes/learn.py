"""Serve the content of "How it works" and "Course": the latent disk, turns, source files."""

import json
from functools import lru_cache
from typing import Any

from aiohttp import web

from gan.cli.label_names import DIGITS
from gan.cli.parameter import SEED, Parameter
from gan.cli.source_folders import SOURCES
from gan.data.images_and_sheets import sheet, to_png
from gan.drawings.load_and_draw import bundled, draw_ten
from gan.runs.turn_frames import MOST_ITERATIONS, play
from gan.web.app_keys import DRAWINGS, PREPARATION
from gan.web.http.params import ANY_DIGIT, DRAWING, read_query
from gan.web.http.responses import cached

# The source files of a complete GAN, in reading order.
FILES = {
    "gan/plain/one_digit.py": "A whole GAN in forty lines",
    "nnet/layer.py": "A layer: forward, backward, frozen",
    "nnet/sequential.py": "The chain rule",
    "nnet/activations.py": "LeakyReLU, Tanh, Reshape",
    "nnet/dense.py": "The dense layer",
    "nnet/conv.py": "The convolution and its transpose",
    "nnet/losses.py": "The loss",
    "nnet/optimizers.py": "Adam",
    "gan/plain/models.py": "The players",
    "gan/plain/training.py": "One iteration",
    "gan/rules/config.py": "Settings, with reasons",
    "gan/rules/relativistic.py": "The bundled networks’ game",
    "gan/rules/gradient_penalty.py": "The gradient penalty",
}
# The other files that the page Course shows. A wheel has no docs.
COURSE = {
    **{f"docs/course/exercise_{number}.py": f"Exercise {number}" for number in range(1, 10)},
    "docs/course/gan.py": "A whole GAN in one file",
    "docs/course/teacher/lesson.md": "A lesson about GANs",
    "nnet/gradcheck.py": "The gradient check",
}

ITERATION = Parameter("iteration", int, 1, MOST_ITERATIONS, default=1, help="The iteration.")

EDGE = 100  # radius of the disk in latent space; coordinates are integers from -EDGE to EDGE
CACHED_PICTURES = 128  # 5 kB each; cached because pages share points
X = Parameter("x", int, -EDGE, EDGE, default=0, help="Position to the right of the disk's centre.")
Y = Parameter("y", int, -EDGE, EDGE, default=0, help="Position above the centre.")


def source_of(path: str) -> dict[str, Any] | None:
    """Return what templates/source.html shows of a listed file, or None if it is not listed or missing."""
    file, what = SOURCES / path, (FILES | COURSE).get(path)
    if what is None or not file.is_file():
        return None
    return {"file": path, "what": what, "lines": file.read_text("utf-8", "replace").splitlines()}


@lru_cache(maxsize=CACHED_PICTURES)
def place(seed: int, x: int, y: int) -> bytes:
    """Return the ten digits at a point of the latent disk as PNG, in one row. Coordinates are in units of 1 / EDGE."""
    return to_png(sheet(draw_ten(*bundled(None), seed, x / EDGE, y / EDGE), columns=DIGITS))


# Requests


async def show_place(request: web.Request) -> web.Response:
    seed, x, y = read_query(request, SEED, X, Y)
    return cached(request, await request.app[DRAWINGS].run(place, seed, x, y), "image/png")


async def show_turns(request: web.Request) -> web.Response:
    """Respond with one of the first iterations of a quick GAN, turn by turn."""
    which = read_query(request, ANY_DIGIT, SEED, ITERATION, DRAWING)
    await request.app[PREPARATION].wait("training")
    turns = await request.app[DRAWINGS].run(play, *which)
    return cached(request, json.dumps(turns).encode(), "application/json")
