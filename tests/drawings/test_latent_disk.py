"""Points on the disk are latents themselves."""

from functools import partial

import numpy as np
import pytest

from gan.drawings.load_and_draw import draw_ten, latent_at, load_pretrained
from tests.helpers.fake_worker import tiny


def test_places_on_the_disk_are_latents_and_continuous() -> None:
    config = tiny(None, latent=4096, temperature=1.05)
    at = partial(latent_at, config, 7)
    here = at(0.3, -0.4)
    for x, y in ((0, 0), (0.5, 0), (1, 0), (0, -1), (0.6, 0.8), (1, 1)):
        assert at(x, y).std() == pytest.approx(1.05, abs=0.05)
    assert np.array_equal(here, at(0.3, -0.4))
    step = at(0.31, -0.4) - here
    assert np.linalg.norm(step) < 0.03 * np.linalg.norm(here)
    middle_right_bottom = np.corrcoef([at(0, 0), at(1, 0), at(0, 1)])
    assert abs(middle_right_bottom[0, 1]) < 0.06, "they are independent"
    assert abs(middle_right_bottom[1, 2]) < 0.06, "they are independent"
    assert not np.allclose(here, latent_at(config, 8, 0.3, -0.4))


def test_ten_draws_the_digits_of_a_place() -> None:
    generator, config = load_pretrained(None)
    middle = latent_at(config, 3, 0, 0)
    images = draw_ten(generator, config, 3, 0, 0)
    asked_for_four = np.concatenate([middle, np.eye(10, dtype=np.float32)[4]])[None]
    four = generator.forward(asked_for_four)[0][0, ..., 0]
    assert images.shape == (10, 28, 28)
    assert np.abs(images[4] - 127.5 * (four + 1)).max() <= 1
