"""gan/runs/session.py against a model of its states: any presses, kills and full disks,
in any order.

The model knows what each command leads to, as the table in the module does. Whatever
happened, the networks must at the end equal those that were trained without any of it,
with the judge's lock moved at the same iterations.
"""

import tempfile
from contextlib import ExitStack
from math import inf
from multiprocessing import Pipe
from pathlib import Path
from unittest.mock import Mock, patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gan.runs.messages import Command, State
from gan.runs.run import Run
from gan.runs.session import Session
from gan.runs.worker_link import NewestCommands, RunStatus, WorkerChannel
from tests.helpers.fake_worker import tiny
from tests.helpers.players import NOISE, SMALLEST, everything, trained
from tests.helpers.workers import saved_iteration, session_of

CONFIG = tiny(3, picture_every=1, metrics_every=1, save_seconds=1e6, **SMALLEST)
COMMANDS: list[Command] = ["train", "fun", "pause", "step", "lock", "unlock", "reset"]
# commands and their numbers
PRESSES = st.lists(st.tuples(st.sampled_from(COMMANDS), st.integers(1, 3)), max_size=3)
FULL_DISK = Mock(side_effect=OSError(28, "No space left on device"))


class Presses(RuleBasedStateMachine):
    """A run, its parent, and what the run must be like."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        folder = self.closing.enter_context(tempfile.TemporaryDirectory())
        self.path = Path(folder) / "run"
        # it is saved only where it must be
        self.closing.enter_context(patch("gan.runs.session.FIRST_SECONDS", inf))
        self.closing.enter_context(patch("gan.runs.session.IDLE_SECONDS", 0))
        self.closing.enter_context(patch("os.fsync"))
        self.is_begun = False
        self.iteration = 0
        self.saved = -1
        self.config = CONFIG
        self.target: int | None = None
        self.open()

    def open(self) -> None:
        """Open the run as a new process does, and expect it to be as it was saved."""
        self.parent, ours = Pipe()
        self.commands = NewestCommands()
        self.heard = RunStatus()
        self.session: Session = session_of(
            self.path, CONFIG, NOISE, WorkerChannel(ours)
        )
        if Run.exists(self.path):
            self.session.load()
        self.session.report_state("idle")
        self.state: State = "idle"
        self.iteration = max(0, self.saved)
        self.target = None
        self.pressed: list[tuple[Command, int]] = []  # since the worker looked last

    # What happens

    @rule(presses=PRESSES, turns=st.integers(0, 3))
    def press(self, presses: list[tuple[Command, int]], turns: int) -> None:
        for command, number in presses:
            self.commands.add(command, number if command in ("train", "step") else None)
        self.pressed += presses
        for _ in range(turns):
            self.turn()

    def turn(self) -> None:
        """Let the worker carry out its commands and train for one iteration."""
        self.advance()
        for command, number in self.newest():
            self.expect(command, number)
        if self.state == "training":
            self.iteration += 1
            if self.iteration == self.target:
                self.expect("pause", 0)
        self.check()

    @precondition(lambda self: self.is_begun)
    @rule(
        presses=PRESSES,
        call=st.sampled_from(["durably_replacing", "replacing", "weights.save"]),
    )
    def turn_on_a_full_disk(
        self, presses: list[tuple[Command, int]], call: str
    ) -> None:
        """Commands may fail.

        The run stays consistent, and a failed command is not carried out later.
        """
        self.press(presses, 0)
        with patch(f"gan.runs.run_writer.{call}", FULL_DISK):
            self.advance()
        session = self.session
        self.pressed = []
        self.state = session.state
        self.iteration = session.iteration
        self.target = session.target
        self.config = session.config
        self.saved = saved_iteration(self.path)

    @rule()
    def kill(self) -> None:
        self.session.resources.close()
        self.open()

    @rule()
    def quit(self) -> None:
        self.session.save_if_changed()
        self.saved = self.iteration if self.is_begun else -1
        self.kill()

    def advance(self) -> None:
        if self.pressed:
            self.parent.send(self.commands.fetch())
        self.session.obey_and_advance()

    # What must follow

    def newest(self) -> list[tuple[Command, int]]:
        """Return the newest press of each kind, the oldest first.

        Reset overrides all earlier ones.
        """
        newest: dict[str, tuple[Command, int]] = {}
        kinds = {"lock": "judge", "unlock": "judge", "reset": "reset"}
        for command, number in self.pressed:
            if command == "reset":
                newest.clear()
            kind = kinds.get(command, "run")
            newest.pop(kind, None)  # the newest press of a kind comes last
            newest[kind] = command, number
        self.pressed = []
        return list(newest.values())

    def expect(self, command: Command, number: int) -> None:
        if command not in ("pause", "reset") and not self.is_begun:
            self.is_begun = True
            self.saved = 0
        if command in ("train", "fun"):
            self.state = "training"
            self.target = None if command == "fun" else self.iteration + number
        elif command in ("lock", "unlock"):
            self.config = self.config.switched(command == "lock", self.iteration)
        else:
            self.state = "idle"
            self.iteration += command == "step"
            if command == "reset" and self.is_begun:
                self.iteration = 0
                self.target = None
                self.config = CONFIG
            self.saved = self.iteration if self.is_begun else -1

    @invariant()
    def check(self) -> None:
        """The session, its parent and the disk agree."""
        session = self.session
        assert session.state == self.state
        assert session.iteration == self.iteration
        assert session.config == self.config
        assert session.is_begun == self.is_begun
        assert Run.exists(self.path) == self.is_begun
        while self.parent.poll():
            self.heard.hear(self.parent.recv())
        assert self.heard.now["state"] == self.state
        assert self.heard.now["is_begun"] == self.is_begun
        if self.state == "idle":
            assert self.heard.now["iteration"] == self.iteration
            assert session.previews.milestone._since is None, "only training counts"
        if self.is_begun:
            run = Run.open(self.path)
            assert run.config == self.config
            assert saved_iteration(self.path) == self.saved
            recorded = [*run.pictures(), *(line["iteration"] for line in run.metrics())]
            assert max(recorded, default=0) <= self.iteration

    def teardown(self) -> None:
        straight = trained(self.config, self.iteration)
        assert everything(self.session.trainer) == everything(straight)
        self.session.resources.close()
        self.closing.close()


@pytest.mark.parametrize("examples", [20, pytest.param(200, marks=pytest.mark.nightly)])
def test_after_any_presses_kills_and_full_disks_a_run_is_as_in_the_model(
    examples: int,
) -> None:
    run_state_machine_as_test(
        Presses, settings=settings(max_examples=examples, stateful_step_count=20)
    )
