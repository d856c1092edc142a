"""Provide drawings of all digits in one handwriting, from a generator of all digits.

From one latent vector, the generator draws every digit in the same style, with similar
slant, weight, loops and serifs. So a handwriting is a latent vector z, and the latent
vectors of all drawings lie near it:

    latent = TEMPERATURE (c z + sqrt(1 - c^2) e)

with new standard normal numbers e for each candidate. The expected norm is the same for
every c. The cosine c decreases from candidate to candidate, because a digit that this
handwriting draws badly may come out well in a less similar one. Slant, weight and
unevenness are measured on one drawing of each digit from z itself. The writer then
gives the whole line this slant and weight.

A handwriting found from drawings (invert.py) has a vector for each digit. The first
candidate comes from that vector, and later candidates are increasingly far from it.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.base.labels import DIGITS
from gan.cli.command_line import command
from gan.drawings import load_and_draw
from gan.rules.latents import with_labels
from gan.rules.run_config import Config
from gan.write.glyphs.check_drawings import USUAL_LEAN, usual_ink
from gan.write.glyphs.own_handwriting import Mine, fingerprint
from gan.write.vectorize import redraw
from gan.write.vectorize.measure_ink import Picture, amount_of_ink, lean
from gan.write.vectorize.smooth import roughness
from nnet.fast.accelerate import accelerate
from nnet.layer import Layer

# scales latent vectors down, for fewer odd shapes; see gan/rules/latents.py
TEMPERATURE = 0.85
# number of candidates near z; if half of all drawings are good, all twelve fail only
# once in 4000 times
OWN = 12
# total number of candidates; after the first OWN they are less and less similar to z,
# because some z never give a closed 8
CANDIDATES = 24
# c of the first and of the last candidate near z; with c closer to 1, all 3s in a
# number would look the same
NEAR = 0.88
FAR = 0.65
# c of each candidate, (CANDIDATES, 1), for a handwriting given by a seed
LIKENESS = np.concatenate(
    [np.linspace(NEAR, FAR, OWN), np.linspace(FAR, 0, CANDIDATES - OWN + 1)[1:]]
)[:, None]
# c of each candidate for a handwriting found from drawings; the noise sqrt(1 - c^2)
# grows linearly from 0
FROM_ITSELF = np.sqrt(1 - np.linspace(0, 1, CANDIDATES) ** 2)[:, None]
# range of a handwriting's slant, in units to the right per unit of height; text with
# more slant is illegible
LEANS = (-0.35, 0.5)
# range of a handwriting's stroke width, relative to the usual one; heavier strokes fill
# loops
WEIGHTS = (0.75, 1.5)
STEADY = 0.12  # default wobble in units: the median over 100 handwritings

Latents = NDArray[np.float32]  # (n, latent)


class Source:
    """A generator of candidate drawings for each digit, in one handwriting.

    `generator` draws all digits. `z`, (10, latent), has a latent vector for each digit,
    not yet scaled by TEMPERATURE. `likeness` contains c for each candidate,
    (CANDIDATES, 1).
    """

    def __init__(
        self,
        generator: Layer,
        z: NDArray[np.float64],
        likeness: NDArray[np.float64] = LIKENESS,
    ) -> None:
        self._generator = generator
        self._z = z
        self._likeness = likeness
        self._drawn: list[Picture] = []

    @property
    def specimens(self) -> list[Picture]:
        """One drawing of each digit, 0 to 9, from z itself."""
        if not self._drawn:
            self.draw([], [])
        return self._drawn

    @cached_property
    def slant(self) -> float:
        slants = np.array([lean(picture) for picture in self.specimens]) - USUAL_LEAN
        return float(np.clip(np.mean(slants), *LEANS))

    @cached_property
    def weight(self) -> float:
        weights = [
            amount_of_ink(picture) / usual_ink(digit)
            for digit, picture in enumerate(self.specimens)
        ]
        return float(np.clip(np.mean(weights), *WEIGHTS))

    @cached_property
    def wobble(self) -> float:
        """Unevenness of the strokes in units; computed only if a sign is written."""
        return wobble_of(self.specimens)

    def latents(self, digit: int, rng: np.random.Generator) -> Latents:
        """Return the latent vectors of a digit's candidates, (CANDIDATES, latent)."""
        c = self._likeness
        z = self._z[digit]
        e = rng.standard_normal((CANDIDATES, len(z)))
        return (TEMPERATURE * (c * z + np.sqrt(1 - c**2) * e)).astype(np.float32)

    def draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        """Return pictures (n, 28, 28) for each digit, from latent vectors (n, latent).

        The first call also draws the specimens, in the same batch.
        """
        if not self._drawn:
            own = (TEMPERATURE * self._z[:, None]).astype(np.float32)  # (10, 1, latent)
            drawn = self._draw([*range(DIGITS), *digits], [*own, *latents])
            self._drawn = [pictures[0] for pictures in drawn[:DIGITS]]
            return drawn[DIGITS:]
        return self._draw(digits, latents)

    def _draw(self, digits: Sequence[int], latents: Sequence[Latents]) -> list[Picture]:
        counts = [len(z) for z in latents]
        labels = np.repeat(np.array(digits), counts)
        labelled = with_labels(np.concatenate(latents), labels)
        drawn = load_and_draw.draw(self._generator, labelled)
        return np.split(drawn, np.cumsum(counts)[:-1])


