"""One pen for every glyph: from a grey 28x28 picture, or a curve, to ink with a sharp and smooth edge.

The generator's picture is coarse and its strokes differ in weight. Here it is enlarged smoothly, sheared to the common
slant and scaled to the common height. Its edge is then described by a *signed distance*: at every point, how far it is
to the edge of the ink, negative inside. Moving the edge outwards or inwards by a constant gives every glyph the
same stroke width, at any size. No font is used anywhere.

Coordinates are those of the line of writing: x to the right, y downwards, the baseline at y = 0, and one unit is one
pixel of MNIST, so that a digit is 20 units high.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gan.write.shape import Mask, Picture, euler_number, pieces

Array = NDArray[np.float32]

HEIGHT = 20.0  # units: MNIST fits every digit into a box of 20 pixels
SAMPLES = 6  # per unit: enough for bilinear interpolation to look smooth at 320 pixels a digit
TOP, BOTTOM = -27.0, 6.0  # units: every field has these rows, so glyphs compare row by row
STROKE = 2.0  # units: the pen's own stroke width, a tenth of a digit's height
SIDE = 2.5  # units of paper kept on each side of the ink: room for a thicker stroke
EDGE = 0.42  # grey level, of the darkest, at which the ink ends
REACH = 4.0  # units: distances are exact up to here, which is all that thickness needs
SMOOTHING = 0.45  # units: rounds the pixels of the drawing, and the staircase that counting in samples leaves
EVENNESS = 0.7  # 0 keeps the drawing's own thick and thin, 1 is a pen without any
FOOT = 24.0  # the row of the picture that is laid on the baseline at first: 20 pixels in the middle of 28
LARGEST_SCALE = 1.35  # small drawings grow at most this much, so that a flat 2 stays a flat 2
PRESSURE_RADIUS = 0.8  # units: over about one stroke width the grey level is averaged
SPECK = 0.08  # a piece with a smaller share of the ink is wiped away


@dataclass(frozen=True)
class Ink:
    """The ink of one glyph on a grid of SAMPLES points per unit, rows from TOP to BOTTOM."""

    distance: Array  # (R, C) units to the edge, negative inside
    pressure: Array  # (R, C) 0..1: how dark the generator drew this stretch, relative to its usual
    # Column c lies at x = (c + 0.5) / SAMPLES.


ROWS = np.arange(TOP + 0.5 / SAMPLES, BOTTOM, 1 / SAMPLES)  # (R,) y of every row of a field


def ink_from_picture(picture: Picture, *, stroke: float, shear: float, height: float, lift: float) -> Ink:
    """Ink a generator's drawing.

    Parameters
    ----------
    picture
        (28, 28) uint8, ink 255, not blank.
    stroke
        Width of the pen in units.
    shear
        Units to the right for each unit upwards, added to the drawing's own lean.
    height
        Height of the finished glyph in units.
    lift
        How far the foot stands above the baseline, in units.
    """
    grey = picture.astype(np.float32) / np.float32(255)
    # Inked once as it is, to learn where the middle line of its stroke ends; then scaled so that the middle line,
    # with half a stroke above and below, has the wanted height and foot.
    draft = _ink(grey, stroke=stroke, scale=1.0, shear=shear, row=FOOT, at=0.0)
    ys = ROWS[(draft.distance < 0).any(axis=1)]
    middle = ys[-1] - ys[0] + 1 / SAMPLES - stroke
    scale = min(LARGEST_SCALE, (height - stroke) / max(middle, 1.0))
    row = FOOT + ys[-1] + 0.5 / SAMPLES - stroke / 2
    return _ink(grey, stroke=stroke, scale=scale, shear=shear, row=row, at=-lift - stroke / 2)


def _ink(grey: Array, *, stroke: float, scale: float, shear: float, row: float, at: float) -> Ink:
    """Enlarge a picture (see `_enlarge`) and bring its stroke to the width of the pen."""
    field = _enlarge(grey, scale=scale, shear=shear, row=row, at=at)
    mask = _without_specks(field > EDGE * field.max())
    sharp = distance_to_edge(mask)
    rounded = smooth(sharp, SMOOTHING)
    distance = even_stroke(rounded if rounded.min() < 0 else sharp)  # a dot of noise may be rounded away
    return Ink(distance - _widening(distance, stroke), _pressure(field, mask))


def ink_from_curve(points: NDArray[np.float64], radii: NDArray[np.float64]) -> Ink:
    """Ink a pen stroke: discs of the given radii along a curve.

    Parameters
    ----------
    points
        (n, 2) x and y in units, close together; x is shifted so that the stroke starts SIDE from the left.
    radii
        (n,) half the stroke width at every point.
    """
    left, right = (points[:, 0] - radii).min() - SIDE, (points[:, 0] + radii).max() + SIDE
    xs = left + (np.arange(int(np.ceil((right - left) * SAMPLES))) + 0.5) / SAMPLES
    across = (xs[:, None] - points[:, 0]) ** 2  # (C, n)
    down = (ROWS[:, None] - points[:, 1]) ** 2  # (R, n)
    distance = np.full((len(ROWS), len(xs)), np.inf)
    for i in range(len(points)):
        np.minimum(distance, np.sqrt(down[:, i, None] + across[:, i]) - radii[i], out=distance)
    return Ink(distance.astype(np.float32), np.ones_like(distance, dtype=np.float32))


def stroke_width(distance: Array) -> float:
    """Mean width of a stroke: across a stroke of width w the depth rises from 0 to w/2 and falls again, mean w/4."""
    inside = distance < 0
    return float(-4 * distance[inside].mean(dtype=np.float64)) if inside.any() else 0.0


def distance_to_edge(mask: Mask) -> Array:
    """Signed distance in units from every sample to the edge of a shape, negative inside, exact up to REACH."""
    outside, inside = _distance_to(mask), _distance_to(~mask)
    return np.where(mask, 0.5 - inside, outside - 0.5).astype(np.float32) / np.float32(SAMPLES)


def even_stroke(distance: Array) -> Array:
    """Bring every stretch of a stroke nearer to the glyph's mean width: a generator's thick and thin is not a pen's.

    The depth on the middle line is half the local width. The edge moves by EVENNESS of what that differs from the mean.
    """
    depth = np.maximum(-distance, 0)
    reach = int(2 * SAMPLES)  # 2 units, in samples: far enough to find the middle line from the edge
    for axis in (0, 1):
        padding = [(reach, reach) if a == axis else (0, 0) for a in (0, 1)]
        depth = sliding_window_view(np.pad(depth, padding), 2 * reach + 1, axis=axis).max(axis=-1)
    known = (depth > 0).astype(np.float32)
    local = smooth(depth, 1.0) / np.maximum(smooth(known, 1.0), np.float32(1e-3))
    usual = local[distance < 0].mean()
    return (distance + np.float32(EVENNESS) * (local - usual) * known).astype(np.float32, copy=False)


def smooth(field: Array, sigma: float) -> Array:
    """Gaussian blur, `sigma` in units; the border repeats."""
    radius = int(np.ceil(3 * sigma * SAMPLES))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / (sigma * SAMPLES)) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for axis in (0, 1):
        padded = np.pad(field, [(radius, radius) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        length = field.shape[axis]
        field = np.zeros_like(field)
        for k, weight in enumerate(weights):
            field += weight * (padded[k : k + length] if axis == 0 else padded[:, k : k + length])
    return field


def _without_specks(mask: Mask) -> Mask:
    """The shape without its smallest pieces; the largest always stays. Pieces less than half a unit apart are one."""
    block = SAMPLES // 2
    rows, columns = -(-mask.shape[0] // block), -(-mask.shape[1] // block)
    padded = np.pad(mask, ((0, rows * block - mask.shape[0]), (0, columns * block - mask.shape[1])))
    coarse: Mask = np.logical_or.reduce(padded.reshape(rows, block, columns, block), axis=(1, 3))
    parts = pieces(coarse)
    least = SPECK * sum(int(part.sum()) for part in parts)
    kept = np.logical_or.reduce([part for i, part in enumerate(parts) if i == 0 or part.sum() >= least])
    return mask & kept.repeat(block, axis=0).repeat(block, axis=1)[: mask.shape[0], : mask.shape[1]]


def _enlarge(grey: Array, *, scale: float, shear: float, row: float, at: float) -> Array:
    """Sample a 28x28 picture on the grid of the line: picture row `row` comes to y = `at`, columns fit the ink.

    y = (v - row) * scale + at and x = u * scale - shear * y, for picture row v and column u.
    """
    v, u = np.nonzero(grey > 0.1)
    ink_x = u * scale - shear * ((v - row) * scale + at)
    left, right = ink_x.min() - scale / 2 - SIDE, ink_x.max() + scale / 2 + SIDE
    xs = left + (np.arange(int(np.ceil((right - left) * SAMPLES))) + 0.5) / SAMPLES
    return _spline(grey, (ROWS - at) / scale + row, (xs + shear * ROWS[:, None]) / scale)


def _spline(grey: Array, v: NDArray[np.float64], u: NDArray[np.float64]) -> Array:
    """The picture at rows v (R,) and columns u (R, C), by cubic B-splines: smooth curvature, never an overshoot."""
    paper = 4  # pixels of paper around the picture; what lies further out is paper too
    padded = np.pad(grey, paper)
    last = len(padded) - 4
    iv, fv = np.divmod(v + paper, 1.0)
    iu, fu = np.divmod(u + paper, 1.0)
    iv, iu = np.clip(iv.astype(int) - 1, 0, last), np.clip(iu.astype(int) - 1, 0, last)
    rows = sum(w[:, None] * padded[iv + k] for k, w in enumerate(_spline_weights(fv)))  # (R, 36)
    return sum(w * np.take_along_axis(rows, iu + k, axis=1) for k, w in enumerate(_spline_weights(fu)))


def _spline_weights(f: NDArray[np.float64]) -> Array:
    """(4, ...) weights of the four nearest pixels for a point at fraction `f` between the middle two; they sum to 1."""
    weights = [(1 - f) ** 3, 3 * f**3 - 6 * f**2 + 4, -3 * f**3 + 3 * f**2 + 3 * f + 1, f**3]
    return np.array(weights, dtype=np.float32) / np.float32(6)


def _distance_to(mask: Mask) -> Array:
    """Distance in samples from every sample to the nearest True one, exact up to REACH, capped there.

    Along each row first, then d(y, x)^2 = min over k of (row distance at (y + k, x))^2 + k^2
    (Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled functions", here within a window).
    """
    reach = int(REACH * SAMPLES)
    columns = np.arange(mask.shape[1])
    far = 2 * (reach + max(mask.shape))
    before = np.maximum.accumulate(np.where(mask, columns, -far), axis=1)
    after = np.minimum.accumulate(np.where(mask, columns, far)[:, ::-1], axis=1)[:, ::-1]
    along = np.minimum(np.minimum(columns - before, after - columns), reach).astype(np.float32) ** 2
    padded = np.pad(along, ((reach, reach), (0, 0)), constant_values=reach**2)
    best = along.copy()
    for k in range(-reach, reach + 1):
        np.minimum(best, padded[reach + k : reach + k + len(along)] + np.float32(k * k), out=best)
    return np.sqrt(np.minimum(best, np.float32(reach**2)))


def _widening(distance: Array, stroke: float) -> np.float32:
    """How far to move the edge outwards for a stroke of the wanted width, as far as the shape stays whole.

    A loop must not close and a stroke must not break: pieces minus loops stays the same, with a little to spare.
    """
    whole = euler_number(distance < 0)
    wanted = (stroke - stroke_width(distance)) / 2
    spare = 0.3 if wanted > 0 else -0.15
    for part in (1.0, 0.85, 0.7, 0.55, 0.4, 0.25, 0.1):
        if euler_number(distance < part * wanted + spare) == whole:
            return np.float32(part * wanted)
    return np.float32(0)


def _pressure(field: Array, mask: Mask) -> Array:
    """Grey level of the stroke nearby, relative to the glyph's darkest stretches: along the stroke, not across it.

    The middle of the stroke, where the field is high, counts most (its weight is field^4): the soft edge says nothing.
    """
    weight = np.where(mask, field**4, 0) + np.float32(1e-6) * field.max()
    level = smooth(weight * field, PRESSURE_RADIUS) / smooth(weight, PRESSURE_RADIUS)
    usual = np.percentile(level[mask], 90)
    return np.clip(level / usual, 0, 1).astype(np.float32)
