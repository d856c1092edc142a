"""Plot the losses of both players over the iterations of a training, with Pillow alone."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, LEFT, BELOW, RIGHT, ABOVE = 640, 320, 44, 28, 16, 12  # pixels; the last four are margins
COLOURS = {"D": (31, 100, 190), "G": (200, 80, 30)}
GREY, TEXT = (225, 225, 225), (80, 80, 80)
LINES = 4  # horizontal lines above zero
POINTS = 150  # at most this many points in a line, each the mean of its iterations, because single losses jump


def plot(losses: Sequence[tuple[float, float]]) -> Image.Image:
    """Return a picture of (D's loss, G's loss) of every iteration."""
    parts = np.array_split(np.array(losses), min(POINTS, len(losses)))
    means = np.array([part.mean(0) for part in parts])  # (points, 2)
    top = step_above(float(means.max()) / LINES) * LINES
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    right, bottom = WIDTH - RIGHT, HEIGHT - BELOW
    for value in np.linspace(0, top, LINES + 1):
        y = bottom - value / top * (bottom - ABOVE)
        pen.line([(LEFT, y), (right, y)], GREY)
        pen.text((LEFT - 6, y), f"{value:g}", TEXT, font, anchor="rm")
    pen.text((LEFT, bottom + 8), "1", TEXT, font, anchor="lt")
    pen.text((right, bottom + 8), f"iteration {len(losses):,}", TEXT, font, anchor="rt")
    x = np.linspace(LEFT, right, len(means))
    for index, (name, colour) in enumerate(COLOURS.items()):
        y = bottom - means[:, index] / top * (bottom - ABOVE)
        pen.line([*zip(x, y, strict=True)], colour, width=2)
        pen.text((LEFT + 10 + 70 * index, ABOVE), f"{name}'s loss", colour, font, anchor="lt")
    return picture


def step_above(least: float) -> float:
    """Return the smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `least`, which must be above 0."""
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= least))
