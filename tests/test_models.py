"""The two players: shapes, ranges, sizes, and that the same seed gives the same networks."""

import numpy as np
import pytest
from fake_worker import tiny
from strategies import as_bytes

from gan.config import Config, preset
from gan.models import build_discriminator, build_generator


def sizes(config: Config) -> tuple[int, int]:
    """Numbers in the weights of G and of D."""
    rng = np.random.default_rng(0)
    networks = build_generator(config, rng), build_discriminator(config, rng)
    return tuple(sum(w.size for w in network.parameters().values()) for network in networks)  # type: ignore[return-value]


NO_HIDDEN = tiny(3, hidden_generator=(), hidden_discriminator=0)


@pytest.mark.parametrize("config", [tiny(3), NO_HIDDEN, tiny(None, latent=1), tiny(None, labels=True)])
def test_from_latents_to_pictures_to_logits(config: Config) -> None:
    rng = np.random.default_rng(0)
    G, D = build_generator(config, rng), build_discriminator(config, rng)
    images, _ = G.forward(10 * rng.standard_normal((5, config.inputs), np.float32))
    assert (images.shape, images.dtype) == ((5, 28, 28, 1), np.float32)
    assert -1 <= images.min() < 0 < images.max() <= 1
    logits, _ = D.forward(images)
    assert (logits.shape, logits.dtype) == ((5, config.outputs), np.float32)
    assert len(np.unique(logits)) == logits.size


def test_the_reference_network_has_the_size_it_is_named_for() -> None:
    convolutions = 4 * 4 * 1 * 64 + 64 + 4 * 4 * 64 * 128 + 128
    D = convolutions + 7 * 7 * 128 + 1
    G = 64 * 7 * 7 * 128 + 7 * 7 * 128 + 4 * 4 * 128 * 64 + 64 + 4 * 4 * 64 * 1 + 1
    assert sizes(preset(None, "classic", "reference")) == (G, D)


def test_hidden_layers_are_dense_layers_in_front_of_g_s_map_and_behind_d_s() -> None:
    G, D = sizes(preset(3))
    assert G == 64 * 128 + 128 + 128 * 4704 + 4704 + 16 * 96 * 48 + 48 + 16 * 48 + 1
    assert D == 16 * 48 + 48 + 16 * 48 * 96 + 96 + 4704 * 256 + 256 + 256 + 1


def test_in_float16_a_generator_takes_a_megabyte_and_a_half_and_that_of_all_digits_eight_at_most() -> None:
    assert 2 * sizes(preset(3))[0] < 1_500_000
    assert 2 * sizes(preset(None))[0] < 8_000_000


def test_d_is_piecewise_linear_as_the_penalty_needs_and_g_ends_in_tanh() -> None:
    rng = np.random.default_rng(0)
    assert all(layer.piecewise_linear for _, layer in build_discriminator(tiny(3), rng).leaves())
    *inner, last = [layer for _, layer in build_generator(tiny(3), rng).leaves()]
    assert all(layer.piecewise_linear for layer in inner)
    assert not last.piecewise_linear


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    def weights(seed: int) -> dict[str, bytes]:
        return as_bytes(build_generator(tiny(3), np.random.default_rng(seed)).parameters())

    assert weights(1) == weights(1)
    assert weights(1)["0.W"] != weights(2)["0.W"]
