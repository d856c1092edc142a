"""A run that several processes train equals one of a single process, and no failure of
a process damages it.
"""

import multiprocessing
import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from gan.rules.run_config import Config
from gan.runs.provenance import newest_entry
from gan.runs.run import Run
from gan.runs.worker import Worker
from nnet.fast.team import SPINS
from nnet.threads import useful_cores
from nnet.weights import load
from tests.helpers import teams
from tests.helpers.commands import is_running, wait_for
from tests.helpers.fake_worker import tiny
from tests.helpers.strategies import as_bytes
from tests.helpers.workers import (
    all_events,
    create_run,
    saved_iteration,
    train_to,
)

pytestmark = pytest.mark.skipif(
    useful_cores(1000) == 1, reason="teams run on Linux only"
)

KINDS: dict[str, dict[str, Any]] = {
    "relativistic": {"digit": 3, "beta1": 0.5},
    "without penalty, three turns": {"digit": 3, "gamma": 0.0, "generator_updates": 3},
    "classic": {"digit": 3, "loss": "classic", "gamma": 0.0, "beta1": 0.5},
    "classic, unlocked": {"digit": 3, "loss": "classic", "gamma": 0.0, "freeze": False},
    "unlocked, fast convolution": {
        "digit": 3,
        "gamma": 0.0,
        "freeze": False,
        "channels": (32, 32),
    },
    "labels, bent": {"digit": None, "labels": True, "bend": True},
}


def config_of(kind: str, batch: int = 8, **changes: Any) -> Config:
    """Return a config whose learning rate is so small that rounding errors of one
    update do not grow in the next.
    """
    return tiny(**{"batch": batch, "learning_rate": 1e-6} | KINDS[kind] | changes)


@pytest.fixture(scope="module")
def compute() -> Iterator[Callable[..., Any]]:
    """Yield a function that calls another one in a process that has one thread."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn) as executor:
        yield lambda *call, **options: executor.submit(*call, **options).result()


@pytest.fixture(scope="module")
def alone(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that computes the gradients of one process once per config."""
    return cache(lambda config: compute(teams.measurements, config, 1))


# equal shares, unequal shares, and a share of a single pair
@pytest.mark.parametrize(("cores", "batch"), [(2, 8), (3, 8), (4, 7)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_team_computes_the_gradients_of_one_process(
    compute: Callable[..., Any],
    alone: Callable[..., Any],
    kind: str,
    cores: int,
    batch: int,
) -> None:
    config = config_of(kind, batch)
    found = compute(teams.measurements, config, cores)
    expected = alone(config)
    assert found.keys() == expected.keys()
    for part in {part_of(name) for name in expected}:
        names = [name for name in expected if part_of(name) == part]
        ours, theirs = (
            np.concatenate([arrays[name].ravel() for name in names])
            for arrays in (found, expected)
        )
        assert np.linalg.norm(ours - theirs) <= 1e-9 * np.linalg.norm(theirs), part


def part_of(name: str) -> str:
    """Return the name of a network, or of an optimizer's moment.

    A single array may be zero except for rounding.
    """
    return re.sub(r"[.]\d.*", "", name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_number_of_cores_gives_the_same_bits(
    compute: Callable[..., Any], kind: str
) -> None:
    config = config_of(kind, learning_rate=1e-2, freeze_switches=(2,))
    expected = compute(teams.state_after, config, 2, 4)
    assert compute(teams.state_after, config, 2, 4, watched=True) == expected
    for at in (1, 3):
        assert compute(teams.state_resumed, config, 2, 4, at) == expected
    assert compute(teams.state_after, config, 1, 4) != expected


def test_a_helper_that_was_stopped_continues(compute: Callable[..., Any]) -> None:
    config = config_of("relativistic")
    expected = compute(teams.state_after, config, 3, 4)
    assert compute(teams.stopped_and_continued, config, 3, 4) == expected


@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.parametrize(
    ("number", "message"),
    [(signal.SIGKILL, "was ended by signal 9"), (signal.SIGSTOP, "did not answer")],
)
def test_a_helper_that_fails_is_an_error(
    compute: Callable[..., Any], number: int, message: str, after: int
) -> None:
    config = config_of("relativistic")
    error, left = compute(teams.failure, config, 3, number, after)
    assert message in error
    assert left == 0


def test_helpers_end_with_their_leader(compute: Callable[..., Any]) -> None:
    helpers = compute(teams.orphans)
    wait_for(lambda: not any(map(is_running, helpers)), "the end of the helpers")


def test_a_run_survives_the_loss_of_a_helper(
    compute: Callable[..., Any], tmp_path: Path
) -> None:
    config = tiny(3, iterations=40, batch=16, picture_every=1000)
    interrupted, straight = (
        create_run(tmp_path / name, config) for name in ("interrupted", "straight")
    )
    process = Worker(interrupted, config, None, 2)
    process.start()
    train_to(process, interrupted, 6)
    (helper,) = psutil.Process(process.pid).children()
    helper.kill()
    process.send("train", 4)
    error = all_events(process)[-1]
    assert "helper" in error["message"]
    assert "to continue from the last checkpoint" in error["message"]
    assert saved_iteration(interrupted) == 6
    process.stop()
    compute(teams.train_as_worker, interrupted, config, 4)
    compute(teams.train_as_worker, straight, config, 10)
    arrays, texts = load(interrupted / "checkpoint.safetensors")
    expected, expected_texts = load(straight / "checkpoint.safetensors")
    assert as_bytes(arrays) == as_bytes(expected)
    assert texts == expected_texts
    assert newest_entry(Run(straight, config))["cores"] == 2


# Five processes that hardly spin sleep and wake each other, however many cores there
# are.
@pytest.mark.parametrize(("cores", "spins"), [(1, SPINS), (2, SPINS), (5, 100)])
def test_a_barrier_lets_every_process_see_what_the_others_wrote(
    compute: Callable[..., Any], cores: int, spins: int
) -> None:
    assert compute(teams.sums, cores, spins, 500) == [0] * cores
