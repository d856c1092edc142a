"""The running average of a network's weights."""

import numpy as np
import pytest

from nnet.fast.optimizers import RunningAverage
from tests.helpers.strategies import as_bytes, build, close, numbers


def test_the_average_matches_the_formula() -> None:
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
def test_the_decay_grows_to_its_limit_also_for_a_frozen_network(t: int, decay: float) -> None:
    network, _ = build("dense")
    network.params["W"][...] = 0
    average = RunningAverage(network)
    network.params["W"][...] = 1
    with network.frozen():
        average.update(t)
    np.testing.assert_allclose(average.network.params["W"], 1 - decay, rtol=1e-9)


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
