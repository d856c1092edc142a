"""Compile all kernels before they are needed: `python -m nnet.fast.warm`.

Numba compiles a kernel at its first call and caches the result in `__pycache__` next to the source. `warm` calls each
kernel once on small arrays and leaves a stamp file. The name of the stamp file is a digest of the sources, the versions
of Python and numba, and the processor. A program that finds the stamp starts immediately. Otherwise it reports that it
is compiling kernels.
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
from numba.core.registry import cpu_target

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.accelerate import METHODS, accelerate
from nnet.fast.kernels import elementwise
from nnet.fast.kernels.bilinear_sampling import bilinear
from nnet.fast.kernels.products import add_product, product
from nnet.fast.optimizers import FastAdam, RunningAverage
from nnet.sequential import Sequential

KERNELS = Path(__file__).parent / "kernels"


def _processor() -> object:
    """Return the processor's name and features, in the form that numba's cache uses as a key."""
    return cpu_target.target_context.codegen().magic_tuple()


def _stamp(kernels: Path) -> Path:
    """Return the path of the stamp file, whose name contains a digest of everything the compiled kernels depend on."""
    place = os.environ.get("NUMBA_CACHE_DIR")
    digest = hashlib.sha256(f"{sys.version} {numba.__version__} {_processor()} {place}".encode())
    for source in sorted(kernels.glob("*.py")):
        digest.update(source.read_bytes())
    return kernels / "__pycache__" / f"warm-{digest.hexdigest()[:16]}"


def is_warm(kernels: Path | None = None) -> bool:
    """Return whether the current kernels in a folder (default: `KERNELS`) are compiled for this machine."""
    return _stamp(kernels or KERNELS).exists()


def leave_stamp(kernels: Path) -> None:
    """Record that the kernels in a folder are compiled, if the folder is writable."""
    try:
        for old in _stamp(kernels).parent.glob("warm-*"):
            old.unlink(missing_ok=True)
        _stamp(kernels).touch()
    except OSError:
        pass  # in a read-only checkout, numba keeps its cache elsewhere and only the stamp is missing


def _network(channels: int) -> Sequential:
    """Build a network with every kind of layer and the given number of channels."""
    rng, leaky = np.random.default_rng(0), LeakyReLU()
    return Sequential(
        Conv2D(1, channels, rng, activation=leaky),
        Conv2D(channels, channels, rng, activation=leaky),
        Reshape(49 * channels),
        Dense(49 * channels, 32, rng),
        Dense(32, 49 * channels, rng),
        Reshape(7, 7, channels),
        ConvTranspose2D(channels, channels, rng, activation=leaky),
        ConvTranspose2D(channels, 1, rng, activation=Tanh()),
    )


def warm() -> None:
    """Call every kernel of a training step once in float32, and leave the stamp."""
    for channels in (48, 64, 80):  # products.py uses 3, 2 and 1 registers per row for these widths
        for method in METHODS:
            network = accelerate(_network(channels), method)
            y, saved = network.forward(np.ones((2, 28, 28, 1), np.float32))
            network.backward(y, saved)
    # A panel that is a whole matrix is contiguous, and numba compiles separate code for it. Which layers use such
    # products depends on the size of the second-level cache (nnet/fast/layers.py).
    for width in (16, 32, 48, 64, 80, 96):
        x, W = np.ones((2, 2), np.float32), np.ones((2, width), np.float32)
        product(x, W)
        product(x, np.ones((width, 2), np.float32).T)
        add_product(x.T, W, np.ones((2, width), np.float32))
    bilinear(np.ones((1, 2, 2), np.uint8), np.ones((1, 4, 2), np.float32), np.empty((1, 4), np.float32))
    elementwise.mix(y, 0.5, y.copy(), np.ones(2, np.float32))  # used by the gradient penalty
    elementwise.mask_leaky(y, y.copy(), 0.5, in_place=True)
    FastAdam(network).step(1e-3)
    RunningAverage(network.network).update(1)
    elementwise.move([(y, y.copy())])
    leave_stamp(KERNELS)


def once(kernels: Path, compile_them: Callable[[], None], whose: str) -> None:
    """Compile the kernels in a folder if necessary, and report progress, because compiling takes up to a minute."""
    if not is_warm(kernels):
        print(f"Compiling {whose} (once, up to a minute) ...", flush=True)
        start = time.perf_counter()
        compile_them()
        print(f"Compiled in {time.perf_counter() - start:.0f} s.", flush=True)


def main() -> int:
    """Run `python -m nnet.fast.warm`."""
    once(KERNELS, warm, "the kernels")
    return 0


if __name__ == "__main__":
    sys.exit(main())
