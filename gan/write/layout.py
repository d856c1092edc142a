"""Place every character so that the gaps look even.

The gap between two characters is measured row by row, from the right edge of one to the
left edge of the next. So a 4 can slide in under a 7, while two zeros stay apart. Each
character has two *profiles*: the leftmost and the rightmost ink in every row of a fine
grid.

On squared paper, each character is centred in its square, as in column addition. Where
two wide characters would touch, the second one moves to the right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan.write import strokes_and_pages as papers
from gan.write.options_and_limits import Pen
from gan.write.strokes_and_pages import Strokes, along

# All lengths are in units of 1/20 of a digit's height.
GAP = 4.2  # mean gap between adjacent characters
NEAREST = 2.2  # minimum gap in any row, also to ink in the rows close to it
# a wider gap in a row counts as this, so that the hollow of a 7 does not dominate
DEEPEST = 8.0
# ink in a row also counts in the rows within this distance, because characters can
# touch diagonally
SLACK = 1.5
LOW = 8.0  # a character whose ink is at most this high is a dash, point or comma
# replaces SLACK for such a character, so that a comma goes beside a 9 and not under its
# bow
DASH_SLACK = 18.0
SPACE = 10.0  # width of a space
IN_SQUARES = 1.0  # minimum gap between characters on squared paper
STEP = 0.1  # distance between sample points along a stroke
SAMPLES = 6  # rows per unit
# y of the top and bottom of the grid of rows
TOP = -36.0
BOTTOM = 14.0

# (..., R) x of a left or right edge in each of R rows; +inf (left) or -inf (right) in
# rows without ink
Edges = NDArray[np.float64]
ROWS = np.arange(TOP + 0.5 / SAMPLES, BOTTOM, 1 / SAMPLES)  # (R,) y of each row


@dataclass(frozen=True)
class Character:
    """A character to place.

    Its strokes are already slanted and scaled, with the baseline at y = 0, and are only
    shifted. A space has no strokes.
    """

    strokes: Strokes
    mark: float  # width of the pen's mark at pressure 1, in units
    gap: float = 0.0  # additional space before the character, in units
    room: float = 0.0  # additional space on both sides, in units
    # whether it follows the last digit of its line; right alignment ignores such
    # characters
    hangs: bool = False


class Profiles(NamedTuple):
    left: Edges  # (n, R) left edge of the ink in each row
    right: Edges
    # (n, R) leftmost edge in the rows within SLACK of each row; within DASH_SLACK for
    # a sign that is not high, such as a dash
    outer_left: Edges
    outer_right: Edges


def lay_out(
    lines: Sequence[Sequence[Character]], pen: Pen, *, align: str, paper: str
) -> tuple[list[list[float]], tuple[float, ...], tuple[float, float, float]]:
    """Place all characters, and compute the edges of the paper.

    Return three values, all in units. The first is a list for each line with the x of
    each character: the shift of its strokes, or the left end of a space. The second is
    the y of each baseline. The third has the right, top and bottom edges of the paper.

    `lines` are ordered from the top and may be empty. `align` is "left" or "right";
    "right" aligns the right ends of all lines, or their last squares on squared paper.
    Signs after the last digit, such as a unit, are left out of the alignment. `paper`
    is "plain", "lined" or "squared".
    """
    squared = paper == "squared"
    baselines = tuple(papers.PITCH[paper] * number for number in range(len(lines)))
    places = []
    rights = []
    columns = []
    top = np.inf
    bottom = -np.inf
    for line, baseline in zip(lines, baselines, strict=True):
        edges = profiles(line, pen)
        placed, ends = _in_squares(line, edges) if squared else _in_line(line, edges)
        places.append(placed)
        rights.append(ends[-1])
        columns.append(ends[sum(not character.hangs for character in line)])
        inked = np.flatnonzero((edges.left < np.inf).any(axis=0))
        if len(inked):
            top = min(top, baseline + ROWS[inked[0]])
            bottom = max(bottom, baseline + ROWS[inked[-1]])
    if align == "right":
        shifts = [max(columns) - column for column in columns]
        places = [
            [x + shift for x in placed]
            for placed, shift in zip(places, shifts, strict=True)
        ]
        rights = [right + shift for right, shift in zip(rights, shifts, strict=True)]
    end = max(rights) if any(lines) else papers.EMPTY
    edges_of_paper = papers.cut(paper, len(lines), end, float(top), float(bottom))
    return places, baselines, edges_of_paper


def _in_line(
    line: Sequence[Character], edges: Profiles
) -> tuple[list[float], list[float]]:
    """Place the characters of a line with even gaps, from MARGIN on.

    Return the x of each of n characters, and n + 1 right ends of the line: before the
    first character, and after each one.
    """
    placed: list[float] = []
    end = papers.MARGIN  # right end of the line so far, including spaces
    ends = [end]
    room = 0.0  # `room` of the last character with ink
    spaces = 0.0  # total width of the spaces after that character
    last = -1  # index of the last character with ink
    for i, character in enumerate(line):
        if not character.strokes:
            x = end
            width = SPACE + character.gap
            spaces += width
            end += width
        else:
            more = character.gap + max(room, character.room)
            if last < 0:
                x = end - float(edges.left[i].min())
            else:
                right = edges.outer_right[last]
                left = edges.outer_left[i]
                step = advance(right, left, GAP + more, NEAREST + more / 2)
                x = placed[last] + spaces + step
            spaces = 0.0
            end = x + float(edges.right[i].max())
            room = character.room
            last = i
        placed.append(x)
        ends.append(end)
    return placed, ends


def _in_squares(
    line: Sequence[Character], edges: Profiles
) -> tuple[list[float], list[float]]:
    """Place each character of a line in the middle of its square.

    Return the x of each of n characters, and of the n + 1 edges of the squares.
    """
    placed: list[float] = []
    last = -1  # index of the last character with ink
    for i, character in enumerate(line):
        x = papers.SQUARE * (i + 0.5)
        if character.strokes:
            left = float(edges.left[i].min())
            right = float(edges.right[i].max())
            x = max(papers.SQUARE * (i + 1) - (left + right) / 2, papers.NEAR - left)
            if last >= 0:
                step = apart(edges.outer_right[last], edges.outer_left[i], IN_SQUARES)
                x = max(x, placed[last] + step)
            last = i
        placed.append(x)
    return placed, [papers.SQUARE * (column + 0.5) for column in range(len(line) + 1)]


def apart(right: Edges, left: Edges, nearest: float) -> float:
    """Return the smallest distance at which two characters keep a gap of `nearest`.

    The distance is from the x of the first character to the x of the second. `right` is
    the right profile of the first and `left` the left profile of the second, (R,), both
    with ink. If they have no row in common, their bounding boxes are kept apart.
    """
    closest = float((left - right).min())
    return nearest - (closest if closest < np.inf else float(left.min() - right.max()))


def advance(right: Edges, left: Edges, gap: float, nearest: float) -> float:
    """Return the distance from one character to the next for an even-looking gap.

    The profiles are those of `apart`. Let a = left - right in each row, so that the gap
    at distance x is x + a. The result is the smallest x for which no gap is below
    `nearest`, and the mean over n rows of min(x + a, DEEPEST) is at least `gap`. The n
    rows are those with ink of at least one character; a row with ink of only one counts
    as DEEPEST.

    With a[1] <= a[2] <= ..., the mean is the minimum over k of (the sum of x + a over
    the first k rows, plus n - k times DEEPEST) / n. Each of these terms equals `gap` at
    a certain x. The mean reaches `gap` at the largest of these values.
    """
    n = int((np.isfinite(left) | np.isfinite(right)).sum())
    a = left - right  # (R,), inf where either has no ink
    a = np.sort(a[a < np.inf])
    k = np.arange(1, len(a) + 1)
    even = (n * gap - (n - k) * DEEPEST - np.cumsum(a)) / k
    return max(apart(right, left, nearest), float(even.max(initial=-np.inf)))


def profiles(characters: Sequence[Character], pen: Pen) -> Profiles:
    """Return the profiles of the ink of n characters.

    The ink consists of the pen's discs along the strokes. A space has no ink in any
    row.
    """
    # imported here because it loads numba
    from gan.write.kernels.components_and_marks import outermost

    left = np.full((len(characters), len(ROWS)), np.inf)
    right = np.full_like(left, -np.inf)
    strokes = tuple(stroke for character in characters for stroke in character.strokes)
    if strokes:
        points, pressure, stroke = along(strokes, STEP)
        counts = [len(character.strokes) for character in characters]
        owner = np.repeat(np.arange(len(characters)), counts)[stroke]  # (m,)
        marks = np.array([character.mark for character in characters])
        radii = pen.radii(pressure, 1.0) * marks[owner]
        discs = np.column_stack([points, radii])
        outermost(left, right, discs, owner, ROWS[0], 1 / SAMPLES)
    outer = np.stack([-left, right])  # (2, n, R)
    low = (right > -np.inf).sum(axis=1) <= LOW * SAMPLES
    for some, slack in ((~low, SLACK), (low, DASH_SLACK)):
        if some.any():
            outer[:, some] = _outermost(outer[:, some], slack)
    return Profiles(left, right, -outer[0], outer[1])


def _outermost(edge: Edges, reach: float) -> Edges:
    """Return the maximum over the rows within `reach` units of each row, (2, n, R).

    Each step doubles the number of rows that a maximum covers, so few steps are needed.
    """
    r = int(reach * SAMPLES)
    window = np.pad(edge, ((0, 0), (0, 0), (r, r)), constant_values=-np.inf)
    size = 1
    while size < 2 * r + 1:
        step = min(size, 2 * r + 1 - size)
        window = np.maximum(window[..., :-step], window[..., step:])
        size += step
    return window
