"""PyTorch's side of benchmarks/layers.py: its operators, called as a user calls them."""

import torch  # isort: skip  before our own modules, whose setting of one thread for BLAS is not meant for it

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from benchmarks.contest.agreement import Arrays, deviations
from benchmarks.contest.contestant import Made
from benchmarks.sides.in_pytorch import build_discriminator, build_generator
from benchmarks.sides.layer_shapes import ADAM, LAYERS, PADDING, STRIDE, WAYS, Array, Shape
from gan.config import preset


def to_pytorch(name: str, array: Array) -> Array:
    """Images from (N, H, W, C) to (N, C, H, W), weights with the outputs first."""
    if array.ndim == 4:
        return array.transpose((3, 2, 0, 1) if name in ("W", "dW") else (0, 3, 1, 2))
    return array.T if name in ("W", "dW") else array


class TimedLayer:
    """An operator and its numbers."""

    def __init__(self, shape: Shape, samples: int, memory: torch.memory_format) -> None:
        self.kind = shape.kind
        tensors = {name: self._tensor(name, array, memory) for name, array in shape.numbers(samples).items()}
        self.x, self.W, self.b, self.dy = (tensors[name] for name in ("x", "W", "b", "dy"))
        for tensor in (self.x, self.W, self.b):
            tensor.requires_grad_()

    @staticmethod
    def _tensor(name: str, array: Array, memory: torch.memory_format) -> Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(to_pytorch(name, array)))
        return tensor.contiguous(memory_format=memory) if tensor.ndim == 4 else tensor

    def forward(self) -> None:
        """y, and the graph that going back needs."""
        if self.kind == "dense":
            self.y = F.linear(self.x, self.W, self.b)
        else:
            operator = F.conv2d if self.kind == "conv" else F.conv_transpose2d
            self.y = operator(self.x, self.W, self.b, STRIDE, PADDING)

    def backward(self) -> None:
        """Both gradients."""
        self.gradients = torch.autograd.grad(self.y, (self.x, self.W, self.b), self.dy)

    def frozen(self) -> None:
        """The input's gradient."""
        torch.autograd.grad(self.y, self.x, self.dy)

    def results(self) -> dict[str, Array]:
        """y, dx, dW and db."""
        self.forward()
        self.backward()
        gradients = zip(("dx", "dW", "db"), self.gradients, strict=True)
        return {"y": self.y.detach().numpy()} | {name: gradient.numpy() for name, gradient in gradients}


def layers(samples: int, threads: int, channels_last: bool) -> Made:
    """Every layer, each way."""
    torch.set_num_threads(threads)
    memory = torch.channels_last if channels_last else torch.contiguous_format
    timed = {name: TimedLayer(shape, samples, memory) for name, shape in LAYERS.items()}
    subjects = {f"{name} {way}": getattr(layer, way) for name, layer in timed.items() for way in WAYS}

    def before(subject: str) -> None:  # going back uses up the graph
        name, _, way = subject.rpartition(" ")
        if way != "forward" and name in timed:
            timed[name].forward()

    def check(path: str) -> dict[str, float]:
        ours: Arrays = dict(np.load(path))
        found: dict[str, float] = {}
        for name, layer in timed.items():
            for key, result in layer.results().items():
                found[f"{name} {key}"] = deviations([to_pytorch(key, ours[f"{name}.{key}"])], [result])[0]
        return found

    optimizer = make_adam(fused=channels_last)
    return Made(subjects | {ADAM: optimizer.step}, check, before)


def make_adam(fused: bool) -> torch.optim.Adam:
    """Adam over both players, with gradients; fused where the user has gone so far as to choose the memory format."""
    config = preset(None, "classic", "reference")
    weights = [*build_generator(config).parameters(), *build_discriminator(config).parameters()]
    for w in weights:
        w.grad = torch.randn_like(w)
    return torch.optim.Adam(weights, config.learning_rate, (config.beta1, config.beta2), fused=fused or None)
