"""What several test files compare with: finite differences, and snapshots of everything a layer or a trainer holds."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from fake_worker import tiny
from numpy.typing import NDArray

from gan.data import Dataset
from gan.models import build_discriminator, build_generator
from gan.runs.trainer import Trainer
from gan.training import Players
from nnet.layer import Layer, Saved
from nnet.optimizers import Adam

STEP = 1e-6  # of finite differences in float64: an error of about 1e-10 from rounding


def in_float64(layer: Layer) -> Layer:
    """Weights and gradients of a layer as float64; returns the layer."""
    for _, leaf in layer.leaves():
        leaf.params = {key: w.astype(np.float64) for key, w in leaf.params.items()}
        leaf.grads = {key: dw.astype(np.float64) for key, dw in leaf.grads.items()}
    return layer


def numeric_gradient(f: Callable[[], float], w: NDArray[Any]) -> NDArray[np.float64]:
    """df/dw, one number of w at a time: (f(w + h) - f(w - h)) / 2h. w is changed in place and put back."""
    gradient = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        before = w[index]
        w[index] = before + STEP
        above = f()
        w[index] = before - STEP
        gradient[index] = (above - f()) / (2 * STEP)
        w[index] = before
    return gradient


def distance_to_kinks(network: Layer, saved: Saved, slope: float = 0.2) -> float:
    """How near any number in front of a LeakyReLU came to its kink at 0, in a forward of a Sequential."""
    inner = [part.y for (_, layer), part in zip(network.leaves(), saved.parts, strict=True) if layer.params][:-1]
    return min(float(np.abs(np.where(y > 0, y, y / slope)).min()) for y in inner)


def small_players(freeze: bool, seed: int = 0, double: bool = False, labels: bool = False) -> Players:
    """Two small networks with an Adam each, as the trainer makes them."""
    sizes: dict[str, Any] = {"channels": (2, 3), "latent": 3, "hidden_generator": (4,), "hidden_discriminator": 4}
    config = tiny(None if labels else 3, labels=labels, **sizes)
    rng = np.random.default_rng(seed)
    G: Layer = build_generator(config, rng)
    D: Layer = build_discriminator(config, rng)
    if double:
        G, D = in_float64(G), in_float64(D)
    return Players(G, D, Adam(*((G,) if freeze else (G, D)), beta1=0.5), Adam(D, beta1=0.5))


def snapshot(arrays: Mapping[str, NDArray[Any]]) -> dict[str, bytes]:
    """Every array as bytes: equal only if bit for bit the same."""
    return {name: array.tobytes() for name, array in arrays.items()}


def everything(trainer: Trainer) -> tuple[dict[str, bytes], dict[str, str]]:
    """A trainer's whole state, bit for bit."""
    arrays, texts = trainer.state()
    return snapshot(arrays), texts


def noise_digits(count: int = 20, seed: int = 1) -> Dataset:
    """Images of noise that all show a 3: enough to train on where what is learned does not matter."""
    images = np.random.default_rng(seed).integers(0, 256, (count, 28, 28), dtype=np.uint8)
    return Dataset(images, np.full(count, 3, np.uint8), f"{count} digits of noise")


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Wait for another process to have done something."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def assert_refused(
    main: Callable[[list[str]], int], arguments: list[str], name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command must refuse these arguments: exit code 2 and one line, which begins with its name and has the words."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"{name}: ")
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
