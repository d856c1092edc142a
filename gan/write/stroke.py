"""A stroke: one movement of a pen, from where it touches the paper to where it leaves it.

Everything that is written, a digit or a sign, is a few strokes in the order in which a person makes them. A stroke is
a chain of cubic Bézier curves along the middle of the ink, and a pressure at each of their ends. How wide the ink is,
is the pen's affair (gan/write/request.py). So a stroke can be moved, leant and scaled before it is inked, and a plotter
can follow it.

Coordinates are those of the line of writing: x to the right, y downwards, the baseline at y = 0. One unit is one pixel
of MNIST, so that a digit is 20 units high.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2) x and y in units


@dataclass(frozen=True)
class Stroke:
    """One movement of a pen.

    Attributes
    ----------
    curves : (k, 4, 2) float64, k >= 1
        Start, two handles and end of each curve, in units; each starts where the one before ends. A dot is one curve
        of a single point.
    pressure : (k + 1,) float64, above 0
        At the start, between curves, and at the end; 1 is the writer's usual. Between these it changes evenly.
    """

    curves: NDArray[np.float64]
    pressure: NDArray[np.float64]

    def moved(self, x: float, y: float) -> Stroke:
        """The stroke, x units to the right and y downwards."""
        return Stroke(self.curves + np.array([x, y]), self.pressure)

    def bent(self, matrix: NDArray[np.float64]) -> Stroke:
        """The stroke with `matrix`, (2, 2), applied to each of its points (x, y): to lean, scale or mirror it."""
        return Stroke(self.curves @ matrix.T, self.pressure)

    def turned(self) -> Stroke:
        """The stroke backwards."""
        return Stroke(self.curves[::-1, ::-1], self.pressure[::-1])

    def sampled(self, step: float) -> tuple[Points, NDArray[np.float64]]:
        """Points along the stroke, and the pressure there.

        Parameters
        ----------
        step
            Units: no point is farther than about this from the next. At least both ends of every curve are taken.

        Returns
        -------
        (n, 2), (n,)
        """
        points, pressure, _ = along((self,), step)
        return points, pressure


Strokes = tuple[Stroke, ...]  # in the order of writing


def leaning(shear: float, height: float = 1.0) -> NDArray[np.float64]:
    """The matrix of `Stroke.bent` that scales by `height`, then moves `shear` units to the right for each upwards."""
    return height * np.array([[1.0, -shear], [0.0, 1.0]])


def along(strokes: Strokes, step: float) -> tuple[Points, NDArray[np.float64], NDArray[np.intp]]:
    """As `Stroke.sampled`, of several strokes at once: points (n, 2), pressure (n,) and whose point it is (n,)."""
    from gan.write.kernels.curves import sampled  # which brings the compiler along

    curves = np.concatenate([stroke.curves for stroke in strokes])  # (k, 4, 2)
    pressures = np.concatenate([stroke.pressure for stroke in strokes])  # (k + m,)
    return sampled(curves, pressures, np.array([len(stroke.curves) for stroke in strokes]), step)


def box(strokes: Strokes, step: float = 0.25) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the middle line, in units."""
    points, _, _ = along(strokes, step)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, top, right, bottom
