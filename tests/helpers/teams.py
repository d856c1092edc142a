"""Train in a team of processes.

A process with threads cannot be copied, so tests call these functions in a new one.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from gan.rules.adversarial_game import IterationResult
from gan.rules.run_config import Config
from gan.runs.messages import SentCommand
from gan.runs.trainer import Batch, Trainer
from gan.runs.training_team import TrainingTeam
from gan.runs.worker import train_until_quit
from gan.runs.worker_link import WorkerChannel
from nnet.fast import team as team_module
from nnet.fast.kernels.thread_pool import set_threads
from nnet.fast.team import Team, TeamError, shared
from nnet.gradcheck import in_float64
from nnet.layer import Layer
from tests.helpers.players import everything, noise_digits

State = tuple[dict[str, bytes], dict[str, str]]


def trainer_of(config: Config) -> Trainer:
    return Trainer(config, noise_digits(2 * config.batch))


@contextmanager
def team_of(trainer: Trainer, cores: int) -> Iterator[TrainingTeam | None]:
    """Let several processes train the trainer within the block; one core is no team."""
    team = TrainingTeam(trainer, Team(cores)) if cores > 1 else None
    try:
        yield team
    finally:
        if team:
            team.close()


def measurements(config: Config, cores: int) -> dict[str, Any]:
    """Return the measurements of each iteration, and the arrays after the last one,
    computed in float64.

    In float32, rounding decides the sign of some activations, and so a part of their
    gradients.
    """

    def double(build: Callable[..., Layer]) -> Callable[..., Layer]:
        return lambda *given: in_float64(build(*given))

    with patch.multiple(
        Config,
        build_generator=double(Config.build_generator),
        build_discriminator=double(Config.build_discriminator),
    ):
        trainer = trainer_of(config)
    with team_of(trainer, cores):
        play = trainer.play

        def play_double(
            trainer: Trainer, batch: Batch, rate: float, between: Callable[[], None]
        ) -> IterationResult:
            real, latents = (x.astype(np.float64) for x in (batch.real, batch.latents))
            return play(trainer, Batch(real, batch.digits, latents), rate, between)

        trainer.play = play_double
        done = [trainer.iterate(measure_d_change=True) for _ in range(2)]
    arrays, _ = trainer.state()
    rows = [
        [*vars(each.measured).values(), each.learning_rate, each.d_change]
        for each in done
    ]
    return {"measured": np.array(rows)} | {
        name: array.copy() for name, array in arrays.items()
    }


def state_after(
    config: Config, cores: int, iterations: int, *, watched: bool = False
) -> State:
    """Return the state after an uninterrupted training, which is watched or not."""
    trainer = trainer_of(config)
    with team_of(trainer, cores):
        for _ in range(iterations):
            trainer.iterate(measure_d_change=watched)
            if watched:
                trainer.draw()
    return everything(trainer)


def state_resumed(config: Config, cores: int, iterations: int, at: int) -> State:
    """Return the same, but the team trains something else first, and goes on from a
    checkpoint at an iteration.
    """
    trainer = trainer_of(config)
    with team_of(trainer, cores) as team:
        assert team
        for _ in range(at):
            trainer.iterate()
        arrays, texts = trainer.state()
        arrays = {name: array.copy() for name, array in arrays.items()}
        trainer.iterate()
        resumed = trainer_of(config)
        team.bind(resumed)
        resumed.restore(arrays, texts, "")
        for _ in range(iterations - at):
            resumed.iterate()
    return everything(resumed)


# What happens to the helpers


def stopped_and_continued(config: Config, cores: int, iterations: int) -> State:
    """Return the state after a training in which a helper was stopped, and continued as
    the leader looked for it.
    """
    trainer = trainer_of(config)
    with team_of(trainer, cores) as team:
        assert team
        helper = team.team.helpers[-1]
        check = team.team.check

        def continue_helper(waited: float) -> None:
            os.kill(helper, signal.SIGCONT)
            check(waited)

        with patch.object(team.team, "check", continue_helper):
            trainer.iterate()  # so that the helpers ignore signals
            for _ in range(iterations - 1):
                os.kill(helper, signal.SIGSTOP)
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    # which helpers ignore
                    os.kill(helper, number)
                trainer.iterate()
    return everything(trainer)


def failure(config: Config, cores: int, number: int, after: int) -> tuple[str, int]:
    """Send a helper a signal after some iterations.

    Return the leader's error, and how many helpers are left.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # as a program may that starts ours
    trainer = trainer_of(config)
    with team_of(trainer, cores) as team:
        assert team
        helpers = list(team.team.helpers)
        for _ in range(after):
            trainer.iterate()
        os.kill(helpers[0], number)
        # A stopped helper is not waited for. One that is killed may take a while to end
        # on a busy machine.
        seconds = 0.05 if number == signal.SIGSTOP else team_module.MAX_WAIT_SECONDS
        try:
            with patch.object(team_module, "MAX_WAIT_SECONDS", seconds):
                trainer.iterate()
            error = "none"
        except TeamError as raised:
            error = str(raised)
    return error, sum(map(is_alive, helpers))


def is_alive(pid: int) -> bool:
    """Return whether a process exists, also as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def orphans() -> list[int]:
    """Return the ids of the helpers of a leader that was killed."""
    fork = multiprocessing.get_context("fork")
    receiving, sending = fork.Pipe(duplex=False)
    leader = fork.Process(target=lead, args=(sending,))
    leader.start()
    sending.close()
    helpers: list[int] = receiving.recv()
    assert all(map(is_alive, helpers))
    leader.kill()
    leader.join()
    return helpers


def lead(connection: Any) -> None:
    """Start a team, send the ids of its helpers, and wait to be killed."""
    team = Team(3)
    team.fork(lambda: work(team.wait))
    connection.send(team.helpers)
    signal.pause()


def work(wait: Callable[[], None]) -> None:
    while True:
        wait()


def train_as_worker(path: Path, config: Config, iterations: int) -> None:
    """Train a run as a worker of two processes does whose parent sends "finish"."""
    parent, ours = multiprocessing.Pipe()
    parent.send({"run": SentCommand(1, "finish", iterations)})
    train_until_quit(WorkerChannel(ours), path, config, None, 2)
    set_threads(1)  # a process with threads cannot be copied


def sums(cores: int, spins: int, rounds: int) -> list[int]:
    """Return how often each process found a wrong number of another one after a
    barrier.

    All write, wait and read.
    """
    team = Team(cores)
    numbers = shared((cores, 1000), np.int64)
    wrong = shared((cores,), np.int64)

    def play() -> None:
        for turn in range(rounds):
            numbers[team.rank] = turn
            team.check(0.0)  # as every process does that waits for long
            team.wait()
            wrong[team.rank] += int((numbers != turn).sum())
            team.wait()

    with patch.object(team_module, "SPINS", spins):
        team.fork(play)
        play()
    team.close()
    return wrong.tolist()
