"""The peers compute what we compute, for every loss. Where one is not installed, the run says what was left out."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from benchmarks.contest.agreement import LARGEST, noise_images
from benchmarks.sides import ours
from benchmarks.step import LOSSES, config_of
from gan.config import Config
from gan.data import Dataset
from gan.runs.trainer import Trainer

SMALL = {"channels": (3, 5), "batch": 4, "latent": 6, "hidden_generator": (7,), "hidden_discriminator": 8}


def check_of(peer: str, config: Config) -> Callable[[str], dict[str, float]]:
    """The comparison that the peer's process would make."""
    package, name = ("jax", "JAX") if peer == "jax" else ("torch", "PyTorch")
    assert pytest.importorskip(package, reason=f"{name} is not installed: the agreement with it was not checked")
    if peer == "jax":
        gan = import_module("benchmarks.sides.in_jax").JaxGan(config, noise_images(32))
    else:
        gan = import_module("benchmarks.sides.in_pytorch").PyTorchGan(config, noise_images(32), peer)
    check: Callable[[str], dict[str, float]] = gan.check
    return check


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("peer", ["eager", "channels-last", "bfloat16", "jax"])
def test_gradients_agree(peer: str, loss: str, tmp_path: Path) -> None:
    config = Config(**vars(config_of("digits", loss)) | SMALL)
    check = check_of(peer, config)
    trainer = Trainer(config, Dataset(noise_images(32), np.zeros(32, np.uint8), "noise"))
    np.savez(path := tmp_path / "ours.npz", **ours.gradients(trainer, config))  # type: ignore[arg-type]
    found = check(str(path))
    assert len(found) == 2 * 8  # W and b of four layers of G and of four of D
    assert max(found.values()) < (0.2 if peer == "bfloat16" else LARGEST)


def test_a_wrong_gradient_is_noticed(tmp_path: Path) -> None:
    config = Config(**vars(config_of("digits", "relativistic")) | SMALL)
    check = check_of("eager", config)
    trainer = Trainer(config, Dataset(noise_images(32), np.zeros(32, np.uint8), "noise"))
    arrays = ours.gradients(trainer, config)
    arrays["discriminator gradient.1.W"] *= np.float32(1.001)
    np.savez(path := tmp_path / "ours.npz", **arrays)  # type: ignore[arg-type]
    found = check(str(path))
    assert max(found, key=lambda name: found[name]) == "discriminator gradient 1.W"
    assert max(found.values()) > LARGEST
