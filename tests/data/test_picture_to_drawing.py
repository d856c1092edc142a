"""Pictures become the same drawings by a slow computation with fractions."""

from fractions import Fraction
from functools import cache
from itertools import chain
from math import floor
from statistics import median_high
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gan.data.picture_to_drawing import fit, pad, to_grey, to_ink
from tests.helpers.letters import letter

Rgba = NDArray[np.uint8]
INK = np.asarray(letter(0)) < 128  # (60, 60)


def painted(ink: NDArray[np.bool_], *colours: list[int]) -> Rgba:
    """Return a picture with colours of paper and ink, RGBA each."""
    return np.array(colours, np.uint8)[ink.astype(int)]


def noise(height: int, width: int, seed: int = 3) -> Rgba:
    """Return a picture of transparent to nearly opaque noise."""
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    picture[..., 3] = np.minimum(picture[..., 3] * float(seed % 4), 255)
    return picture


BLACK = [0, 0, 0, 255]
WHITE = [255] * 4
DARK = painted(INK, WHITE, BLACK)
SAME = {  # as dark ink on white
    "light on dark": painted(INK, BLACK, WHITE),
    "grey paper": painted(INK, [170, 170, 170, 255], [20, 20, 20, 255]),
    "dark grey paper": painted(INK, [90, 90, 90, 255], [20, 20, 20, 255]),
    "dark ink on transparency": painted(INK, [90, 0, 0, 0], BLACK),
    "light ink on transparency": painted(INK, [0] * 4, WHITE),
    "colours": painted(INK, [250, 220, 90, 255], [60, 0, 160, 255]),
    "a blot at the border": np.where(
        np.arange(60)[:, None, None] < 59, DARK, painted(INK[::-1], WHITE, BLACK)
    ),
}
PICTURES = SAME | {
    "dark on light": DARK,
    "portrait": DARK[:, 10:43],
    "landscape": DARK[20:50],
    "tiny": DARK[10:50:5, 10:50:5],
    "28 x 28": noise(28, 28),
    "one pixel wide": DARK[:, 30:31],
    "one pixel high": noise(1, 300),
    "large": np.kron(DARK, np.ones((3, 2, 1), np.uint8)),
    "transparent edges": painted(INK, [200, 200, 200, 255], [0, 0, 0, 60]),
    "white": painted(INK & False, WHITE, BLACK),
    "black": painted(INK | True, WHITE, BLACK),
    "transparent": painted(INK, [0] * 4, [9, 9, 9, 0]),
    "faint": painted(INK, WHITE, [248, 248, 248, 255]),
    "one pixel": noise(1, 1),
}
BLANK = ("white", "black", "transparent", "faint", "one pixel")


def in_python(picture: Rgba) -> list[int]:
    ink = to_ink(fit(to_grey(Image.fromarray(picture))))
    return [] if ink is None else pad([ink]).ravel().tolist()


# A slow computation


def rounded(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))


def outermost(rows: list[list[Any]]) -> list[Any]:
    return [*rows[0], *rows[-1], *(row[0] for row in rows), *(row[-1] for row in rows)]


def mean_colour(pixels: list[tuple[int, int]]) -> int:
    """Return the mean of grey levels, weighted by their opacity."""
    return rounded(
        Fraction(
            sum(grey * alpha for grey, alpha in pixels),
            max(1, sum(alpha for _, alpha in pixels)),
        )
    )


@cache
def triangles(before: int, after: int) -> list[dict[int, Fraction]]:
    """Return the weights of the pixels for each new one.

    They are as wide as two pixels of the old row or the new one.
    """
    step = Fraction(before, after)
    centres = [(x + Fraction(1, 2)) * step for x in range(after)]
    each = [
        {
            i: 1 - abs(i + Fraction(1, 2) - centre) / max(step, Fraction(1))
            for i in range(before)
        }
        for centre in centres
    ]
    return [
        {i: weight for i, weight in weights.items() if weight > 0} for weights in each
    ]


def scaled(row: list[int], size: int) -> list[int]:
    each = triangles(len(row), size)
    totals = [
        sum((weight * row[i] for i, weight in some.items()), Fraction(0))
        for some in each
    ]
    return [
        rounded(total / sum(some.values()))
        for total, some in zip(totals, each, strict=True)
    ]


def slowly(picture: Rgba) -> list[int]:
    greys = [
        [(19595 * r + 38470 * g + 7471 * b + 32768 >> 16, a) for r, g, b, a in row]
        for row in picture.tolist()
    ]
    edge = outermost(greys)
    is_clear = 2 * sum(alpha for _, alpha in edge) < 256 * len(edge)
    paper = mean_colour([*chain(*greys)] if is_clear else edge)
    if is_clear:
        paper = 0 if paper >= 128 else 255
    rows = [
        [rounded(Fraction(grey * a + paper * (255 - a), 255)) for grey, a in row]
        for row in greys
    ]
    height, width = (
        max(1, rounded(Fraction(28 * side, max(picture.shape))))
        for side in picture.shape[:2]
    )
    rows = [scaled(row, width) for row in rows]
    columns = [scaled(list(column), height) for column in zip(*rows, strict=True)]
    rows = [list(row) for row in zip(*columns, strict=True)]
    paper = median_high(outermost(rows))
    light = paper * height * width > sum(map(sum, rows))
    ink = [
        [max(0, paper - value if light else value - paper) for value in row]
        for row in rows
    ]
    most = max(map(max, ink))
    if most < 8:
        return []
    drawing = np.zeros((28, 28), int)
    top = (28 - height) // 2
    left = (28 - width) // 2
    inside = drawing[top : top + height, left : left + width]
    inside[:] = [[rounded(Fraction(255 * value, most)) for value in row] for row in ink]
    return drawing.ravel().tolist()


# Tests


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_becomes_a_drawing(name: str) -> None:
    drawing = in_python(PICTURES[name])
    assert drawing == slowly(PICTURES[name])
    assert (drawing == []) == (name in BLANK)


def test_noise_of_any_size_becomes_a_drawing() -> None:
    sizes = np.random.default_rng(0).integers(1, 50, (40, 2)).tolist()
    for seed, (height, width) in enumerate(sizes):
        picture = noise(height, width, seed)
        assert in_python(picture) == slowly(picture), picture.shape


@pytest.mark.parametrize("name", SAME)
def test_paper_becomes_white_whatever_its_colour(name: str) -> None:
    drawing = np.array(in_python(SAME[name]))
    expected = np.array(in_python(DARK))
    assert abs(drawing - expected).max() <= 3
    assert drawing.max() == 255
    assert np.median(drawing) == 0
