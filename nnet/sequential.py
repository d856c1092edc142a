"""Define a chain of layers, which is itself a layer.

`forward` runs the layers from first to last, and `backward` from last to first (the chain rule).
"""

from __future__ import annotations

from collections.abc import Iterator

from nnet.layer import Array, Layer, Saved


class Sequential(Layer):
    """A chain of layers, y = layers[-1](... layers[1](layers[0](x))).

    The names of the weights begin with the layer's index: "0.W", "0.b", "1.W" and so on.
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__()
        self.layers = layers

    @property
    def trainable(self) -> bool:
        """Whether any layer of the chain is trainable."""
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        for layer in self.layers:
            layer.trainable = trainable

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Run x through every layer."""
        y, parts = x, []
        for layer in self.layers:
            y, saved = layer.forward(y)
            parts.append(saved)
        return y, Saved(x, y, tuple(parts))

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        """Run `backward` of every layer, last to first. Without `need_dx`, skip the first layer's dx."""
        dx: Array | None = dy
        for index, (layer, part) in reversed([*enumerate(zip(self.layers, saved.parts, strict=True))]):
            assert dx is not None
            dx = layer.backward(dx, part, need_dx=need_dx or index > 0)
        return dx

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        """Yield every layer, including the layers of nested chains."""
        for index, layer in enumerate(self.layers):
            for prefix, leaf in layer.leaves():
                yield f"{index}.{prefix}", leaf
