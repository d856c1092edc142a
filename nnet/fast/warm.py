"""Compile all kernels before they are needed: `python -m nnet.fast.warm`.

Numba compiles a kernel at its first call and caches the result in `__pycache__` next to
the source. `warm` calls each kernel once on small arrays. With `compiling`, a program
learns that the first kernel is about to be compiled.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
from numba.core import event

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.accelerate import METHODS, accelerate
from nnet.fast.kernels import elementwise
from nnet.fast.kernels.bilinear_sampling import bilinear
from nnet.fast.kernels.products import product
from nnet.fast.network_in_shared_memory import SharedNetwork, TeamAdam
from nnet.fast.optimizers import FastAdam, RunningAverage
from nnet.fast.team import Team
from nnet.layer import Layer
from nnet.sequential import Sequential
from nnet.threads import LEAST_SHARE, useful_cores


class _FirstCompilation(event.Listener):
    """A numba listener that calls `tell` before the first compilation of a kernel.

    Loading a kernel from the cache is no compilation. Numba's own functions do not
    count.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        self.tell = tell
        self.has_begun = False

    def on_start(self, event: Any) -> None:
        is_own = not event.data["dispatcher"].py_func.__module__.startswith("numba.")
        if is_own and not self.has_begun:
            self.has_begun = True
            self.tell()

    def on_end(self, event: Any) -> None:
        """Do nothing."""


@contextmanager
def compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` once before a kernel is compiled within the block, if any is."""
    with event.install_listener("numba:compile", _FirstCompilation(tell)):
        yield


def _network(channels: int) -> Sequential:
    """Build a network with every kind of layer and the given number of channels."""
    rng = np.random.default_rng(0)
    leaky = LeakyReLU()
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
    """Call every kernel of a training step once in float32."""
    for channels in (48, 64, 80):
        # products.py uses 3, 2 and 1 registers per row for these widths
        for method in METHODS:
            network = accelerate(_network(channels), method)
            y, saved = network.forward(np.ones((2, 28, 28, 1), np.float32))
            network.backward(y, saved)
    # Numba compiles separate code to copy a transposed matrix of one panel, which is
    # contiguous, and of several. Which layers use such products depends on the size of
    # the second-level cache (nnet/fast/layers.py).
    for width in (16, 96):
        product(np.ones((2, 2), np.float32), np.ones((width, 2), np.float32).T)
    bilinear(
        np.ones((1, 2, 2), np.uint8),
        np.ones((1, 4, 2), np.float32),
        np.empty((1, 4), np.float32),
    )
    # used by the gradient penalty
    elementwise.mix(y, 0.5, y.copy(), np.ones(2, np.float32))
    elementwise.mask_leaky(y, y.copy(), 0.5, in_place=True)
    FastAdam(network).step(1e-3)
    RunningAverage(network).update(1)
    if useful_cores(2 * LEAST_SHARE) > 1:  # elsewhere, a run has no team
        _warm_team(network)


def _warm_team(network: Layer) -> None:
    with closing(Team(1)) as team:
        adam = TeamAdam(
            [SharedNetwork(team, network)], np.ones(1, np.float32), FastAdam(network)
        )
        adam.take(FastAdam(network))
        adam.step(1e-3)


def announced(call: Callable[[], None], whose: str) -> None:
    """Call a function, and print messages if it compiles kernels, which takes a while.

    `whose` names the kernels in the message, such as "the kernels".
    """
    began: list[float] = []

    def announce() -> None:
        began.append(time.perf_counter())
        print(f"Compiling {whose} (once, up to half a minute) ...", flush=True)

    with compiling(announce):
        call()
    if began:
        print(f"Compiled in {time.perf_counter() - began[0]:.0f} s.", flush=True)


def main() -> int:
    announced(warm, "the kernels")
    return 0


if __name__ == "__main__":
    sys.exit(main())
