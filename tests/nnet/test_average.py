"""The running average of a network's weights."""

import numpy as np

from nnet.fast.optimizers import RunningAverage
from tests.helpers.strategies import as_bytes, build, close, numbers


def test_the_average_matches_the_formula_also_for_a_frozen_network() -> None:
    network, _ = build("chain")
    average = RunningAverage(network)
    expected = {name: w.copy() for name, w in network.parameters().items()}
    rng = np.random.default_rng(0)
    for t, decay in ((1, 2 / 11), (2, 3 / 12), (90, 0.91), (8989, 8990 / 8999), (8990, 0.999), (10**6, 0.999)):
        for name, w in network.parameters().items():
            w[...] = numbers(rng, *w.shape)
            expected[name] = decay * expected[name] + (1 - decay) * w
        with network.frozen():
            average.update(t)
        for name, w in average.network.parameters().items():
            close(w, expected[name])


def test_the_average_starts_as_an_independent_copy() -> None:
    network, _ = build("nested chain", np.float32)
    average = RunningAverage(network)
    before = as_bytes(network.parameters())
    assert as_bytes(average.network.parameters()) == before
    for w in average.network.parameters().values():
        assert w.dtype == np.float32
        w += 1
    average.update(3)
    assert as_bytes(network.parameters()) == before