def wobble_of(specimens: Sequence[Picture]) -> float:
    """Return the median roughness of the strokes in drawings, in units.

    `specimens` are drawings of the digits 0 to 9, in this order. Short strokes are left
    out.
    """
    strays = []
    for digit, picture in enumerate(specimens):
        if picture.any():
            strokes = redraw(picture, digit).strokes
            strays += [roughness(one) for one in strokes if len(one.curves) > 3]
    return float(np.median(strays)) if strays else STEADY


def of_mine(generator: Layer, config: Config, mine: Mine) -> Source:
    """Return the source of a handwriting found from drawings.

    Raise InputError unless it was found with the bundled generator.
    """
    latents = mine.latents  # (10, latent)
    if mine.network != fingerprint() or latents.shape[1] != config.latent:
        raise InputError(
            "mine: expected a handwriting found with the bundled network, "
            f"{fingerprint()}, received one found with {mine.network[:20]}; load it on "
            "the page /mine, which finds it again from its drawings",
            "mine",
        )
    return Source(generator, latents / TEMPERATURE, FROM_ITSELF)


def source_of(seed: int, model: Path | None = None, mine: Mine | None = None) -> Source:
    """Return the source of drawings in the handwriting of a seed, or in `mine`.

    The drawings come from the bundled generator, or from the one in the file `model`.
    `mine`, a handwriting found from drawings, is valid only with the bundled generator.

    Raise InputError if both `mine` and `model` are given, or if the model is missing,
    unreadable or not suitable.
    """
    if mine and model:
        raise InputError(
            "mine: expected with the bundled network only, received it with another; "
            "leave it out",
            "mine",
        )
    generator, config = _load(model, modified_ns(model) if model else 0)
    if mine:
        return of_mine(generator, config, mine)
    check_model(config)
    # (latent,), used for all digits
    z = np.random.default_rng([seed]).standard_normal(config.latent)
    return Source(generator, np.tile(z, (DIGITS, 1)))


def check_model(config: Config) -> None:
    """Raise InputError unless a model has labels and draws the digits 0 to 9."""
    if config.names:
        instead = (
            f"draw with it instead: {command('gan.sample')} --model FILE -o sheet.png"
        )
        expected = "of the digits 0 to 9"
        received = f"of {', '.join(config.names)}; {instead}"
    elif config.digit is not None:
        expected = "of all digits"
        received = f"of a {config.digit}; train one of all"
    elif not config.labels:
        expected = "with labels"
        received = "without; train it with --labels"
    else:
        return
    raise InputError(
        f"model: expected a generator {expected}, received one {received}", "model"
    )


def modified_ns(path: Path) -> int:
    """Return the modification time of a file in ns, or 0 if it is missing.

    Callers report a missing file when they load it.
    """
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=32)
def _load(model: Path | None, written: int = 0) -> tuple[Layer, Config]:
    """Return the generator stored in a file, or the bundled one.

    `written` is the file's modification time. It is part of the cache key, so that a
    file that training has overwritten is read again.
    """
    if model:
        generator, config = load_and_draw.load_generator(model)
    else:
        generator, config = load_and_draw.load_pretrained(None)
    # With `fixed`, a drawing does not depend on the others in its batch.
    return accelerate(generator, fixed=True), config
