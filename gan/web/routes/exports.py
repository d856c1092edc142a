"""Serve the pictures of a run as a GIF, of whole sheets or one drawing.

The thread for drawings makes the GIF. The cost does not depend on the length of the run, because the number of frames,
their size and the attempts with fewer grey levels are limited.
"""

from contextlib import suppress

from aiohttp import hdrs, web

from gan.cli.parameter import Parameter
from gan.data.images_and_sheets import Pictures, drawings_on
from gan.errors import InputError
from gan.runs.gif_export import film, frame
from gan.runs.run import Run, evenly_spaced
from gan.web.app_keys import DRAWINGS, RUN_MANAGER
from gan.web.http.params import read_query
from gan.web.services.catalogue import Catalogue, Unknown, readable

MAX_FRAMES = 120  # nineteen seconds of animation
MAX_BYTES = 4_000_000  # target size; 64 drawings of noise take 5 MB even with the fewest grey levels
MAX_DRAWING = 9999  # four digits in an address
LONGEST_SIDE = 512  # maximum side of a picture in pixels; fits 17 drawings in a row, and a run's sheet has 8
SHEET_ZOOM, DRAWING_ZOOM = 2, 8  # enlargement factors of a sheet and of a single drawing
DRAWING = Parameter("drawing", int, 0, MAX_DRAWING, none="all drawings", help="Number of one drawing to show enlarged")


async def save_film(request: web.Request) -> web.Response:
    (drawing,) = read_query(request, DRAWING)
    name = request.match_info["id"]
    content = await request.app[DRAWINGS].run(film_of, request.app[RUN_MANAGER].catalogue, name, drawing)
    of = "" if drawing is None else f"-drawing-{drawing + 1}"  # pages count from 1
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}{of}.gif"'}
    return web.Response(body=content, content_type="image/gif", headers=headers)


def film_of(catalogue: Catalogue, name: str, drawing: int | None) -> bytes:
    with readable(name):
        pictures = frames_of(Run.open(catalogue.find(name)))
    if not pictures:
        raise Unknown(f"Run {name} has no whole picture with sides of at most {LONGEST_SIDE} pixels for a film.", "id")
    count = len(pictures[-1][1])
    if drawing is None:
        frames = [frame(iteration, images, zoom=SHEET_ZOOM) for iteration, images in pictures]
    elif drawing < count:
        frames = [frame(iteration, images[[drawing]], 1, DRAWING_ZOOM) for iteration, images in pictures]
    else:
        raise Unknown(f"A picture has {count} drawings, counted from 0.", "drawing")
    return film(frames, MAX_BYTES)


def frames_of(run: Run) -> list[tuple[int, Pictures]]:
    """Return the frames of a GIF as (iteration, drawings), all with as many drawings as the newest picture.

    Pictures that are damaged, have just been deleted, or have another number of drawings are left out.
    """
    pictures: list[tuple[int, Pictures]] = []
    for iteration in evenly_spaced(run.pictures(), MAX_FRAMES):
        with suppress(InputError):
            pictures.append((iteration, drawings_on(run.picture_path(iteration), LONGEST_SIDE)))
    return [(iteration, images) for iteration, images in pictures if len(images) == len(pictures[-1][1])]
