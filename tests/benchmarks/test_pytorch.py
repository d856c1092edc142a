"""PyTorch computes the same gradients as our code for every loss.

Without PyTorch, the tests are skipped.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from benchmarks.our_iteration import clear_samples, gradients, margins, noise_images
from benchmarks.step import LARGEST_DEVIATION, LOSSES, config_of
from gan.data import Dataset
from gan.data.images_and_sheets import to_unit
from gan.rules.run_config import Config, preset
from gan.runs.trainer import Trainer

SMALL = {
    "channels": (3, 5),
    "batch": 4,
    "latent": 6,
    "hidden_generator": (7,),
    "hidden_discriminator": 8,
}
Check = Callable[[str], dict[str, float]]


def small_trainer(config: Config) -> Trainer:
    return Trainer(config, Dataset(noise_images(32), np.zeros(32, np.uint8), "noise"))


def small_config(loss: str) -> Config:
    return Config(**vars(config_of("digits", loss)) | SMALL)


def check_of(variant: str, config: Config) -> Check:
    """Return the comparison function of PyTorch's process."""
    pytest.importorskip(
        "torch",
        reason="PyTorch is not installed: the agreement with it was not checked",
    )
    check: Check = (
        import_module("benchmarks.pytorch_iteration")
        .PyTorchGan(config, noise_images(32), variant)
        .check
    )
    return check


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("variant", ["eager", "bfloat16"])
def test_gradients_agree(variant: str, loss: str, tmp_path: Path) -> None:
    config = small_config(loss)
    check = check_of(variant, config)
    np.savez(path := tmp_path / "ours.npz", **gradients(small_trainer(config), config))  # type: ignore[arg-type]
    result = check(str(path))
    assert len(result) == 2 * 8  # W and b of four layers of G and of D
    assert max(result.values()) < (0.2 if variant == "bfloat16" else LARGEST_DEVIATION)


def test_a_wrong_gradient_is_noticed(tmp_path: Path) -> None:
    config = small_config("relativistic")
    check = check_of("eager", config)
    arrays = gradients(small_trainer(config), config)
    arrays["discriminator gradient.1.W"] *= np.float32(1.001)
    np.savez(path := tmp_path / "ours.npz", **arrays)  # type: ignore[arg-type]
    result = check(str(path))
    assert max(result, key=lambda name: result[name]) == "discriminator gradient 1.W"
    assert max(result.values()) > LARGEST_DEVIATION


def test_samples_with_activations_near_zero_are_not_compared() -> None:
    config = preset(0, "classic", "reference", channels=(4, 4), batch=4, latent=5)
    trainer = small_trainer(config)
    real, _ = clear_samples(trainer, config)
    _, least = margins(trainer.players.discriminator, real)
    _, of_all = margins(trainer.players.discriminator, to_unit(noise_images(128)))
    assert least.min() > np.median(of_all)
