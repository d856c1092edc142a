"""A chain of layers is a layer; a chain of chains is the same chain."""

import numpy as np
import pytest
from strategies import as_bytes, cast, close, numbers, pull

from nnet.activations import LeakyReLU
from nnet.dense import Dense
from nnet.layer import Array, Layer, Saved
from nnet.sequential import Sequential


def three(seed: int = 0) -> list[Layer]:
    rng = np.random.default_rng(seed)
    return [cast(Dense(4, 3, rng, LeakyReLU()), np.float64), LeakyReLU(0.5), cast(Dense(3, 2, rng), np.float64)]


def test_forward_and_back_go_layer_by_layer() -> None:
    a, b, c = three()
    chain = Sequential(a, b, c)
    rng = np.random.default_rng(1)
    x, dy = numbers(rng, 5, 4), numbers(rng, 5, 2)
    h, saved_a = a.forward(x)
    i, saved_b = b.forward(h)
    expected, saved_c = c.forward(i)
    y, saved = chain.forward(x)
    assert np.array_equal(y, expected)
    assert saved.x is x
    assert saved.y is y
    dx = pull(a, pull(b, pull(c, dy, saved_c), saved_b), saved_a)
    assert np.array_equal(pull(chain, dy, saved), dx)


def test_names_say_the_place() -> None:
    assert list(Sequential(*three()).parameters()) == ["0.W", "0.b", "2.W", "2.b"]
    a, b, c = three()
    nested = Sequential(Sequential(a), Sequential(Sequential(b, c)))
    assert list(nested.gradients()) == ["0.0.W", "0.0.b", "1.0.1.W", "1.0.1.b"]
    assert nested.parameters()["1.0.1.W"] is c.params["W"]
    assert [layer for _, layer in nested.leaves()] == [a, b, c]


def test_a_chain_of_chains_is_the_same_chain() -> None:
    flat = Sequential(*three())
    a, b, c = three()
    nested = Sequential(Sequential(a, Sequential(b)), c)
    x = numbers(np.random.default_rng(1), 5, 4)
    found = []
    for chain in (flat, nested):
        y, saved = chain.forward(x)
        dx = chain.backward(y, saved)
        assert dx is not None
        found.append([array.tobytes() for array in (y, dx, *chain.gradients().values())])
    assert found[0] == found[1]


def test_one_part_can_be_frozen() -> None:
    chain = Sequential(*three())
    y, saved = chain.forward(numbers(np.random.default_rng(1), 5, 4))
    with chain.layers[0].frozen():
        chain.backward(y, saved)
    moved = {name for name, dw in chain.gradients().items() if dw.any()}
    assert moved == {"2.W", "2.b"}


def test_a_frozen_part_inside_still_passes_the_gradient_on() -> None:
    chain = Sequential(*three())
    y, saved = chain.forward(numbers(np.random.default_rng(1), 5, 4))
    chain.backward(y, saved)
    first = as_bytes({name: chain.gradients()[name] for name in ("0.W", "0.b")})
    chain.zero_grads()
    with chain.layers[2].frozen():
        chain.backward(y, saved)
    assert as_bytes({name: chain.gradients()[name] for name in ("0.W", "0.b")}) == first
    assert not chain.gradients()["2.W"].any()


def test_the_first_dx_is_not_computed_where_nobody_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = Sequential(*three())
    y, saved = chain.forward(numbers(np.random.default_rng(1), 5, 4))

    def refuse(*_: object) -> Array:
        raise AssertionError("asked for the first dx")

    monkeypatch.setattr(chain.layers[0], "transposed", refuse)
    assert chain.backward(y, saved, need_dx=False) is None
    assert chain.gradients()["0.W"].any()
    with pytest.raises(AssertionError, match="asked for"):
        chain.backward(y, saved)


@pytest.mark.parametrize("count", [0, 2, 4])
def test_what_was_saved_must_be_of_this_chain(count: int) -> None:
    chain = Sequential(*three())
    y, saved = chain.forward(numbers(np.random.default_rng(1), 5, 4))
    with pytest.raises(ValueError, match="zip"):
        chain.backward(y, Saved(saved.x, saved.y, (*saved.parts, saved.parts[2])[:count]))
    assert not any(dw.any() for dw in chain.gradients().values())


def test_an_error_inside_comes_through() -> None:
    a, _, c = three()
    with pytest.raises(ValueError, match=r"^Dense: expected .*\(N, 4\), received \(5, 2\)"):
        Sequential(a, c, a).forward(numbers(np.random.default_rng(1), 5, 4))


def test_a_chain_draws_while_it_trains() -> None:
    chain = Sequential(*three())
    rng = np.random.default_rng(1)
    x, other = numbers(rng, 5, 4), numbers(rng, 9, 4)
    y, saved = chain.forward(x)
    chain.backward(y, saved)
    expected = {name: dw.copy() for name, dw in chain.gradients().items()}
    chain.zero_grads()
    y, saved = chain.forward(x)
    chain.forward(other)
    chain.backward(y, saved)
    for name, dw in chain.gradients().items():
        close(dw, expected[name])
