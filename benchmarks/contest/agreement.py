"""Whether two sides compute the same, before they are timed.

Ours writes a file: its weights, a batch of images, latents, and the gradients of one iteration. A peer takes the
weights, computes its own gradients for the same batch, and answers with the deviation of every one. Learning rate 0,
so that G meets the same D on both sides.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.contest.race import Contestant, ContestError

Arrays = dict[str, NDArray[np.float32]]

LARGEST = 1e-4  # of a deviation, in float32
# A gradient that is zero but for rounding, such as the last bias with the relativistic loss, is held against this part
# of the norm of all gradients of its player.
NOTHING = 1e-3


def noise_images(count: int) -> NDArray[np.uint8]:
    """(count, 28, 28) images of noise: the time of an iteration does not depend on what they show."""
    return np.random.default_rng(0).integers(0, 256, (count, 28, 28)).astype(np.uint8)


def part(arrays: Arrays, name: str) -> Arrays:
    """Of arrays named "part.rest", those of one part, in their order, by the rest."""
    return {key.removeprefix(f"{name}."): array for key, array in arrays.items() if key.startswith(f"{name}.")}


def deviations(expected: Sequence[NDArray[np.float32]], found: Sequence[NDArray[np.float32]]) -> list[float]:
    """|found - expected| / |expected| of every array of one player, as norms."""
    norms = [float(np.linalg.norm(array)) for array in expected]
    least = NOTHING * math.sqrt(sum(norm**2 for norm in norms))
    return [float(np.linalg.norm(b - a)) / max(norm, least) for a, b, norm in zip(expected, found, norms, strict=True)]


def compare(ours: Contestant, peer: Contestant, path: str, exact: bool) -> float:
    """The largest deviation of a peer from ours, which has written its file to `path`.

    ContestError if that is too much and the peer claims to be exact (float32).
    """
    found: dict[str, float] = peer.ask(f"check {path}")
    name, worst = max(found.items(), key=lambda pair: pair[1] if math.isfinite(pair[1]) else math.inf)
    if exact and not worst <= LARGEST:
        raise ContestError(
            f"{peer.name} and {ours.name} do not compute the same: {name} differs by {worst:.1e} of its norm, "
            f"expected at most {LARGEST:.0e}"
        )
    return worst
