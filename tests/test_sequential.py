"""A chain of layers is a layer; a chain of chains is the same chain."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from strategies import as_bytes, build, cast, close, numbers

from nnet.activations import LeakyReLU, Tanh
from nnet.dense import Dense
from nnet.layer import Array, Layer, Saved
from nnet.sequential import Sequential


def three(seed: int = 0) -> list[Layer]:
    rng = np.random.default_rng(seed)
    return [cast(Dense(4, 3, rng, LeakyReLU()), np.float64), LeakyReLU(0.5), cast(Dense(3, 2, rng), np.float64)]


def test_forward_back_and_push_go_layer_by_layer() -> None:
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
    assert np.array_equal(chain.pull(dy, saved), a.pull(b.pull(c.pull(dy, saved_c), saved_b), saved_a))
    assert np.array_equal(chain.push(x, saved), c.push(b.push(a.push(x, saved_a), saved_b), saved_c))


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
        gradients = list(chain.gradients().values())
        found.append([array.tobytes() for array in (y, dx, chain.push(x, saved), *gradients)])
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


@pytest.mark.parametrize("name", ["chain", "nested chain"])
@pytest.mark.parametrize("wrong", ["x", "bias_weight"])
def test_accumulate_refuses_another_input(name: str, wrong: str) -> None:
    chain, x = build(name)
    y, saved = chain.forward(x)
    with pytest.raises(ValueError, match=r"^Sequential.accumulate: expected no x and no bias_weight"):
        chain.accumulate(y, saved, **{wrong: x})
    assert not any(dw.any() for dw in chain.gradients().values())


def test_what_was_saved_must_be_of_this_chain() -> None:
    chain = Sequential(*three())
    y, saved = chain.forward(numbers(np.random.default_rng(1), 5, 4))
    with pytest.raises(ValueError, match="zip"):
        chain.pull(y, Saved(saved.x, saved.y, saved.parts[:2]))


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


def test_a_chain_prepares_every_layer_and_ends_it_even_after_an_error() -> None:
    log: list[str] = []

    class Watched(LeakyReLU):
        @contextmanager
        def prepared(self) -> Iterator[None]:
            log.append("begin")
            try:
                yield
            finally:
                log.append("end")

    chain = Sequential(Watched(), Sequential(Dense(4, 4, np.random.default_rng(0)), Watched()))
    with chain.prepared():
        log.append("within")
    assert log == ["begin", "begin", "within", "end", "end"]
    with suppress(KeyError), chain.prepared():
        raise KeyError
    assert log.count("begin") == log.count("end") == 4


def test_a_chain_is_as_curved_as_its_most_curved_layer() -> None:
    assert Sequential(LeakyReLU(), Sequential(LeakyReLU())).piecewise_linear
    assert not Sequential(LeakyReLU(), Sequential(Tanh())).piecewise_linear
