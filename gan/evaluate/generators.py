"""Whose digits are measured: generators, each with the file it came from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gan.config import Config
from gan.errors import InputError
from gan.evaluate.evaluators import Result
from gan.pictures import Pictures
from gan.sample import draw_random
from gan.saved_networks import load_generator, load_pretrained
from gan.shipped import pretrained
from nnet import weights
from nnet.fast.accelerate import accelerate
from nnet.layer import Layer


@dataclass(frozen=True)
class Drawer:
    """A generator to be measured, and the file it came from."""

    path: Path
    generator: Layer
    config: Config

    @classmethod
    def load(cls, path: Path | None, digit: int | None = None) -> "Drawer":
        """That of a file, or the shipped one of a digit (None: of all digits); InputError as `load_generator`."""
        generator, config = load_generator(path) if path else load_pretrained(digit)
        return cls(path or pretrained(digit), accelerate(generator), config)

    def __call__(self, n: int, rng: np.random.Generator) -> Pictures:
        """Draw n digits at the config's temperature: (n, 28, 28) uint8, ink 255."""
        return draw_random(self.generator, self.config, n, rng)

    @property
    def name(self) -> str:
        """Its file, as seen from the current folder if it lies below."""
        here = Path.cwd()
        return str(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)

    def about(self) -> Result:
        """Where it comes from, None for what its file does not tell, and the temperature it is drawn at."""
        _, texts = weights.load(self.path)
        iteration = int(texts["iteration"]) if "iteration" in texts else None
        return {
            "model": self.name,
            "iteration": iteration,
            "trained_on": texts.get("data"),
            "temperature": self.config.temperature,
        }


def drawers_of(
    paths: Sequence[Path] | None, digits: Sequence[int | None] | None, temperature: float | None
) -> list[Drawer]:
    """The generators of some files, or the shipped ones of some digits, or without either all that ship.

    Parameters
    ----------
    paths : of weights files
    digits : 0 to 9, or None for the generator of all digits
    temperature : of the latents; None leaves each its own

    Raises
    ------
    InputError : both paths and digits; a file as in `load_generator`; a temperature out of range.
    """
    if paths and digits:
        raise InputError("--digit: expected without --model, whose file says which digit it draws; leave one out")
    if paths:
        drawers = [Drawer.load(path) for path in paths]
    else:
        shipped = [*range(10), *([None] if pretrained(None).is_file() else [])]
        drawers = [Drawer.load(None, digit) for digit in digits or shipped]
    if temperature is None:
        return drawers
    return [replace(drawer, config=replace(drawer.config, temperature=temperature)) for drawer in drawers]
