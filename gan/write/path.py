"""SVG path data from chains of cubic Bézier curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def absolute(curves: NDArray[np.float64], decimals: int) -> str:
    """An open line for programs and plotters: `M` and `C` with absolute numbers.

    Parameters
    ----------
    curves : (k, 4, 2), each starting where the one before ends
        A dot, one curve of a single point, becomes a line as short as the decimals allow: what has no length is
        left out by some.
    """
    points = np.round(curves, decimals) + 0.0  # never -0
    numbers = [f"{x:.{decimals}f}".rstrip("0").rstrip(".") for x in points.ravel().tolist()]
    x, y = numbers[:2]
    if len(set(zip(numbers[::2], numbers[1::2], strict=True))) == 1:
        return f"M{x} {y}h{10**-decimals:.{decimals}f}"
    texts = [" ".join(numbers[i + 2 : i + 8]) for i in range(0, len(numbers), 8)]
    return f"M{x} {y}" + "".join("C" + text for text in texts)


def relative(chains: list[NDArray[np.int_]], closed: bool) -> str:
    """Whole numbers, relative and with as little between them as SVG allows: half as long.

    Parameters
    ----------
    chains : list of (k, 4, 2) int
        Points are rounded, not steps: nothing drifts. A dot becomes a line of one.
    closed
        Whether every chain ends where it starts.
    """
    parts, x, y = [], 0, 0
    for points in chains:
        left, top = points[0, 0].tolist()
        parts.append("m" + _numbers([left - x, top - y]))
        steps = (points[:, 1:] - points[:, :1]).ravel().tolist()
        parts.append("c" + _numbers(steps) if any(steps) else "h1")
        x, y = (left, top) if closed or not any(steps) else points[-1, 3].tolist()
        parts.append("z" if closed else "")
    return "".join(parts)


def _numbers(numbers: list[int]) -> str:
    """A minus sign separates too."""
    return " ".join(map(str, numbers)).replace(" -", "-")
