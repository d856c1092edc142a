"""Serve what pages show: the latent disk, turns, source files, and pairs to guess.

A turn is one update of one network, the artist or the judge.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiohttp import web

from gan.base.labels import DIGITS
from gan.base.package_folders import SOURCES
from gan.base.parameter import SEED, Parameter
from gan.data.images_and_sheets import sheet, to_png
from gan.drawings.load_and_draw import bundled, draw_ten
from gan.runs.learning_turns import MOST_ITERATIONS, play
from gan.runs.run import Run
from gan.web.app_keys import DRAWINGS, PREPARATION, RUN_MANAGER
from gan.web.http.params import ANY_DIGIT, DRAWING, read_query
from gan.web.http.responses import cached
from gan.web.services import real_or_drawn as service
from gan.web.services.catalogue import Catalogue, Unknown
from gan.web.services.explain_saved_drawing import on_paper

# The source files of a complete GAN, in reading order.
FILES = {
    "gan/plain/one_digit.py": "The plain GAN",
    "nnet/layer.py": "A layer: forward, backward, frozen",
    "nnet/sequential.py": "The chain rule",
    "nnet/activations.py": "LeakyReLU, Tanh, Reshape",
    "nnet/dense.py": "The dense layer",
    "nnet/conv.py": "The convolution and its transpose",
    "nnet/losses.py": "The loss",
    "nnet/optimizers.py": "Adam",
    "nnet/gradcheck.py": "The gradient check",
    "gan/plain/models.py": "The players",
    "gan/plain/training.py": "One iteration",
    "gan/rules/run_config.py": "Settings, with reasons",
    "gan/rules/relativistic.py": "The bundled networks’ game",
    "gan/rules/gradient_penalty.py": "The gradient penalty",
}
# The other files that the page Course shows. A wheel does not contain docs.
COURSE = {
    f"docs/course/{file.name}": f"Exercise {file.name.split('_')[1]}"
    for file in SOURCES.glob("docs/course/exercise_*.py")
}
COURSE["docs/course/gan.py"] = "A whole GAN in one file"

ITERATION = Parameter(
    "iteration", int, 1, MOST_ITERATIONS, default=1, help="The iteration."
)

# The radius of the disk in latent space. Coordinates are integers from -EDGE to EDGE.
EDGE = 100
CACHED_PICTURES = 128  # each takes 5 kB; many pages ask for the same points
X = Parameter(
    "x", int, -EDGE, EDGE, default=0, help="Position to the right of the disk's centre."
)
Y = Parameter("y", int, -EDGE, EDGE, default=0, help="Position above the centre.")


def source_of(path: str) -> dict[str, Any] | None:
    """Return the variables with which templates/source.html shows a file.

    Return None if the file is missing, or is in neither FILES nor COURSE.
    """
    file = SOURCES / path
    title = (FILES | COURSE).get(path)
    if title is None or not file.is_file():
        return None
    lines = file.read_text("utf-8", "replace").splitlines()
    notes = file.with_name(f"{file.stem}_notes.txt")
    return {
        "file": path,
        "what": title,
        "lines": lines,
        "notes": place_notes(lines, notes) if notes.is_file() else {},
    }


def place_notes(lines: Sequence[str], file: Path) -> dict[int, str]:
    """Return the notes about source lines by line number.

    In `file`, each note is indented, below a part of its source line. A note is left
    out if its source line no longer exists.
    """
    notes = re.findall(r"^(\S.*)\n  (.*)", file.read_text("utf-8"), re.MULTILINE)
    return {
        number: note
        for number, line in enumerate(lines, 1)
        for part, note in notes
        if part in line
    }


@lru_cache(maxsize=CACHED_PICTURES)
def place(seed: int, x: int, y: int) -> bytes:
    """Return the ten digits at a point of the latent disk as PNG, in one row.

    Coordinates are in units of 1 / EDGE.
    """
    drawings = draw_ten(*bundled(None), seed, x / EDGE, y / EDGE)  # (10, 28, 28)
    return to_png(sheet(drawings, columns=DIGITS))


# Requests


async def show_place(request: web.Request) -> web.Response:
    seed, x, y = read_query(request, SEED, X, Y)
    png = await request.app[DRAWINGS].run(place, seed, x, y)
    return cached(request, png, "image/png")


async def show_turns(request: web.Request) -> web.Response:
    """Respond with the turns of one of the first iterations of a quick GAN."""
    values = read_query(request, ANY_DIGIT, SEED, ITERATION, DRAWING)
    await request.app[PREPARATION].wait("training")
    turns = await request.app[DRAWINGS].run(play, *values)
    return cached(request, json.dumps(turns).encode(), "application/json")


# The page "Real or drawn?" (gan/web/services/real_or_drawn.py)
PAIR = Parameter("pair", int, 0, service.PAIRS - 1, default=0)
RUNG = Parameter("rung", int, 0, service.RUNGS - 1, default=0)


async def show_pair(request: web.Request) -> web.Response:
    """Respond with a drawing, a real digit, and the side of the real one.

    This is a GET, so users whose link allows only watching may play, too.
    """
    values = read_query(request, SEED, PAIR, RUNG)
    catalogue = request.app[RUN_MANAGER].catalogue
    pair = await request.app[DRAWINGS].run(make_pair, catalogue, *values)
    return web.json_response(pair)


def make_pair(catalogue: Catalogue, seed: int, pair: int, rung: int) -> dict[str, Any]:
    """Return a pair of the round `seed`, and the iterations of all rungs.

    `rung` is the index of the rung from which the drawing comes
    (gan/web/services/real_or_drawn.py). The images are PNGs in base64, by side.
    "person" is the side of the digit that a person wrote.

    Raise Unknown if there is no recorded run that draws requested digits.
    """
    run = Run.open(catalogue.recorded) if catalogue.recorded else None
    rungs = service.rungs_of(run) if run else []
    if not run or not rungs:
        raise Unknown("This server has no recorded run of digits to guess from.")
    replace(RUNG, high=len(rungs) - 1).check(rung)
    drawing = service.drawing_of_run(run, rungs[rung], seed, pair)
    images = service.make_pair(seed, pair, drawing)
    return {
        "digit": drawing.digit,
        "person": service.person_side(seed, pair),
        "rungs": rungs,
        **{side: on_paper(image) for side, image in images.items()},
    }
