"""Load the generators to measure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gan.data.images_and_sheets import Pictures
from gan.drawings.load_and_draw import draw_random, load_generator, pretrained
from gan.evaluate.compare_with_real import Result
from gan.rules.run_config import Config
from nnet import weights
from nnet.fast.accelerate import accelerate
from nnet.layer import Layer


@dataclass(frozen=True)
class LoadedGenerator:
    path: Path
    generator: Layer
    config: Config

    @classmethod
    def load(cls, path: Path) -> "LoadedGenerator":
        """Load the generator in a file. Raise InputError as `load_generator` does."""
        generator, config = load_generator(path)
        return cls(path, accelerate(generator), config)

    def __call__(self, n: int, rng: np.random.Generator) -> Pictures:
        """Draw n digits at the config's temperature, (n, 28, 28) uint8 with ink 255."""
        return draw_random(self.generator, self.config, n, rng)

    @property
    def name(self) -> str:
        """The file's path, relative to the current folder if the file is inside it."""
        current = Path.cwd()
        is_inside = self.path.is_relative_to(current)
        return str(self.path.relative_to(current) if is_inside else self.path)

    def about(self) -> Result:
        """Return the model's path, training iteration, training data and temperature.

        The iteration and the data are None if the file does not state them.
        """
        _, texts = weights.load(self.path)
        iteration = int(texts["iteration"]) if "iteration" in texts else None
        return {
            "model": self.name,
            "iteration": iteration,
            "trained_on": texts.get("data"),
            "temperature": self.config.temperature,
        }


def load_generators(
    paths: Sequence[Path] | None,
    digits: Sequence[int | None] | None,
    temperature: float | None,
) -> list[LoadedGenerator]:
    """Load the generators in `paths` or, without paths, the bundled ones of `digits`.

    Without both, load all bundled generators. The digit None means the generator of all
    digits. A temperature replaces that of each model, unless it is None. Raise
    InputError as `load_generator` does.
    """
    paths = paths or [pretrained(digit) for digit in digits or (*range(10), None)]
    generators = [LoadedGenerator.load(path) for path in paths]
    if temperature is None:
        return generators
    return [
        replace(generator, config=replace(generator.config, temperature=temperature))
        for generator in generators
    ]
