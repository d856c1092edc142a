"""Turn a drawing into the strokes of a digit, as a person writes them.

`kernels.skeleton` thins the drawing to lines, `pen_paths` follows them, and `smooth`
turns each path into curves. This module puts the strokes in order.

A stroke starts at its top, or at the left end of a horizontal line. A 0 and an 8 are
drawn anticlockwise from the top. A 9 consists of its bow, drawn anticlockwise from the
right, and its stem, drawn down from the start of the bow. A 4 begins with its left
part, whereas a 5, a 7 and a 1 end with their bar.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.skeleton import thin
from gan.write.strokes_and_pages import Stroke, Strokes
from gan.write.vectorize.measure_ink import Mask, Picture, depths_of, ink_of
from gan.write.vectorize.pen_paths import Path, graph_of, trace
from gan.write.vectorize.smooth import STEP, corners_of, even, sharpened, snapped

# direction in which a digit's stubs may point (see pen_paths.py); x points right, y
# down
STUBS = {2: (-1, 0), 3: (-1, 0), 4: (0, -1), 5: (-1, -1)}
# direction in which a digit's sharp corners point
CORNERS = {2: (-1, 1), 5: (-1, -2), 7: (1, -1)}
ROUND = {0, 6, 8, 9}  # digits without corners
# digits that turn sharply only to the left, at the foot of a 2 and the waist of a 3
LEFT = {2, 3}
SPECK = 1.5  # paths up to this length in units are dropped


@dataclass(frozen=True)
class Redrawn:
    """A drawing converted to strokes, in writing order and in pixels of the picture.

    There are no strokes if the drawing has only specks. Where the pressure is 1, the
    ink had the median width of this drawing.
    """

    strokes: Strokes
    corners: NDArray[np.float64]  # (n, 2) points where strokes turn sharply
    radius: float  # half the median width of the drawing's ink, in pixels
    ink: Mask  # (224, 224) the enlarged drawing's ink


def redraw(picture: Picture, digit: int) -> Redrawn:
    """Return the strokes of a drawing of a digit, in writing order and in pixels.

    `picture` is (28, 28) uint8 with ink 255 and must not be blank. `digit` is the digit
    that it should show, 0 to 9.
    """
    ink = ink_of(picture)
    points = thin(ink)
    radii = depths_of(ink, points)
    radius = float(np.median(radii))
    graph = graph_of(points, radii)
    graph.clean(radius)
    paths = [even(path) for path in trace(graph, radius, stubs=STUBS.get(digit))]
    if digit in CORNERS:
        paths = [sharpened(path, ink, radius, CORNERS[digit]) for path in paths]
    paths = in_order(digit, [path for path in paths if len(path.points) * STEP > SPECK])
    corners = [
        [] if digit in ROUND else corners_of(path, left_only=digit in LEFT)
        for path in paths
    ]
    strokes: list[Stroke] = []
    for path, stroke in zip(paths, snapped(paths, corners, radius), strict=True):
        forked = digit == 9 and not path.closed and not path.loose[0]
        strokes += bow_and_stem(stroke) if forked else [stroke]
    sharp = [
        path.points[i] for path, at in zip(paths, corners, strict=True) for i in at
    ]
    return Redrawn(tuple(strokes), np.array(sharp).reshape(-1, 2), radius, ink)


LEVEL = 0.5  # slope below which a path counts as horizontal
TIP = 8  # number of points along a path, `smooth.STEP` apart; see `_pointed`
# the bow of a 9 begins in this upper fraction of the height between its top and the
# point where bow and stem meet
HIGH = 0.35


def in_order(digit: int, paths: list[Path]) -> list[Path]:
    """Return the paths of a digit, in writing order and in the direction of writing.

    Their points are `smooth.STEP` apart. The first path is the left part of a 4, the
    highest part of a 9, and the longest path of any other digit. A 9 starts at the fork
    of its stem, goes around its bow and then down; `bow_and_stem` reverses the bow
    after smoothing.
    """
    paths = [_round(path) if path.closed else _downwards(path) for path in paths]
    if digit == 9:
        paths = [
            path.reversed() if path.loose == (True, False) else path for path in paths
        ]
        return sorted(paths, key=lambda path: float(path.points[:, 1].mean()))
    if digit == 4:
        parts = [part for path in paths for part in _pointed(path)]
        return sorted(parts, key=lambda path: float(path.points[:, 0].min()))
    if digit == 5:
        paths = [part for path in paths for part in _without_bar(path)]
    return sorted(paths, key=lambda path: -len(path.points))


def _downwards(path: Path) -> Path:
    """Return the path from its higher end, or from its left end if it is horizontal."""
    x, y = path.points[0].tolist()
    u, v = path.points[-1].tolist()
    horizontal = abs(v - y) < LEVEL * abs(u - x) and not _bends(path)
    back = u < x if horizontal else v < y
    return path.reversed() if back else path


def _bends(path: Path) -> bool:
    x, y = np.ptp(path.points, axis=0).tolist()
    return bool(y > LEVEL * x)


def _round(path: Path) -> Path:
    """Return a closed path from its top, running anticlockwise on the screen."""
    x, y = path.points.T
    # positive if clockwise on the screen (y points down)
    area = float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())
    top = int(y[:-1].argmin())
    path = path.starting_at(top) if top else path
    to_the_left = path.points[min(3, len(path.points) - 1), 0] < path.points[0, 0]
    # an 8 has no useful signed area, because its two loops have opposite signs
    clockwise = not to_the_left if path.crossings else area > 0
    return path.reversed() if clockwise else path


def bow_and_stem(stroke: Stroke) -> list[Stroke]:
    """Split a 9 into its bow, drawn anticlockwise, and its stem.

    `stroke` starts at the fork of the stem, goes around the bow and down the stem. It
    is split at the upper right of the bow, and the part before that is reversed. The
    split is between two curves of the smooth stroke, so both parts have the same
    tangent there. If one part would consist of a single curve, the stroke is not split.
    """
    start = stroke.curves[0, 0]
    joints = np.concatenate([stroke.curves[:, 0], stroke.curves[-1:, 3]])  # (k + 1, 2)
    x, y = joints.T
    high = np.flatnonzero(y <= y.min() + HIGH * (start[1] - y.min()))
    cut = int(high[x[high].argmax()])
    if not 2 <= cut <= len(stroke.curves) - 2:
        return [stroke]
    bow = Stroke(stroke.curves[:cut], stroke.pressure[: cut + 1])
    return [bow.reversed(), Stroke(stroke.curves[cut:], stroke.pressure[cut:])]


def _pointed(path: Path) -> list[Path]:
    """Split a 4 at its tip if a single path goes up to the tip and down again.

    Otherwise, return the path alone. The tip is the first corner within TIP points of
    the top, and must be at least TIP points from both ends. The first part, which goes
    up to the tip, is reversed, because a pen draws both parts downwards from there.
    """
    top = int(path.points[:, 1].argmin())
    tips = [i for i in corners_of(path) if abs(i - top) < TIP]
    if path.closed or not tips or not TIP <= tips[0] < len(path.points) - TIP:
        return [path]
    before, after = path.cut(tips[0])
    return [before.reversed(), after]


def _without_bar(path: Path) -> list[Path]:
    """Split a 5 that begins with its bar, at the corner between bar and stem.

    Return the part after the bar, then the bar from left to right. If the path does not
    begin with a bar, return it alone.
    """
    x, y = path.points.T
    middle = y.min() + 0.5 * float(np.ptp(y))
    upper = [i for i in corners_of(path) if y[i] < middle]
    if path.closed or not upper or x[0] < x[upper[0]]:
        return [path]
    bar, rest = path.cut(upper[0])
    return [rest, bar.reversed()]
