"""Who writes: ten generators of a digit each, or the generator of all digits, in one hand.

Candidates for the line come from here. Ten generators have nothing in common but their kind: from the same latent
vector one draws an upright 3 and another a leaning 7. The generator of all digits draws every digit from one vector in
the same manner: as slanted, as heavy, with the same loops and serifs. So a hand is a latent vector z, and the
candidates of every digit are drawn from its neighbourhood,

    latent = TEMPERATURE (c z + sqrt(1 - c^2) e),   e new normal numbers for each candidate,

which is as far from 0 as other latents are. The cosine c falls from candidate to candidate: what this hand does badly,
one that is less like it may do well. How slanted and how heavy the hand is, is measured on one drawing of each
digit from z itself; the pen then holds the line together at that slant and weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gan.config import DIGITS, Config
from gan.latents import draw_latents, with_labels
from gan.write.choose import USUAL_LEAN, usual_ink
from gan.write.shape import Picture, amount_of_ink, lean

if TYPE_CHECKING:  # see _load
    from nnet.layer import Layer

TEMPERATURE = 0.85  # latents nearer the middle: fewer odd shapes, still varied; see gan/latents.py
NEAR, FAR = 0.95, 0.7  # c of the first candidate and of the last; at 1 every 3 of a number would be the same
LEANS = (-0.35, 0.5)  # units to the right for each upwards, beyond the usual: past these digits become hard to read
WEIGHTS = (0.75, 1.5)  # times the usual stroke: heavier ones fill loops


# (digit, how many, randomness) -> (n, 28, 28) uint8, ink 255
Draw = Callable[[int, int, np.random.Generator], Picture]


@dataclass(frozen=True)
class Hand:
    """Where candidates come from, and how the line is held together."""

    draw: Draw
    slant: float = 0.0  # units to the right for each unit upwards, beyond what is usual for a digit
    weight: float = 1.0  # times the usual stroke


def hand_of(name: str, seed: int) -> Hand:
    """The hand of a request: "ten", the ten generators, or "one", that of this seed.

    Raises
    ------
    InputError : a generator's file is missing or unreadable.
    """
    return Hand(draw_with_ten) if name == "ten" else one_hand(seed)


def draw_with_ten(digit: int, n: int, rng: np.random.Generator) -> Picture:
    """Draw `n` candidates with the shipped generator of one digit. (n, 28, 28) uint8, ink 255."""
    from gan import sample  # here, so that this package can be imported without loading the network library

    generator, config = _load(digit)
    return sample.draw(generator, draw_latents(config, n, rng, temperature=TEMPERATURE))


def one_hand(seed: int) -> Hand:
    """A hand of the generator of all digits; the same for every number that is written with this seed."""
    _, config = _load(None)
    z = np.random.default_rng([seed]).standard_normal(config.latent)  # (latent,)

    def draw(digit: int, n: int, rng: np.random.Generator) -> Picture:
        e, c = rng.standard_normal((n, config.latent)), np.linspace(NEAR, FAR, n)[:, None]  # (n, latent), (n, 1)
        return _draw_all(c * z + np.sqrt(1 - c**2) * e, np.full(n, digit))

    specimens = _draw_all(np.tile(z, (DIGITS, 1)), np.arange(DIGITS))  # (10, 28, 28)
    slant = np.mean([lean(picture) - USUAL_LEAN[digit] for digit, picture in enumerate(specimens)])
    weight = np.mean([amount_of_ink(picture) / usual_ink(digit) for digit, picture in enumerate(specimens)])
    return Hand(draw, float(np.clip(slant, *LEANS)), float(np.clip(weight, *WEIGHTS)))


def _draw_all(z: NDArray[np.floating], digits: NDArray[np.integer]) -> Picture:
    """The generator of all digits from z, (n, latent), times TEMPERATURE, and the digits asked for, (n,)."""
    from gan import sample

    generator, _ = _load(None)
    return sample.draw(generator, with_labels((TEMPERATURE * z).astype(np.float32), digits))


@lru_cache(maxsize=16)
def _load(digit: int | None) -> tuple[Layer, Config]:
    from gan import stored

    return stored.load_pretrained(digit)
