"""A chain of layers is a layer: forward goes left to right, pull right to left (the chain rule), push left to right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from nnet.layer import Array, Layer, Saved


class Sequential(Layer):
    """y = layers[-1](... layers[1](layers[0](x))).

    Weights are named by the layer's place: "0.W", "0.b", "1.W" ...
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__()
        self.layers = layers
        self.piecewise_linear = all(layer.piecewise_linear for layer in layers)

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Run x through every layer."""
        y, parts = x, []
        for layer in self.layers:
            y, saved = layer.forward(y)
            parts.append(saved)
        return y, Saved(x, y, tuple(parts))

    def pull(self, dy: Array, saved: Saved) -> Array:
        """dx = J_1^T J_2^T ... J_n^T dy."""
        for layer, part in zip(reversed(self.layers), reversed(saved.parts), strict=True):
            dy = layer.pull(dy, part)
        return dy

    def push(self, u: Array, saved: Saved) -> Array:
        """J_n ... J_2 J_1 u."""
        for layer, part in zip(self.layers, saved.parts, strict=True):
            u = layer.push(u, part)
        return u

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        """`backward` of every layer, last to first. The first layer's dx is computed only where it is needed."""
        dx: Array | None = dy
        for index in reversed(range(len(self.layers))):
            assert dx is not None
            dx = self.layers[index].backward(dx, saved.parts[index], need_dx=need_dx or index > 0)
        return dx

    def accumulate(self, dy: Array, saved: Saved, x: Array | None = None, bias_weight: Array | None = None) -> None:
        """Add every layer's weight gradient. A chain has many inputs: x and bias_weight are refused."""
        if x is not None or bias_weight is not None:
            raise ValueError("Sequential.accumulate: expected no x and no bias_weight; call it layer by layer")
        for layer, part in zip(reversed(self.layers), reversed(saved.parts), strict=True):
            layer.accumulate(dy, part)
            dy = layer.pull(dy, part)

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Every layer's."""
        with ExitStack() as stack:
            for layer in self.layers:
                stack.enter_context(layer.prepared())
            yield

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        """Every layer, those of nested chains too."""
        for index, layer in enumerate(self.layers):
            for prefix, leaf in layer.leaves():
                yield f"{index}.{prefix}", leaf
