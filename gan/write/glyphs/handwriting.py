"""Sources of drawings: one generator of all digits in one handwriting, or ten generators of one digit each.

Ten generators are unrelated: from the same latent vector one draws an upright 3 and another a slanted 7. The generator
of all digits draws every digit from one vector in the same style: slant, weight, loops and serifs. So a handwriting is
a latent vector z, and drawings of every digit come from its neighbourhood,

    latent = TEMPERATURE (c z + sqrt(1 - c^2) e),   e new normal numbers for each candidate,

which has the same expected norm as other latents. The cosine c decreases from candidate to candidate: a digit that this
handwriting draws badly may be good in a less similar one. Slant, weight and unevenness are measured on one drawing of
each digit from z itself; the pen then keeps the line at this slant and weight.

A handwriting found from drawings (invert.py) has a vector for each digit. The first candidate is drawn from that
vector, later ones are increasingly far from it.
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
from gan.write.glyphs.own_handwriting import Mine, fingerprint
from gan.write.vectorize.ink import Picture, amount_of_ink, lean
from gan.write.vectorize.smooth import roughness
from gan.write.vectorize.vectorize import redraw
from nnet.fast.accelerate import accelerate
from nnet.layer import Layer

TEMPERATURE = 0.85  # scales latents towards 0: fewer odd shapes, still varied; see gan/latents.py
OWN = 12  # candidates near z: if half of all drawings are good, all fail once in 4000 times ...
CANDIDATES = 24  # ... but some handwritings close no 8; the other candidates are less and less similar
NEAR, FAR = 0.88, 0.65  # c of the first and the last of OWN; closer to 1 all 3s of a number would be equal
LIKENESS = np.concatenate([np.linspace(NEAR, FAR, OWN), np.linspace(FAR, 0, CANDIDATES - OWN + 1)[1:]])[:, None]  # c
FROM_ITSELF = np.sqrt(1 - np.linspace(0, 1, CANDIDATES) ** 2)[
    :, None
]  # c for a found handwriting: the noise grows linearly
LEANS = (-0.35, 0.5)  # units to the right for each upwards, beyond the usual: others are hard to read
WEIGHTS = (0.75, 1.5)  # factor of the usual stroke: heavier ones fill loops
STEADY = 0.12  # units: default wobble, the median of 100 handwritings

Latents = NDArray[np.float32]  # (n, latent)


class Source(Protocol):
    """A source of candidates."""

    @property
    def slant(self) -> float:
        """Units to the right for each unit upwards, beyond the usual for a digit."""

    @property
    def weight(self) -> float:
        """Factor of the usual stroke."""

    @property
    def wobble(self) -> float:
        """Units: how far its lines deviate from smooth ones."""

    def latents(self, digit: int, rng: np.random.Generator) -> Latents:
        """Return latent vectors of CANDIDATES drawings of a digit, in the order to try them."""

    def draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        """Return, for each digit, drawings (n, 28, 28) from its latent vectors (n, latent)."""


class OneNetwork:
    """The handwriting z, (10, latent), of a generator of all digits, before scaling by TEMPERATURE.

    `likeness` is c of each candidate, (CANDIDATES, 1).
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
        """See `Source`; measured only when a sign is first written, as it takes longer than drawing a digit."""
        return wobble_of(self.specimens)

    def latents(self, digit: int, rng: np.random.Generator) -> Latents:
        """See `Source`; the distance from z increases."""
        c, z = self._likeness, self._z[digit]
        e = rng.standard_normal((CANDIDATES, len(z)))
        return (TEMPERATURE * (c * z + np.sqrt(1 - c**2) * e)).astype(np.float32)

    def draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        """See `Source`; draws in one batch, the first time including the specimens, which is faster than two."""
        if not self._drawn:
            own = (TEMPERATURE * self._z[:, None]).astype(np.float32)  # (10, 1, latent)
            drawn = self._draw([*range(DIGITS), *digits], [*own, *latents])
            self._drawn = [pictures[0] for pictures in drawn[:DIGITS]]
            return drawn[DIGITS:]
        return self._draw(digits, latents)

    def _draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        counts = [len(z) for z in latents]
        labels = np.repeat(np.array(digits), counts)
        drawn = sample.draw(self._generator, with_labels(np.concatenate(latents), labels))
        return np.split(drawn, np.cumsum(counts)[:-1])


