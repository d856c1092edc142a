"""What ails a run, by its drawings and what is said of them: each is a thing that a person can see, too.

- bent: the judge, which is not frozen, prefers the drawings to real digits, and none of them is near one;
- blank: there is hardly any ink;
- alike: the drawings are near real digits, but all are the same one;
- beaten: the judge tells every drawing from a real one, and none is near one, though time has passed.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gan.pictures import Pictures

Ailment = Literal["bent", "blank", "alike", "beaten"]
AILMENTS: tuple[Ailment, ...] = get_args(Ailment)

FEW, MOST = 0.05, 0.95  # shares of the drawings, of the pairs
LITTLE_INK = 0.2  # of that of real digits
LITTLE_VARIETY = 0.2  # of that of real digits
PATIENCE = 300  # iterations in which drawings may be told from real ones without anything being wrong


def diagnose(
    images: Pictures,
    real: Pictures,
    kinds: NDArray[np.integer],
    near: NDArray[np.bool_],
    prefers_real: int,
    iteration: int,
    frozen: bool = True,
) -> Ailment | None:
    """What ails a run; None if nothing does.

    Parameters
    ----------
    images, real : (N, 28, 28) uint8, ink 255
        The drawings, and beside each a real digit.
    kinds : (N,) integers
        Which of them are of a kind, and may be compared.
    near : (N,) bool
        Which drawings are near a real digit.
    prefers_real : int
        In how many of the N pairs the judge prefers the real one.
    iteration : int
        How long it was trained; an untrained run is well.
    frozen : bool
        Whether the judge is frozen while the artist learns.
    """
    preferred, good = prefers_real / len(images), near.mean()
    if iteration == 0:
        return None
    if not frozen and good <= FEW and preferred <= 1 - MOST:
        return "bent"
    if images.mean() <= LITTLE_INK * real.mean():
        return "blank"
    if good >= 1 / 2 and variety(images, kinds) <= LITTLE_VARIETY * variety(real, kinds):
        return "alike"
    if good <= FEW and preferred >= MOST and iteration >= PATIENCE:
        return "beaten"
    return None


def variety(images: Pictures, kinds: NDArray[np.integer]) -> float:
    """How far two of a kind lie apart on average, over the kinds that have two or more: (N, 28, 28) uint8, (N,)."""
    apart = [distance_apart(images[kinds == kind]) for kind in np.unique(kinds) if (kinds == kind).sum() > 1]
    return float(np.mean(apart)) if apart else 0.0


def distance_apart(images: Pictures) -> float:
    """The mean distance of two of the images, 0 where there is but one: (n, 28, 28) uint8, n of about 100 at most."""
    pixels = images.reshape(len(images), -1).astype(np.float32)
    squares = (pixels * pixels).sum(1)
    distances = np.sqrt(np.maximum(0, squares[:, None] + squares - 2 * pixels @ pixels.T))  # (n, n), 0 on the diagonal
    np.fill_diagonal(distances, 0)  # but for rounding
    return float(distances.sum() / max(1, len(images) * (len(images) - 1)))
