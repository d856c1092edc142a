"""The running average of weights."""

import numpy as np
import pytest
from strategies import as_bytes, build, close, numbers, threads

from nnet.activations import LeakyReLU
from nnet.conv import Conv2D
from nnet.fast.accelerate import accelerate
from nnet.fast.optimizers import RunningAverage
from nnet.sequential import Sequential


def test_the_average_is_the_formula_over_many_iterations() -> None:
    network, _ = build("chain")
    average = RunningAverage(network)
    expected = {name: w.copy() for name, w in network.parameters().items()}
    rng = np.random.default_rng(0)
    for t in range(1, 30):
        decay = (1 + t) / (10 + t)
        for name, w in network.parameters().items():
            w[...] = numbers(rng, *w.shape)
            expected[name] = decay * expected[name] + (1 - decay) * w
        average.update(t)
    for name, w in average.network.parameters().items():
        close(w, expected[name])


@pytest.mark.parametrize(("t", "decay"), [(1, 2 / 11), (90, 0.91), (8989, 8990 / 8999), (8990, 0.999), (10**6, 0.999)])
def test_the_decay_grows_to_its_limit(t: int, decay: float) -> None:
    network, _ = build("dense")
    network.params["W"][...] = 0
    average = RunningAverage(network)
    network.params["W"][...] = 1
    average.update(t)
    np.testing.assert_allclose(average.network.params["W"], 1 - decay, rtol=1e-9)


def test_it_starts_as_a_copy_and_leaves_the_network_alone() -> None:
    network, x = build("nested chain", np.float32)
    average = RunningAverage(network)
    assert as_bytes(average.network.parameters()) == as_bytes(network.parameters())
    assert np.array_equal(average.network.forward(x)[0], network.forward(x)[0])
    for name, w in average.network.parameters().items():
        assert not np.shares_memory(w, network.parameters()[name])
        w += 1
    before = as_bytes(network.parameters())
    average.update(3)
    assert as_bytes(network.parameters()) == before
    assert {w.dtype for w in average.network.parameters().values()} == {np.dtype(np.float32)}


def test_frozen_or_not_the_average_follows() -> None:
    network, _ = build("dense")
    average = RunningAverage(network)
    network.params["b"] += 1
    before = average.network.params["b"].copy()
    with network.frozen():
        average.update(1)
    close(average.network.params["b"], before + 9 / 11)


def test_the_average_of_a_network_follows_what_its_fast_twin_learns_and_draws_with_its_own_weights() -> None:
    network = Sequential(Conv2D(8, 32, np.random.default_rng(0), LeakyReLU()))
    fast, average = accelerate(network), RunningAverage(network)
    fast_average = accelerate(average.network)
    x = numbers(np.random.default_rng(1), 3, 14, 14, 8, dtype=np.float32)
    with threads(2):
        for t in range(1, 4):
            y, _ = fast.forward(x)
            drawn, _ = fast_average.forward(x)
            close(drawn, average.network.forward(x)[0], np.float32)
            assert np.array_equal(drawn, y) == (t == 1)
            fast.parameters()["0.W"][...] *= 1.5
            average.update(t)


def test_every_thread_count_gives_the_same_bits() -> None:
    found = []
    for count in (1, 2, 3):
        network, _ = build("chain", np.float32)
        average = RunningAverage(network)
        for w in network.parameters().values():
            w += 1
        with threads(count):
            average.update(1)
        found.append(as_bytes(average.network.parameters()))
    assert found[0] == found[1] == found[2]
