"""Where every character stands: on its line, with even gaps to the eye.

The gap between two characters is measured as the eye sees it: row by row, from the right edge of one to the left edge
of the next. A 4 may tuck in under a 7, two zeros keep apart. So each character has two *profiles*, its outermost ink to
the left and to the right in every row of a fine grid.

On squared paper a character stands in the middle of its square, as people write sums. One that is wider than its square
reaches out, and pushes the next ones aside until these have found back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan.write import page as papers
from gan.write.page import Strokes, along
from gan.write.request import Pen

# All lengths in units of 1/20 digit height.
GAP = 4.2  # mean gap to the eye between neighbours
NEAREST = 2.2  # no two characters come closer than this in any row, nor a row or two off
DEEPEST = 8.0  # a gap counts at most this much: what lies in the hollow of a 7 is not all gap
SLACK = 1.5  # up and down over which an edge is felt, for slanted neighbours
LOW = 8.0  # ink that is no higher than this is a dash, a point or a comma ...
DASH_SLACK = 18.0  # ... which keeps clear of what is above and below: a comma stands before the 9, not under its bow
SPACE = 10.0  # width of a space
IN_SQUARES = 1.0  # how near characters may come on squared paper, where the squares part them
STEP = 0.1  # between points along a stroke whose edges are taken
SAMPLES = 6  # rows for each unit
TOP, BOTTOM = -36.0, 14.0  # of the rows

Edges = NDArray[np.float64]  # (..., R) x of an edge in every row; +inf (left) or -inf (right) where there is no ink
ROWS = np.arange(TOP + 0.5 / SAMPLES, BOTTOM, 1 / SAMPLES)  # (R,) their y


@dataclass(frozen=True)
class Character:
    """What is to be placed: its strokes as it will be, the baseline at y = 0, at any x. A space has none."""

    strokes: Strokes
    mark: float  # units: width of the pen's mark at pressure 1
    gap: float = 0.0  # units more than usual before it
    room: float = 0.0  # units more than usual on both sides
    hangs: bool = False  # stands behind its line's last digit: where lines end at the right, it hangs out of the column


@dataclass(frozen=True)
class Profiles:
    """Edges of n characters."""

    left: Edges  # (n, R) their ink
    right: Edges
    felt_left: Edges  # (n, R) the outermost of the rows within SLACK, of a dash DASH_SLACK: ink near by is felt, too
    felt_right: Edges


@dataclass(frozen=True)
class Layout:
    """Where everything stands."""

    places: list[list[float]]  # for each line and character: how far right its strokes go; of a space, where it begins
    baselines: tuple[float, ...]
    right: float
    top: float
    bottom: float


def lay_out(lines: Sequence[Sequence[Character]], pen: Pen, *, align: str, paper: str) -> Layout:
    """Place all characters, and cut the paper.

    Parameters
    ----------
    lines
        From the top; a line may be empty.
    pen
        That they are written with.
    align
        "left", or "right": the lines' last ink, or their last squares, stand under one another, but for what hangs.
    paper
        "plain", "lined" or "squared".
    """
    squared = paper == "squared"
    baselines = papers.baselines(len(lines))
    places, rights, columns = [], [], []
    top, bottom = np.inf, -np.inf
    for line, baseline in zip(lines, baselines, strict=True):
        edges = profiles([character for character in line if character.strokes], pen)
        placed, ends = _in_squares(line, edges) if squared else _in_line(line, edges)
        places.append(placed)
        rights.append(ends[-1])
        columns.append(ends[sum(not character.hangs for character in line)])
        inked = np.flatnonzero((edges.left < np.inf).any(axis=0))
        if len(inked):
            top, bottom = min(top, baseline + ROWS[inked[0]]), max(bottom, baseline + ROWS[inked[-1]])
    if align == "right":
        shifts = [max(columns) - column for column in columns]
        places = [[x + shift for x in placed] for placed, shift in zip(places, shifts, strict=True)]
        rights = [right + shift for right, shift in zip(rights, shifts, strict=True)]
    end = max(rights) if any(lines) else papers.EMPTY
    return Layout(places, baselines, *papers.cut(paper, len(lines), end, float(top), float(bottom)))


def _in_line(line: Sequence[Character], edges: Profiles) -> tuple[list[float], list[float]]:
    """x of each character; the right end before the first, and after each. The first ink, or space, is at MARGIN."""
    placed: list[float] = []
    end = papers.MARGIN  # of all before, spaces included
    ends = [end]
    before, room, spaces = 0.0, 0.0, 0.0  # place of the last ink, and room beside it; width of the spaces since
    at = -1  # whose profile it is
    for character in line:
        if not character.strokes:
            placed.append(end)
            width = SPACE + character.gap
            spaces, end = spaces + width, end + width
            ends.append(end)
            continue
        at += 1
        if at == 0:
            x = end - float(edges.left[0].min())
        else:
            more = character.gap + max(room, character.room)
            right, left = edges.felt_right[at - 1], edges.felt_left[at]
            x = before + spaces + advance(right, left, gap=GAP + more, nearest=NEAREST + more / 2)
        placed.append(x)
        before, spaces, end, room = x, 0.0, x + float(edges.right[at].max()), character.room
        ends.append(end)
    return placed, ends


def _in_squares(line: Sequence[Character], edges: Profiles) -> tuple[list[float], list[float]]:
    """x of each character; where the first square begins, at half a square, and where each ends."""
    placed: list[float] = []
    before, at = 0.0, -1  # place of the last ink, and whose profile it is
    for column, character in enumerate(line):
        middle = papers.SQUARE * (column + 1)
        if not character.strokes:
            placed.append(middle - papers.SQUARE / 2)
            continue
        at += 1
        left, right = float(edges.left[at].min()), float(edges.right[at].max())
        x = max(middle + character.gap / 2 - (left + right) / 2, papers.NEAR - left)
        if at:
            x = max(x, before + apart(edges.felt_right[at - 1], edges.felt_left[at], IN_SQUARES))
        placed.append(x)
        before = x
    return placed, [papers.SQUARE * (column + 0.5) for column in range(len(line) + 1)]


def apart(right: Edges, left: Edges, nearest: float) -> float:
    """How far right of one character the next one stands if in no row it comes closer than `nearest`.

    Parameters
    ----------
    right, left
        (R,) the right profile of the first, the left profile of the second; both hold ink. Without a common row they
        are kept apart as boxes.
    """
    closest = float((left - right).min())
    return nearest - (closest if closest < np.inf else float(left.min() - right.max()))


def advance(right: Edges, left: Edges, *, gap: float = GAP, nearest: float = NEAREST) -> float:
    """How far right of one character the next one stands.

    The least x such that no row is closer than `nearest` and the mean over n rows of min(x + a, DEEPEST) is at least
    `gap`, where a = left - right in each row; rows that only one of the two reaches count as DEEPEST. With a[1] <= a[2]
    <= ..., the mean is the least over k of (sum of the first k of x + a, and n - k times DEEPEST) / n, so the answer is
    the largest of the x that make one of these equal `gap`.

    Parameters
    ----------
    right, left
        (R,) the right profile of the first, the left profile of the second; both hold ink.
    """
    n = int((np.isfinite(left) | np.isfinite(right)).sum())
    a = left - right  # (R,) inf where either is empty
    a = np.sort(a[a < np.inf])
    k = np.arange(1, len(a) + 1)
    even = (n * gap - (n - k) * DEEPEST - np.cumsum(a)) / k
    return max(apart(right, left, nearest), float(even.max(initial=-np.inf)))


def profiles(characters: Sequence[Character], pen: Pen) -> Profiles:
    """The edges of several characters, all of which have strokes."""
    left, right = _ink(characters, pen)
    felt_left, felt_right = -_outermost(-left, SLACK), _outermost(right, SLACK)
    low = (right > -np.inf).sum(axis=1) <= LOW * SAMPLES
    if low.any():
        felt_left[low], felt_right[low] = -_outermost(-left[low], DASH_SLACK), _outermost(right[low], DASH_SLACK)
    return Profiles(left, right, felt_left, felt_right)


def _ink(characters: Sequence[Character], pen: Pen) -> tuple[Edges, Edges]:
    """(n, R) left and right edge of the ink: of the discs that the pen leaves along the strokes."""
    from gan.write.kernels.pixels import outermost  # which brings the compiler along

    left = np.full((len(characters), len(ROWS)), np.inf)
    right = np.full_like(left, -np.inf)
    if not characters:
        return left, right
    points, pressure, stroke = along(tuple(stroke for character in characters for stroke in character.strokes), STEP)
    owner = np.repeat(np.arange(len(characters)), [len(character.strokes) for character in characters])[stroke]  # (m,)
    radii = pen.radii(pressure, 1.0) * np.array([character.mark for character in characters])[owner]
    outermost(left, right, np.column_stack([points, radii]), owner, ROWS[0], 1 / SAMPLES)
    return left, right


def _outermost(edge: Edges, reach: float) -> Edges:
    """The largest of each row's neighbours within `reach` units, in (n, R): windows that double, then overlap."""
    r = int(reach * SAMPLES)
    window = np.pad(edge, ((0, 0), (r, r)), constant_values=-np.inf)
    size = 1
    while 2 * size <= 2 * r + 1:
        window = np.maximum(window[:, :-size], window[:, size:])
        size *= 2
    rest = 2 * r + 1 - size
    return np.maximum(window[:, : window.shape[1] - rest], window[:, rest:]) if rest else window
