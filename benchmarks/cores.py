"""Time an iteration that several cores share, and compute it for more cores: `python -m benchmarks.cores`.

An iteration on n cores takes one core's share of it, and waiting. The share is timed without the other cores, for any
n. The waiting is what an iteration on all cores of this machine takes longer than its share: for barriers, and to fetch
what other cores have written. It is added to the shares of more cores than there are. The second table has the times
that follow for `train.py`, if more processes do not slow each other down.
"""

import argparse
import statistics
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing

from benchmarks.our_iteration import noise_data
from benchmarks.parse_options import Table, main_of, print_machine
from benchmarks.timing import WARM_UP_RUNS, time_runs
from gan.rules.config import Config, preset
from gan.runs.trainer import Trainer
from gan.runs.training_team import TrainingTeam
from nnet.fast.kernels.thread_pool import set_threads
from nnet.fast.team import Team
from nnet.threads import available_cores, divide, useful_cores

NETWORKS: dict[str, Config] = {
    "digits": preset(0),
    "quick": preset(None, network="quick"),  # what the button Fun trains
    "any": preset(None),
    "reference": preset(None, network="reference"),
}
CORES = (1, 2, 4, 8, 16, 32, 64, 72)
RUNS, ITERATIONS = 10, 8000  # of `python train.py`
ROUNDS, ROUND_ITERATIONS = 6, 10


class Alone(Team):
    """A leader without helpers, which does its share and does not wait for the others."""

    def fork(self, work: Callable[[], None]) -> None:
        """Start no helper."""

    def wait(self) -> None:
        """Do not wait."""


def trainer_of(config: Config, team: Team, stack: ExitStack) -> Trainer:
    """Return a trainer that has trained a few iterations. The stack ends its helpers."""
    trainer = Trainer(config, noise_data(config))
    if team.cores > 1:
        stack.enter_context(closing(TrainingTeam(trainer, team)))
    for _ in range(WARM_UP_RUNS):
        trainer.iterate()
    return trainer


def milliseconds(trainer: Trainer) -> float:
    """Return the median time of an iteration in a round."""
    return statistics.median(time_runs(trainer.iterate, ROUND_ITERATIONS))


def time_network(config: Config, here: int) -> tuple[dict[int, float], dict[int, float]]:
    """Return the ms of a core's share and of an iteration, by the number of cores, of which this machine has `here`."""
    numbers = [cores for cores in CORES if cores <= useful_cores(config.batch)]
    with ExitStack() as stack:
        trainers = [trainer_of(config, Alone(n), stack) for n in numbers]
        trainers += [trainer_of(config, Team(n), stack) for n in numbers if n <= here]
        rounds = [[milliseconds(trainer) for trainer in trainers] for _ in range(ROUNDS)]
    medians = [statistics.median(times) for times in zip(*rounds, strict=True)]
    shares = dict(zip(numbers, medians, strict=False))
    whole = dict(zip(numbers, medians[len(numbers) :], strict=False))
    most = max(whole)
    return shares, {n: whole.get(n, share + whole[most] - shares[most]) for n, share in shares.items()}


def seconds(cores: int, runs: int, batch: int, whole: dict[int, float]) -> tuple[int, int, float]:
    """Return how many runs `train.py` trains at once, the cores of each, and the time that all runs take."""
    each = divide(cores, runs)
    least = min(*each, useful_cores(batch))
    least = max(n for n in whole if n <= least)
    return len(each), least, ITERATIONS * whole[least] * -(-runs // len(each)) / 1000


def measure(asked: argparse.Namespace) -> None:
    print_machine()
    set_threads(1)
    here, found = available_cores(), dict[str, dict[int, float]]()
    table = Table({"network": 9, "cores": 5, "share, ms": 9, "iteration, ms": 13, "gain": 5, "": 8})
    for name, config in NETWORKS.items():
        shares, found[name] = time_network(config, here)
        for cores, whole in found[name].items():
            kind = "measured" if cores <= here else "computed"
            table.row([name, cores, f"{shares[cores]:.1f}", f"{whole:.1f}", f"{found[name][1] / whole:.2f}", kind])
    print(f"\n`train.py`, {ITERATIONS:,} iterations:\n")
    table = Table({"cores": 5, f"{RUNS} runs": 22, "s": 4, "one run": 9, "s ": 4})
    for cores in CORES:
        (at_once, each, all_seconds), (_, most, one) = (
            seconds(cores, runs, NETWORKS["digits"].batch, found["digits"]) for runs in (RUNS, 1)
        )
        table.row([cores, f"{at_once} of {each} core(s)", f"{all_seconds:.0f}", f"{most} core(s)", f"{one:.0f}"])


main = main_of(measure, {})

if __name__ == "__main__":
    sys.exit(main())
