"""A chain of layers is itself a layer, and nested chains are equivalent to flat ones."""

import numpy as np
import pytest

from nnet.activations import LeakyReLU
from nnet.dense import Dense
from nnet.layer import Array, Layer, Saved
from nnet.sequential import Sequential
from tests.helpers.strategies import cast, numbers


def three_layers(seed: int = 0) -> list[Layer]:
    rng = np.random.default_rng(seed)
    return [cast(Dense(4, 3, rng, LeakyReLU()), np.float64), LeakyReLU(0.5), cast(Dense(3, 2, rng), np.float64)]


def test_names_contain_the_position() -> None:
    assert list(Sequential(*three_layers()).parameters()) == ["0.W", "0.b", "2.W", "2.b"]
    a, b, c = three_layers()
    nested = Sequential(Sequential(a), Sequential(Sequential(b, c)))
    assert list(nested.gradients()) == ["0.0.W", "0.0.b", "1.0.1.W", "1.0.1.b"]
    assert nested.parameters()["1.0.1.W"] is c.params["W"]
    assert [layer for _, layer in nested.leaves()] == [a, b, c]


def test_a_layer_that_stands_twice_is_named_once() -> None:
    a, b, _ = three_layers()
    chain = Sequential(a, Sequential(b, a), a)
    assert list(chain.parameters()) == list(chain.gradients()) == ["0.W", "0.b"]
    assert [layer for _, layer in chain.leaves()] == [a, b, a, a]
    with chain.frozen():
        assert not a.trainable
    assert a.trainable


def test_the_first_dx_is_computed_only_if_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = Sequential(*three_layers())
    y, saved = chain.forward(numbers(np.random.default_rng(1), 5, 4))

    def refuse(*_: object) -> Array:
        raise AssertionError("computed the first dx")

    monkeypatch.setattr(chain.layers[0], "transposed", refuse)
    assert chain.backward(y, saved, need_dx=False) is None
    assert chain.gradients()["0.W"].any()
    with pytest.raises(AssertionError, match="computed the"):
        chain.backward(y, saved)


@pytest.mark.parametrize("count", [0, 2, 4])
def test_saved_parts_must_match_the_chain(count: int) -> None:
    chain = Sequential(*three_layers())
    y, saved = chain.forward(numbers(np.random.default_rng(1), 5, 4))
    with pytest.raises(ValueError, match="zip"):
        chain.backward(y, Saved(saved.x, saved.y, (*saved.parts, saved.parts[2])[:count]))
    assert not any(dw.any() for dw in chain.gradients().values())
