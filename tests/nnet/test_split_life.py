"""Split networks over time: changes of thread count and network, copies, errors, and `for_each_share`."""

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from unittest.mock import Mock

import numpy as np
import pytest

from nnet.activations import LeakyReLU
from nnet.conv import Conv2D
from nnet.dense import Affine
from nnet.fast.accelerate import accelerate
from nnet.fast.convolution_methods import Winograd
from nnet.fast.kernels import im2col, parallel
from nnet.fast.layers import FastConvolution
from nnet.fast.split import Split
from nnet.gradcheck import in_float64
from nnet.layer import Layer, Saved
from nnet.sequential import Sequential
from tests.helpers.splits import COUNTS, batch, everything, pair
from tests.helpers.strategies import Array, as_bytes, close, pull, threads


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    """Use two threads, and restore the previous number afterwards."""
    with threads(2):
        yield


# Several forward passes, with a different number of threads in between


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize("before", [1, 2, 3])
def test_backward_on_another_number_of_threads(before: int, after: int) -> None:
    split, whole = pair()
    x = batch(7)
    expected = everything(whole, x)
    parallel.set_threads(before)
    y, saved = split.forward(x)
    parallel.set_threads(after)
    dx = split.backward(np.cos(y), saved)
    close(dx, expected["dx"])
    close(pull(split, np.cos(y), saved), expected["dx"])
    for key, dw in split.gradients().items():
        close(dw, expected[f"backward {key}"])


# Changes to the network


def other_dtype(network: Layer) -> None:
    in_float64(network)


def other_weights_in_place(network: Layer) -> None:
    for w in network.parameters().values():
        w *= 2


def other_arrays(network: Layer) -> None:
    for _, leaf in network.leaves():
        leaf.params = {key: 2 * w for key, w in leaf.params.items()}


def other_array_under_the_same_key(network: Layer) -> None:
    for _, leaf in network.leaves():
        for key, w in leaf.params.items():
            leaf.params[key] = 2 * w


def other_activation(network: Layer) -> None:
    (_, first), *_ = network.leaves()
    assert isinstance(first, Affine)
    first.activation = LeakyReLU(0.7)


CHANGES = [other_dtype, other_weights_in_place, other_arrays, other_array_under_the_same_key, other_activation]


@pytest.mark.parametrize("change", CHANGES)
def test_changes_of_the_network_reach_every_share(change: Callable[[Layer], None]) -> None:
    split, whole = pair(dtype=np.float32)
    everything(split, batch(6, dtype=np.float32))
    for network in (split, whole):
        change(network)
    dtype = next(iter(whole.parameters().values())).dtype
    x = batch(6, dtype=dtype)
    result = everything(split, x)
    for key, array in everything(whole, x).items():
        close(result[key], array, dtype)


def test_a_new_method_reaches_every_share(monkeypatch: pytest.MonkeyPatch) -> None:
    split, x = (
        accelerate(Sequential(Conv2D(8, 32, np.random.default_rng(0))), "im2col"),
        np.ones((4, 14, 14, 8), np.float32),
    )
    y, saved = split.forward(x)
    ((_, layer),) = split.leaves()
    assert isinstance(layer, FastConvolution)
    layer.method = Winograd()
    monkeypatch.setattr(im2col, "gather", Mock(side_effect=AssertionError("computed by im2col")))
    monkeypatch.setattr(im2col, "scatter", Mock(side_effect=AssertionError("computed by im2col")))
    close(split.forward(x)[0], y, np.float32)
    split.backward(y, saved)


def test_a_copy_is_independent() -> None:
    split, whole = pair("images")
    x = batch(4, "images")
    y, saved = split.forward(x)
    split.backward(y, saved)
    gradients = as_bytes(split.gradients())
    other = copy.deepcopy(split)
    assert isinstance(other, Split)
    assert as_bytes(other.parameters()) == as_bytes(split.parameters())
    assert as_bytes(everything(other, x)) == as_bytes(everything(copy.deepcopy(other), x))
    for w in other.parameters().values():
        w *= 2
    other.zero_grads()
    doubled, _ = other.forward(x)
    for w in whole.parameters().values():
        w *= 2
    close(doubled, whole.forward(x)[0])
    assert as_bytes(split.gradients()) == gradients
    assert split.forward(x)[0].tobytes() == y.tobytes()


# for_each_share


def test_for_each_share_gives_every_share_its_part() -> None:
    split, _ = pair()
    x, weight = batch(7), np.arange(7.0)
    parallel.set_threads(3)
    _, saved = split.forward(x)

    def inspect(network: Layer, x: Array, weight: Array, part: Saved) -> tuple[list[float], bool]:
        same = np.array_equal(part.x, x) and np.array_equal(network.forward(x)[0], part.y)
        return weight.tolist(), same

    assert split.for_each_share(inspect, x, weight, saved) == [([0, 1], True), ([2, 3], True), ([4, 5, 6], True)]
    assert split.for_each_share(lambda network, weight: weight.sum(), weight) == [1, 5, 15]
    parallel.set_threads(1)  # the parts depend on `saved`, not on the current number of threads
    assert [len(values) for values, _ in split.for_each_share(inspect, x, weight, saved)] == [2, 2, 3]


@COUNTS
def test_gradients_added_in_for_each_share_reach_the_network(count: int) -> None:
    split, _ = pair()
    split.gradients()["0.b"][...] = 100
    total = batch(7).sum()

    def add(network: Layer, x: Array) -> None:
        network.gradients()["0.b"] += x.sum()

    with threads(count):
        split.for_each_share(add, batch(7))
        close(split.gradients()["0.b"], np.full(5, 100 + total))
        split.for_each_share(add, batch(7))
    close(split.gradients()["0.b"], np.full(5, 100 + 2 * total))


def test_for_each_share_calls_once_for_an_empty_batch() -> None:
    split, _ = pair()
    assert split.for_each_share(lambda network, x: len(x), batch(0)) == [0]


# Errors


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_an_error_in_a_share_leaves_no_state(failing: int) -> None:
    split, whole = pair()
    parallel.set_threads(3)
    x = batch(6)
    y, saved = split.forward(x)

    def fail(network: Layer, dy: Array, part: Saved) -> None:
        network.backward(dy, part)
        if part.x is saved.parts[failing].x:
            raise ArithmeticError(f"share {failing}")

    with pytest.raises(ArithmeticError, match=f"share {failing}"):
        split.for_each_share(fail, y, saved)
    result, expected = everything(split, x), everything(whole, x)
    for key, array in expected.items():
        close(result[key], array)


def test_an_error_while_frozen_unfreezes() -> None:
    split, _ = pair()
    y, saved = split.forward(batch(6))
    with suppress(ValueError), split.frozen():
        split.backward(y[:, :1].repeat(3, 1), saved)
    split.backward(y, saved)
    assert all(dw.any() for dw in split.gradients().values())
