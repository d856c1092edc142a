"""Handle requests to the writer: write numbers, and find a user's handwriting.

GET /api/write draws in any format, with the bundled network or with the network of a
run. Its parameters have the same names as in `gan.write.write`, except that the text is
called `number` and the model is called `run`.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web
from multidict import MultiMapping
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.base.labels import DIGITS
from gan.base.parameter import Parameter, refuse_unknown_names, table
from gan.data.images_and_sheets import in_base64, sheet
from gan.drawings.load_and_draw import bundled, draw
from gan.rules.latents import with_labels
from gan.runs.run import Run
from gan.web.app_keys import (
    DRAWINGS,
    PREPARATION,
    READS,
    REAL_DIGITS,
    RUN_MANAGER,
    WRITERS,
)
from gan.web.http.params import json_object, read
from gan.web.http.responses import cached
from gan.web.services.catalogue import Catalogue, Unknown
from gan.web.services.explain_saved_drawing import RealDigits
from gan.web.services.writer_pool import Job
from gan.write import options_and_limits as limits
from gan.write.formats import FORMATS, check_options
from gan.write.glyphs.invert import STEPS, approach
from gan.write.glyphs.own_handwriting import (
    PAD,
    PEN,
    Pads,
    as_mnist,
    check_pads,
    mine_of,
)
from gan.write.glyphs.own_handwriting import read as parse_style
from gan.write.options_and_limits import ANIMATION, check

# Enough for a full page of percent-encoded signs, the options, and a handwriting, which
# takes 7 kB.
MAX_LINE_BYTES = 32 * 1024
# The policy for a self-writing SVG that is opened on its own: it may use its own style
# sheet but load nothing.
STANDALONE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)
# The parameters of this request, by the names that errors of other modules use.
FIELD_NAMES = {"text": "number", "model": "run", "id": "run"}

PAGE = {  # constants for the page /write: parameters and allowed characters
    "writing": limits.WRITING,
    "signs": " ".join(limits.SIGNS),
    "lines": limits.LINES,
    "can": limits.DIGITS + limits.SIGNS + " \n",
}
# The steps of the search for a handwriting whose digits are shown. The first steps
# change the digits most, so more of them are shown.
SHOWN = (0, 2, 5, 9, 14, 20, 28, 40, 60, STEPS - 1)
MY_PAGE = {"pad": PAD, "pen": PEN}  # constants for the page /mine

NUMBER_HELP = (
    f"Digits, spaces and {' '.join(limits.SIGNS)}; "
    f"at most {limits.LINES} lines of {limits.LONGEST} characters. It may be empty."
)
PARAMETERS = table(
    Parameter(
        "number",
        str,
        example="the text to write, as in ?number=12.50",
        help=NUMBER_HELP,
    ),
    Parameter(
        "format",
        str,
        choices=tuple(FORMATS),
        default="png",
        help="file format; animated is an SVG that writes itself",
    ),
    *limits.WRITING.values(),
    Parameter(
        "run",
        str,
        none="the bundled network",
        help="the run of all digits whose network writes",
    ),
    Parameter(
        "mine",
        str,
        default="",
        help="a handwriting as saved on the page /mine, as JSON, "
        "instead of the seed's; its drawings may be omitted",
    ),
)


async def write_number(request: web.Request) -> web.Response:
    """Respond with a number in handwriting.

    The same request gives the same bytes, so the response may be cached, unless the
    network of a run draws it.
    """
    given = parse_query(request.query)
    app = request.app
    number = given.pop("number")
    form = given.pop("format", "png")
    run = given.pop("run", None)
    mine = given.pop("mine", None)
    options = {name: given.pop(name) for name in ANIMATION if name in given}
    check_options(form, options)
    model = None
    try:
        if run is not None:
            catalogue = app[RUN_MANAGER].catalogue
            model = await app[READS].run(generator_of, run, catalogue)
        job = Job(check(number, model=model, **given), form, options, mine)
        await app[PREPARATION].wait("writer")
        body = await app[WRITERS].draw(job, lambda: request.transport is not None)
    except InputError as error:
        name = FIELD_NAMES.get(error.field or "", error.field)
        message = re.sub(f"^{error.field}: ", f"{name}: ", str(error))
        raise type(error)(message, name) from error
    response = cached(request, body, FORMATS[form].content_type)
    if model:
        # The run's network may change.
        response.headers["Cache-Control"] = "private, no-cache"
    if form == "animated":
        response.headers["Content-Security-Policy"] = STANDALONE_POLICY
    return response


def parse_query(query: MultiMapping[str]) -> dict[str, Any]:
    """Return the values of the PARAMETERS in a query, by name.

    Raise InputError if one is unknown or out of range, or if "number" is missing.
    """
    refuse_unknown_names([name for name, _ in query.items()], tuple(PARAMETERS))
    # The number is required. The defaults of the other parameters depend on the format.
    given = {name: read(query, PARAMETERS[name]) for name in ("number", *query)}
    if "mine" in given:
        given["mine"] = parse_style(given["mine"]) if given["mine"] else None
    return given


def generator_of(name: str, catalogue: Catalogue) -> Path:
    """Return the generator file of a run.

    Raise Unknown if there is no such run or file.
    """
    path = Run.open(catalogue.find(name)).generator
    if not path.is_file():
        raise Unknown(
            f"Run {name} has no network that can write: train it, or choose another.",
            "run",
        )
    return path


# Finding a handwriting from drawings


async def find_mine(request: web.Request) -> web.Response:
    given = await json_object(request, ("drawings",))
    pads = check_pads(given.get("drawings"))
    app = request.app
    await app[PREPARATION].wait("writer", "training")
    found = await app[DRAWINGS].run(find_handwriting, pads, app[REAL_DIGITS])
    return web.json_response(found)


def find_handwriting(pads: Pads, real: RealDigits) -> dict[str, Any]:
    """Return a user's handwriting, and a sheet that shows the search for it.

    The sheet has a row for each step in SHOWN, and a column for each digit.

    Raise InputError if a drawing does not look like its digit.
    """
    generator, config = bundled(None)
    drawings = {digit: as_mnist(strokes) for digit, strokes in pads.items()}
    real.refuse_scribbles(drawings)
    rows: list[NDArray[np.uint8]] = []
    for step, known in enumerate(approach(drawings, generator, config)):
        if step in SHOWN:
            latents = with_labels(known.each, np.arange(DIGITS))
            rows.append(draw(generator, latents))  # (10, 28, 28)
    own = {digit: z.tolist() for digit, z in known.own.items()}
    mine = mine_of(own, known.together.tolist(), pads)
    png = in_base64(sheet(np.concatenate(rows), columns=DIGITS))
    return {"handwriting": mine.to_json(), "frames": len(rows), "png": png}
