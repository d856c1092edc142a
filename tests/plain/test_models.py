"""The two networks' shapes, ranges and sizes, and the PyTorch example in
gan/pretrained/README.md.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.drawings.load_and_draw import draw, load_pretrained
from gan.drawings.match_mnist_grey_levels import without_finish
from gan.plain.models import build_discriminator, build_generator
from nnet.activations import LeakyReLU, Tanh
from nnet.clipped_tanh_and_finish import STRETCH
from nnet.dense import IDENTITY, Affine
from tests.helpers.fake_worker import tiny
from tests.helpers.strategies import as_bytes


def test_weights_have_the_requested_sizes_and_layers_their_activations() -> None:
    rng = np.random.default_rng(0)
    G = build_generator(5, (2, 3), rng, (6, 7))
    D = build_discriminator(11, (2, 3), rng, (6, 7))
    layers = [
        [layer for layer in network.layers if isinstance(layer, Affine)]
        for network in (G, D)
    ]
    shapes = [[layer.params["W"].shape for layer in own] for own in layers]
    assert shapes[0] == [(5, 6), (6, 7), (7, 7 * 7 * 3), (4, 4, 2, 3), (4, 4, 1, 2)]
    assert shapes[1] == [(4, 4, 1, 2), (4, 4, 2, 3), (7 * 7 * 3, 6), (6, 7), (7, 11)]
    inner = [layer.activation for own in layers for layer in own[:-1]]
    assert all(isinstance(f, LeakyReLU) and f.slope == 0.2 for f in inner)
    assert isinstance(layers[0][-1].activation, Tanh)
    assert layers[1][-1].activation is IDENTITY


def test_a_config_builds_networks_of_its_sizes() -> None:
    config = tiny(
        None,
        labels=True,
        latent=5,
        channels=(2, 3),
        hidden_generator=(6, 7),
        hidden_discriminator=8,
    )
    rng, same = (np.random.default_rng(1) for _ in range(2))
    G, D = config.build_generator(rng), config.build_discriminator(rng)
    plain_G = build_generator(15, (2, 3), same, (6, 7))
    plain_D = build_discriminator(11, (2, 3), same, (8,))
    assert as_bytes(G.parameters()) == as_bytes(plain_G.parameters())
    assert as_bytes(D.parameters()) == as_bytes(plain_D.parameters())


def test_a_config_chooses_the_last_activation() -> None:
    clipped, plain = (
        tiny(3, output=last).build_generator(np.random.default_rng(1))
        for last in ("clipped", "tanh")
    )
    assert as_bytes(clipped.parameters()) == as_bytes(plain.parameters())
    x = 9 * np.random.default_rng(0).standard_normal((4, 8)).astype(np.float32)
    expected = np.clip(STRETCH * plain.forward(x)[0], -1, 1)
    np.testing.assert_allclose(clipped.forward(x)[0], expected, atol=1e-6)
    assert (expected == -1).any()
    assert (expected == 1).any()


ROOT = Path(__file__).parents[2]
PAGE = ROOT / "gan" / "pretrained" / "README.md"


def test_the_pytorch_example_draws_the_same_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the lines for it were not checked"
    )
    torch.manual_seed(0)
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # the example in the README
    latents, drawn, levels = (
        names[name].numpy() for name in ("latents", "x", "levels")
    )
    generator, _ = load_pretrained(3)
    raw, _ = without_finish(generator).forward(latents)
    np.testing.assert_allclose(drawn[:, 0], raw[..., 0], rtol=0, atol=1e-5)
    expected = draw(generator, latents)
    ink = expected > 0  # without the ink that the finish removes
    assert ink.mean() > 0.1
    assert np.abs(levels[:, 0] - expected)[ink].max() <= 1
