"""Define a chain of layers, which is itself a layer.

`forward` runs the layers from first to last. `backward` runs them from last to first:
this is the chain rule.
"""

from collections.abc import Iterator
from typing import Any

from nnet.layer import Array, Layer, Saved


class Sequential(Layer):
    """A chain of layers, y = layers[-1](... layers[1](layers[0](x))).

    The chain is trainable while any of its layers is. The names of the weights begin
    with the layer's index: "0.W", "0.b", "1.W" and so on.
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__()
        self.layers = layers

    @property
    def trainable(self) -> bool:
        return any(layer.trainable for _, layer in self.leaves())

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        for _, layer in self.leaves():
            layer.trainable = trainable

    def forward(self, x: Array) -> tuple[Array, Saved]:
        y = x
        parts = []
        for layer in self.layers:
            y, saved = layer.forward(y)
            parts.append(saved)
        return y, Saved(x, y, tuple(parts))

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Any:
        dx: Any = dy
        for index in reversed(range(len(self.layers))):
            layer = self.layers[index]
            # Every layer but the first passes its dx on, as the dy of the layer before.
            dx = layer.backward(dx, saved.parts[index], need_dx=need_dx or index > 0)
        return dx

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        for index, layer in enumerate(self.layers):
            for prefix, leaf in layer.leaves():
                yield f"{index}.{prefix}", leaf
