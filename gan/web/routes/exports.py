"""What somebody takes away of a run: its pictures as a film, all drawings or one of them large; its metrics as a table.

A film is drawn in the thread of drawings. However long a run is, it costs about as much: so many frames of so many
pixels, in at most four choices of greys.
"""

import csv
import io
from contextlib import suppress

from aiohttp import hdrs, web

from gan.errors import InputError
from gan.pictures import Pictures, drawings_on
from gan.runs.film import film, frame, spread
from gan.runs.messages import MetricsLine
from gan.runs.run import Run
from gan.web.http.params import check_names, whole_number
from gan.web.routes.runs import DRAWINGS, READS, STUDIO
from gan.web.services.catalogue import Catalogue, Unknown, readable

MOST_FRAMES = 120  # nineteen seconds, which is as long as anybody looks
MOST_BYTES = 4_000_000  # as far as fewer greys help: 64 drawings of noise have 5 MB in the fewest
MOST_LINES = 100_000  # of a table: a million iterations have as many
MOST_DRAWING = 9999  # by the four digits that its number may have in an address
LONGEST_SIDE = 512  # pixels of a picture that is filmed: 17 drawings a row, where a run has 8
SHEET_ZOOM, DRAWING_ZOOM = 2, 8  # pixels of the film a pixel of a picture

# By these names a line of metrics is known. What else stands in a file is left out: names come from anywhere, and some
# programs compute what begins with "=".
NAMES = tuple(MetricsLine.__annotations__)


async def save_film(request: web.Request) -> web.Response:
    """The pictures of a run as an animated GIF."""
    check_names([name for name, _ in request.query.items()], ("drawing",))
    asked, name = request.query.get("drawing"), request.match_info["id"]
    drawing = None if asked is None else whole_number(asked, "drawing", 0, MOST_DRAWING)
    content = await request.app[DRAWINGS].run(film_of, request.app[STUDIO].catalogue, name, drawing)
    of = "" if drawing is None else f"-drawing-{drawing + 1}"  # as the page counts
    return web.Response(body=content, content_type="image/gif", headers=saved_as(f"{name}{of}.gif"))


async def save_metrics(request: web.Request) -> web.Response:
    """The metrics of a run as CSV (RFC 4180), every line that is whole; of more than MOST_LINES some."""
    check_names(list(request.query), ())
    name = request.match_info["id"]
    text = await request.app[READS].run(table_of, request.app[STUDIO].catalogue, name)
    headers = saved_as(f"{name}-metrics.csv")
    return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=headers)


def saved_as(name: str) -> dict[str, str]:
    """The header by which a browser saves an answer under a name: that of a run, and more letters of its kind."""
    return {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'}


def film_of(catalogue: Catalogue, name: str, drawing: int | None) -> bytes:
    """The film of a run, or of one drawing of its pictures.

    Raises
    ------
    Unknown
        Where there is no such run or drawing, or no picture that can be read.
    """
    with readable(name):
        pictures = filmed(Run.open(catalogue.find(name)))
    if not pictures:
        raise Unknown(f"Run {name} has no whole picture of up to {LONGEST_SIDE} pixels a side to make a film of.", "id")
    count = len(pictures[-1][1])
    if drawing is None:
        frames = [frame(iteration, images, zoom=SHEET_ZOOM) for iteration, images in pictures]
    elif drawing < count:
        frames = [frame(iteration, images[[drawing]], 1, DRAWING_ZOOM) for iteration, images in pictures]
    else:
        raise Unknown(f"There are {count} drawings on a picture, counted from 0.", "drawing")
    return film(frames, MOST_BYTES)


def filmed(run: Run) -> list[tuple[int, Pictures]]:
    """The pictures of a film: iterations and drawings, as many on each as on the newest.

    One that is damaged, or that a Reset takes away meanwhile, is left out as the slideshow leaves it out.
    """
    pictures: list[tuple[int, Pictures]] = []
    for iteration in spread(run.pictures(), MOST_FRAMES):
        with suppress(InputError):
            pictures.append((iteration, drawings_on(run.picture_path(iteration), LONGEST_SIDE)))
    return [(iteration, images) for iteration, images in pictures if len(images) == len(pictures[-1][1])]


def table_of(catalogue: Catalogue, name: str) -> str:
    """The metrics of a run as CSV, a place empty where there is no number. Unknown where there is no such run."""
    with readable(name):
        lines = Run.open(catalogue.find(name)).each_metrics(MOST_LINES)
    text = io.StringIO()
    table = csv.DictWriter(text, NAMES, extrasaction="ignore")
    table.writeheader()
    table.writerows(lines)
    return text.getvalue()
