"""Two pens for one geometry: how wide a stroke is, where.

A *ballpoint* is thin and the same everywhere. A *felt tip* is round, as wide as the handwriting is heavy, and a little
wider where the generator drew darker and broader.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Pen:
    """A pen that leaves a round mark.

    Attributes
    ----------
    name : "ballpoint" or "felt"
    width : float
        Of its mark in units, in a handwriting of usual weight at pressure 1.
    heavy : float
        How much of a handwriting's weight it shows: 0 none, 1 all.
    soft : float
        How much of the pressure it shows: 0 none, 1 all.
    """

    name: str
    width: float
    heavy: float
    soft: float

    def mark(self, weight: float) -> float:
        """Width in units at pressure 1, of a handwriting that is `weight` times as heavy as usual."""
        return self.width * weight**self.heavy

    def radii(self, pressure: NDArray[np.float64], mark: float) -> NDArray[np.float64]:
        """Half the width in units, at each pressure (n,), of a stroke that is `mark` units wide at pressure 1."""
        return mark / 2 * pressure**self.soft


PENS = {pen.name: pen for pen in (Pen("ballpoint", 0.9, 0.0, 0.0), Pen("felt", 2.0, 1.0, 0.5))}
