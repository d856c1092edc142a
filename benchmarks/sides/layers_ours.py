"""Our side of benchmarks/layers.py: every layer with bias and without activation, and Adam."""

from collections.abc import Callable

import numpy as np

from benchmarks.contest.contestant import Made
from benchmarks.sides.layer_shapes import ADAM, LAYERS, WAYS, Shape
from gan.config import preset
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels.parallel import set_threads
from nnet.fast.optimizers import FastAdam
from nnet.layer import Saved

KINDS = {"conv": Conv2D, "transposed": ConvTranspose2D, "dense": Dense}


class TimedLayer:
    """A layer and its numbers."""

    def __init__(self, shape: Shape, samples: int) -> None:
        self.numbers = shape.numbers(samples)
        layer = KINDS[shape.kind](shape.inputs, shape.outputs, np.random.default_rng(0))
        for key, w in layer.params.items():
            w[...] = self.numbers[key]
        self.layer = accelerate(layer)
        self.saved: Saved | None = None

    def forward(self) -> None:
        """y, and what going back needs."""
        self.y, self.saved = self.layer.forward(self.numbers["x"])

    def backward(self) -> None:
        """Both gradients."""
        assert self.saved
        self.dx = self.layer.backward(self.numbers["dy"], self.saved)

    def frozen(self) -> None:
        """The input's gradient."""
        with self.layer.frozen():
            self.backward()

    def results(self) -> dict[str, np.ndarray]:
        """y, dx, dW and db."""
        self.layer.zero_grads()
        self.forward()
        y = self.y.copy()
        self.backward()
        assert self.dx is not None
        return {"y": y, "dx": self.dx, **{f"d{key}": dw for key, dw in self.layer.gradients().items()}}


def layers(samples: int, threads: int) -> Made:
    """Every layer, each way."""
    set_threads(threads)
    timed = {name: TimedLayer(shape, samples) for name, shape in LAYERS.items()}
    subjects = {f"{name} {way}": getattr(layer, way) for name, layer in timed.items() for way in WAYS}

    def before(subject: str) -> None:  # going back uses up what its forward has left
        name, _, way = subject.rpartition(" ")
        if way != "forward" and name in timed:
            timed[name].forward()

    def check(path: str) -> dict[str, float]:
        results = {f"{name}.{key}": array for name, layer in timed.items() for key, array in layer.results().items()}
        np.savez(path, **results)  # type: ignore[arg-type]
        return {}

    return Made(subjects | {ADAM: make_adam()}, check, before)


def make_adam() -> Callable[[], None]:
    """One step over both players."""
    config, rng = preset(None, "classic", "reference"), np.random.default_rng(0)
    networks = config.build_generator(rng), config.build_discriminator(rng)
    for network in networks:
        for dw in network.gradients().values():
            dw[...] = rng.standard_normal(dw.shape, np.float32)
    adam = FastAdam(*networks, beta1=config.beta1, beta2=config.beta2)
    return lambda: adam.step(config.learning_rate)
