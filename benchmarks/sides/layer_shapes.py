"""The layers that benchmarks/layers.py times, with the numbers that go through them, the same on both sides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

KERNEL, STRIDE, PADDING = 4, 2, 1
WAYS = ("forward", "backward", "frozen")  # backward: both gradients; frozen: that of the input alone
ADAM = "Adam over the reference network"


@dataclass(frozen=True)
class Shape:
    """A layer: "conv", "transposed" or "dense", of so many inputs and outputs, on a map of so many pixels a side."""

    kind: str
    inputs: int
    outputs: int
    side: int = 1

    @property
    def x(self) -> tuple[int, ...]:
        """Shape of a sample: (H, W, C), or (C,) for a dense layer."""
        return (self.inputs,) if self.kind == "dense" else (self.side, self.side, self.inputs)

    @property
    def y(self) -> tuple[int, ...]:
        """Shape of a sample's output."""
        after = {"conv": self.side // STRIDE, "transposed": self.side * STRIDE}
        return (self.outputs,) if self.kind == "dense" else (after[self.kind], after[self.kind], self.outputs)

    @property
    def W(self) -> tuple[int, ...]:
        """Shape of the weight: a transposed convolution's is that of the convolution it mirrors."""
        if self.kind == "dense":
            return (self.inputs, self.outputs)
        ends = (self.outputs, self.inputs) if self.kind == "transposed" else (self.inputs, self.outputs)
        return (KERNEL, KERNEL, *ends)

    def flop(self, way: str, samples: int) -> int:
        """Operations as the formula has them, however they are computed: the measure by which GFLOP/s compare."""
        places = math.prod(self.y[:-1]) if self.kind == "conv" else math.prod(self.x[:-1])
        return 2 * samples * places * math.prod(self.W) * (2 if way == "backward" else 1)

    def numbers(self, samples: int) -> dict[str, Array]:
        """x, W, b and dy, normally distributed."""
        rng = np.random.default_rng(0)
        shapes = {"x": (samples, *self.x), "W": self.W, "b": (self.outputs,), "dy": (samples, *self.y)}
        return {name: rng.standard_normal(shape, np.float32) for name, shape in shapes.items()}


LAYERS: Mapping[str, Shape] = {
    "conv 1->64": Shape("conv", 1, 64, 28),
    "conv 64->128": Shape("conv", 64, 128, 14),
    "transposed 128->64": Shape("transposed", 128, 64, 7),
    "transposed 64->1": Shape("transposed", 64, 1, 14),
    "dense 64->6272": Shape("dense", 64, 6272),
    "dense 6272->256": Shape("dense", 6272, 256),
    "dense 6272->1": Shape("dense", 6272, 1),
}
