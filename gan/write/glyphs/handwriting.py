"""Who writes: the generator of all digits, in one handwriting, or ten generators of a digit each.

Ten generators have nothing in common but their kind: from the same latent vector one draws an upright 3 and another a
leaning 7. The generator of all digits draws every digit from one vector in the same manner: as slanted, as heavy, with
the same loops and serifs. So a handwriting is a latent vector z, and drawings of every digit come from its
neighbourhood,

    latent = TEMPERATURE (c z + sqrt(1 - c^2) e),   e new normal numbers for each candidate,

which is as far from 0 as other latents are. The cosine c falls from candidate to candidate: what this handwriting does
badly, one that is less like it may do well. How slanted, how heavy and how unsteady the handwriting is, is measured on
one drawing of each digit from z itself; the pen then holds the line together at that slant and weight.

A handwriting that was found from somebody's drawings (find.py) has a vector for each digit. The first candidate is
drawn from that vector itself, and the others lie ever farther off.

Which candidate is taken is the affair of forms.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gan import sample, saved_networks
from gan.config import DIGITS, Config
from gan.errors import InputError
from gan.latents import with_labels
from gan.write.glyphs.drawing_rules import USUAL_LEAN, usual_ink
from gan.write.glyphs.style_code import Mine, fingerprint
from gan.write.vectorize.components import Picture, amount_of_ink, lean
from gan.write.vectorize.smooth import roughness
from gan.write.vectorize.vectorize import redraw
from nnet.fast.accelerate import accelerate
from nnet.layer import Layer

TEMPERATURE = 0.85  # latents nearer the middle: fewer odd shapes, still varied; see gan/latents.py
OWN = 12  # candidates near z: with half of all drawings acceptable, one chance in 4000 is left of none ...
CANDIDATES = 24  # ... but some handwritings close no 8; the others are less and less like this one
NEAR, FAR = 0.88, 0.65  # c of the first and the last of OWN; nearer to 1 every 3 of a number would be the same
LIKENESS = np.concatenate([np.linspace(NEAR, FAR, OWN), np.linspace(FAR, 0, CANDIDATES - OWN + 1)[1:]])[:, None]  # c
FROM_ITSELF = np.sqrt(1 - np.linspace(0, 1, CANDIDATES) ** 2)[:, None]  # c of a found one: what is added grows evenly
LEANS = (-0.35, 0.5)  # units to the right for each upwards, beyond the usual: past these digits become hard to read
WEIGHTS = (0.75, 1.5)  # times the usual stroke: heavier ones fill loops
STEADY = 0.12  # units: how far lines stray that nothing can be measured on, the median of 100 handwritings

Latents = NDArray[np.float32]  # (n, latent)


class Source(Protocol):
    """Where candidates come from."""

    @property
    def slant(self) -> float:
        """Units to the right for each unit upwards, beyond what is usual for a digit."""

    @property
    def weight(self) -> float:
        """Times the usual stroke."""

    @property
    def wobble(self) -> float:
        """Units: how far its lines stray from smooth ones."""

    def latents(self, digit: int, rng: np.random.Generator) -> Latents:
        """Latent vectors of CANDIDATES drawings of a digit, in the order in which they are to be tried."""

    def draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        """For each digit a drawing (n, 28, 28) from each of its latent vectors (n, latent)."""


class OneNetwork:
    """The handwriting z of a generator of all digits.

    Parameters
    ----------
    z : (10, latent) float64
        Of each digit; TEMPERATURE is not yet in it.
    likeness : (CANDIDATES, 1) float64
        c of each candidate.
    """

    def __init__(self, generator: Layer, z: NDArray[np.float64], likeness: NDArray[np.float64] = LIKENESS) -> None:
        self._generator, self._z, self._likeness = generator, z, likeness
        self._drawn: list[Picture] = []

    @property
    def specimens(self) -> list[Picture]:
        """A drawing of each digit from z itself."""
        if not self._drawn:
            self.draw([], [])
        return self._drawn

    @cached_property
    def slant(self) -> float:
        """See `Source`."""
        slants = [lean(picture) - USUAL_LEAN[digit] for digit, picture in enumerate(self.specimens)]
        return float(np.clip(np.mean(slants), *LEANS))

    @cached_property
    def weight(self) -> float:
        """See `Source`."""
        weights = [amount_of_ink(picture) / usual_ink(digit) for digit, picture in enumerate(self.specimens)]
        return float(np.clip(np.mean(weights), *WEIGHTS))

    @cached_property
    def wobble(self) -> float:
        """See `Source`; measured when a sign is first written, for it takes longer than a digit."""
        return wobble_of(self.specimens)

    def latents(self, digit: int, rng: np.random.Generator) -> Latents:
        """See `Source`; each is a little farther from z than the one before."""
        c, z = self._likeness, self._z[digit]
        e = rng.standard_normal((CANDIDATES, len(z)))
        return (TEMPERATURE * (c * z + np.sqrt(1 - c**2) * e)).astype(np.float32)

    def draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        """See `Source`; all of them at once, and with the first the specimens: one batch takes less time than two."""
        if not self._drawn:
            own = (TEMPERATURE * self._z[:, None]).astype(np.float32)  # (10, 1, latent)
            drawn = self._draw([*range(DIGITS), *digits], [*own, *latents])
            self._drawn = [pictures[0] for pictures in drawn[:DIGITS]]
            return drawn[DIGITS:]
        return self._draw(digits, latents)

    def _draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        counts = [len(some) for some in latents]
        asked = np.repeat(np.array(digits), counts)
        drawn = sample.draw(self._generator, with_labels(np.concatenate(latents), asked))
        return np.split(drawn, np.cumsum(counts)[:-1])


class TenNetworks:
    """Ten generators, at the usual slant and weight."""

    slant, weight = 0.0, 1.0
    wobble = STEADY

    def __init__(self, networks: dict[int, tuple[Layer, Config]]) -> None:
        self._networks = networks

    def latents(self, digit: int, rng: np.random.Generator) -> Latents:
        """See `Source`."""
        _, config = self._networks[digit]
        return (TEMPERATURE * rng.standard_normal((CANDIDATES, config.latent))).astype(np.float32)

    def draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        """See `Source`; digit by digit."""
        return [sample.draw(self._networks[d][0], z) for d, z in zip(digits, latents, strict=True)]


def wobble_of(specimens: Sequence[Picture]) -> float:
    """How far the lines of drawings of 0 to 9 stray from smooth ones, in units; the median of their strokes."""
    strokes = [s for d, picture in enumerate(specimens) if picture.any() for s in redraw(picture, d).strokes]
    strays = [roughness(stroke) for stroke in strokes if len(stroke.curves) > 3]
    return float(np.median(strays)) if strays else STEADY


def of_seed(generator: Layer, config: Config, seed: int) -> OneNetwork:
    """The handwriting of a seed: one vector for all digits."""
    z = np.random.default_rng([seed]).standard_normal(config.latent)  # (latent,)
    return OneNetwork(generator, np.tile(z, (DIGITS, 1)))


def of_mine(generator: Layer, config: Config, mine: Mine) -> OneNetwork:
    """A handwriting that was found; InputError where that was through another network than the one that ships."""
    latents = mine.latents  # (10, latent)
    if mine.network != fingerprint() or latents.shape[1] != config.latent:
        raise InputError(
            f"mine: expected a handwriting that was found through the network here, {fingerprint()}, received one of "
            f"{mine.network[:20]}; load it on the page /mine, which finds it anew from its drawings",
            "mine",
        )
    return OneNetwork(generator, latents / TEMPERATURE, FROM_ITSELF)


def source_of(networks: str, seed: int, models: tuple[Path, ...] = (), mine: Mine | None = None) -> Source:
    """Where the digits of a request come from.

    Parameters
    ----------
    networks
        "one", the handwriting of this seed, or "ten"; of no account where models are given.
    models
        Generators of one's own in place of the shipped ones: one of all digits, or one of each digit.
    mine
        A found handwriting in place of the seed's; it is the shipped generator of all digits that knows it.

    Raises
    ------
    InputError : a file is missing or unreadable, or the files are not such generators, or `mine` goes with others.
    """
    if mine and (models or networks == "ten"):
        raise InputError(
            "mine: expected with the one network that ships, received it with others; leave them out", "mine"
        )
    if mine:
        return of_mine(*_load(None), mine)
    if models:
        loaded = [_load(path, changed(path)) for path in models]
        check_models([config for _, config in loaded])
        return of_seed(*loaded[0], seed) if len(loaded) == 1 else TenNetworks(_each_digit(loaded))
    if networks == "ten":
        return TenNetworks({digit: _load(digit) for digit in range(DIGITS)})
    return of_seed(*_load(None), seed)


def check_models(configs: Sequence[Config]) -> None:
    """InputError unless these are the configs of one generator of all digits with labels, or of one of each digit."""
    digits = [config.digit for config in configs]
    if len(digits) == 1 and digits[0] is None and configs[0].labels:
        return
    if sorted(digit for digit in digits if digit is not None) == list(range(DIGITS)) and len(digits) == DIGITS:
        return
    if digits == [None]:
        raise InputError(
            "model: expected a generator that is told which digit to draw; this one is not, train it with --labels",
            "model",
        )
    told = ", ".join("all digits" if digit is None else f"a {digit}" for digit in digits)
    raise InputError(
        f"model: expected one generator of all digits, or ten of the digits 0 to 9; received {told}", "model"
    )


def _each_digit(loaded: Sequence[tuple[Layer, Config]]) -> dict[int, tuple[Layer, Config]]:
    return {config.digit: (network, config) for network, config in loaded if config.digit is not None}


def changed(path: Path) -> int:
    """When a file was written last, in ns; 0 where there is none, of which loading it has more to say."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=32)
def _load(which: int | Path | None, written: int = 0) -> tuple[Layer, Config]:
    """A shipped generator of a digit or of all (None), or that of a file.

    `written`, when that was, has a file read anew that has changed: the generator of a run that trains does.
    """
    generator, config = (
        saved_networks.load_generator(which) if isinstance(which, Path) else saved_networks.load_pretrained(which)
    )
    return accelerate(generator, fixed=True), config  # a digit is the same whatever is drawn beside it
