"""Export a run as an animated GIF of its pictures, captioned with their iterations.

The page offers the slideshow as a download, and `tools.make_recorded_runs` makes the
GIF in the README.
"""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan.data.images_and_sheets import Pictures, sheet

GREYS = 16  # grey levels; 120 pictures of 64 drawings take three megabytes
FRAME_MILLISECONDS = 160
LAST_MILLISECONDS = 3000
CAPTION = 22  # height in pixels of the space below the drawings
TEXT_SIZE = 14


def frame(
    iteration: int, images: Pictures, columns: int | None = None, zoom: int = 1
) -> Image.Image:
    """Return the images as one picture in mode "L", with the iteration as its caption.

    The picture has `columns` drawings per row, each enlarged by a factor of `zoom`.
    """
    drawn = sheet(images, columns)
    drawn = drawn.resize(
        (drawn.width * zoom, drawn.height * zoom), Image.Resampling.NEAREST
    )
    paper = Image.new("L", (drawn.width, drawn.height + CAPTION), 255)
    paper.paste(drawn)
    text = "untrained" if iteration == 0 else f"iteration {iteration:,}"
    font = ImageFont.load_default(TEXT_SIZE)
    ImageDraw.Draw(paper).text(
        (paper.width / 2, drawn.height + CAPTION / 2 - 1), text, 64, font, anchor="mm"
    )
    return paper


def encoded(frames: Sequence[Image.Image], greys: int = GREYS) -> bytes:
    """Encode the frames as a GIF with `greys` grey levels.

    It loops forever and pauses on its last frame.
    """
    reduced = []
    for each in frames:
        shades, places = shaded(np.asarray(each), greys)
        reduced.append(Image.fromarray(places, "P"))
        reduced[-1].putpalette(np.repeat(shades, 3).tobytes())
    first, *others = reduced
    times = [FRAME_MILLISECONDS] * len(others) + [LAST_MILLISECONDS]
    file = io.BytesIO()
    first.save(
        file,
        "GIF",
        save_all=True,
        append_images=others,
        duration=times,
        loop=0,
        optimize=False,
    )
    return file.getvalue()


def shaded(images: Pictures, greys: int) -> tuple[Pictures, Pictures]:
    """Return evenly spaced grey levels, (greys,), and each pixel's index into them."""
    shades = np.round(np.linspace(0, 255, greys)).astype(np.uint8)
    return shades, np.round(images * ((greys - 1) / 255)).astype(np.uint8)