class TenNetworks:
    """Ten generators, with usual slant and weight."""

    slant, weight = 0.0, 1.0
    wobble = STEADY

    def __init__(self, networks: dict[int, tuple[Layer, Config]]) -> None:
        self._networks = networks

    def latents(self, digit: int, rng: np.random.Generator) -> Latents:
        """See `Source`."""
        _, config = self._networks[digit]
        return (TEMPERATURE * rng.standard_normal((CANDIDATES, config.latent))).astype(np.float32)

    def draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        """See `Source`; one digit at a time."""
        return [sample.draw(self._networks[d][0], z) for d, z in zip(digits, latents, strict=True)]


def wobble_of(specimens: Sequence[Picture]) -> float:
    """Return the median deviation of strokes from smooth ones, in units, for drawings of 0 to 9."""
    strokes = [s for d, picture in enumerate(specimens) if picture.any() for s in redraw(picture, d).strokes]
    strays = [roughness(stroke) for stroke in strokes if len(stroke.curves) > 3]
    return float(np.median(strays)) if strays else STEADY


def of_seed(generator: Layer, config: Config, seed: int) -> OneNetwork:
    """Return the handwriting of a seed: one vector for all digits."""
    z = np.random.default_rng([seed]).standard_normal(config.latent)  # (latent,)
    return OneNetwork(generator, np.tile(z, (DIGITS, 1)))


def of_mine(generator: Layer, config: Config, mine: Mine) -> OneNetwork:
    """Return a handwriting found from drawings; InputError if it was found with another network than is bundled."""
    latents = mine.latents  # (10, latent)
    if mine.network != fingerprint() or latents.shape[1] != config.latent:
        raise InputError(
            f"mine: expected a handwriting that was found through the network here, {fingerprint()}, received one of "
            f"{mine.network[:20]}; load it on the page /mine, which finds it anew from its drawings",
            "mine",
        )
    return OneNetwork(generator, latents / TEMPERATURE, FROM_ITSELF)


def source_of(networks: str, seed: int, models: tuple[Path, ...] = (), mine: Mine | None = None) -> Source:
    """Return the source of the digits of a request.

    `networks` is "one", the handwriting of this seed, or "ten"; ignored if `models` are given, custom generators
    instead of the bundled ones: one of all digits, or one per digit. `mine` replaces the seed's handwriting; it belongs
    to the bundled generator of all digits.

    Raises
    ------
    InputError : a file is missing, unreadable or not such a generator, or `mine` is combined with other networks.
    """
    if mine and (models or networks == "ten"):
        raise InputError(
            "mine: expected with the one network that ships, received it with others; leave them out", "mine"
        )
    if mine:
        return of_mine(*_load(None), mine)
    if models:
        loaded = [_load(path, modified_ns(path)) for path in models]
        check_models([config for _, config in loaded])
        if len(loaded) == 1:
            return of_seed(*loaded[0], seed)
        return TenNetworks({config.digit: (net, config) for net, config in loaded if config.digit is not None})
    if networks == "ten":
        return TenNetworks({digit: _load(digit) for digit in range(DIGITS)})
    return of_seed(*_load(None), seed)


def check_models(configs: Sequence[Config]) -> None:
    """Raise InputError unless these configs are one labelled generator of all digits, or one generator per digit."""
    digits = [config.digit for config in configs]
    if len(digits) == DIGITS and set(digits) == set(range(DIGITS)):
        return
    if digits == [None]:
        if configs[0].labels:
            return
        raise InputError(
            "model: expected a generator that is told which digit to draw; this one is not, train it with --labels",
            "model",
        )
    received = ", ".join("all digits" if digit is None else f"a {digit}" for digit in digits)
    raise InputError(
        f"model: expected one generator of all digits, or ten of the digits 0 to 9; received {received}", "model"
    )


def modified_ns(path: Path) -> int:
    """Return the modification time of a file in ns; 0 if it is missing, which loading reports."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=32)
def _load(which: int | Path | None, written: int = 0) -> tuple[Layer, Config]:
    """Return the bundled generator of a digit or of all (None), or that of a file.

    `written` is the modification time, so that a modified file is read again, as during training.
    """
    generator, config = (
        saved_networks.load_generator(which) if isinstance(which, Path) else saved_networks.load_pretrained(which)
    )
    return accelerate(generator, fixed=True), config  # fixed: a drawing does not depend on its batch
