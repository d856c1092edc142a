"""POST /api/mine: find a handwriting from the digits that somebody drew."""

from __future__ import annotations

from typing import Any

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from gan.config import DIGITS
from gan.errors import InputError
from gan.latents import with_labels
from gan.pictures import in_base64, sheet
from gan.sample import draw
from gan.web.http.params import json_object
from gan.web.routes.learn import shipped
from gan.web.routes.runs import DRAWINGS
from gan.write.glyphs.invert import STEPS, approach
from gan.write.glyphs.style_code import PAD, PEN, Pads, as_mnist, check_pads, mine_of

PAGE = {"pad": PAD, "pen": PEN}  # constants for the page
SHOWN = (0, 2, 5, 9, 14, 20, 28, 40, 60, STEPS - 1)  # steps whose digits are shown; the first ones change most


async def find_mine(request: web.Request) -> web.Response:
    """The handwriting of some drawings."""
    asked = await json_object(request, ("drawings",))
    if "drawings" not in asked:
        raise InputError("The drawings are missing.", "drawings")
    pads = check_pads(asked["drawings"])
    return web.json_response(await request.app[DRAWINGS].run(found, pads))


def found(pads: Pads) -> dict[str, Any]:
    """Return the handwriting, and a sheet with a row for each step of SHOWN and a column for each digit."""
    generator, config = shipped()
    drawings = {digit: as_mnist(strokes) for digit, strokes in pads.items()}
    rows: list[NDArray[np.uint8]] = []
    for step, known in enumerate(approach(drawings, generator, config)):
        if step in SHOWN:
            rows.append(draw(generator, with_labels(known.each, np.arange(DIGITS))))  # (10, 28, 28)
    own = {digit: z.tolist() for digit, z in known.own.items()}
    mine = mine_of(own, known.together.tolist(), pads)
    png = in_base64(sheet(np.concatenate(rows), columns=DIGITS))
    return {"handwriting": mine.to_json(), "frames": len(rows), "png": png}
