"""A small GAN learns on the bundled sample within seconds."""

from typing import Any

import numpy as np

from gan import data
from gan.drawings.load_and_draw import draw_random
from gan.rules.config import Config
from gan.runs.trainer import Trainer
from nnet.layer import Layer
from tests.helpers.fake_worker import tiny


def distance_to_real(generator: Layer, config: Config, real: np.ndarray) -> float:
    """Return the Frechet distance to real digits, treating pixels as independent.

    It is the sum of the squared differences between the pixels' means and between their standard deviations. Pixels
    range from 0 (paper) to 1 (ink). 256 digits are drawn, always from the same latents.
    """
    drawn = draw_random(generator, config, 256, np.random.default_rng(99)) / 255
    return float(((drawn.mean(0) - real.mean(0)) ** 2).sum() + ((drawn.std(0) - real.std(0)) ** 2).sum())


def test_200_iterations_bring_pictures_ten_times_nearer_to_real_digits() -> None:
    widths: dict[str, Any] = {"channels": (8, 16), "hidden_generator": (64,), "hidden_discriminator": 64, "latent": 16}
    config = tiny(3, batch=16, learning_rate=2e-3, iterations=200, **widths)
    sample = data.load()
    real = data.only(sample, 3).images / 255
    trainer = Trainer(config, sample)
    untrained = distance_to_real(trainer.average.network, config, real)
    for _ in range(200):
        trainer.iterate()
    trained = distance_to_real(trainer.average.network, config, real)
    assert trained < untrained / 10  # about 2 and 170 when this test was written
    assert distance_to_real(trainer.average.network, config, data.only(sample, 1).images / 255) > 5 * trained
    drawn = draw_random(trainer.average.network, config, 256, np.random.default_rng(99))
    means = np.stack([data.only(sample, digit).images.mean(0) for digit in range(10)])  # (10, 28, 28)
    nearest = ((drawn[:, None] - means) ** 2).sum((2, 3)).argmin(1)
    assert (nearest == 3).mean() > 0.6  # most look like threes: about 0.85 now, 0.1 when untrained
    assert len(np.unique(drawn, axis=0)) == len(drawn)
