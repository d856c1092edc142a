"""Open a run in its worker process, carry out commands, train, and save.

A session is in one of these states:

    starting    The run is being opened; then it is idle. The session ends with an
                error if another process has locked the run, or if its checkpoint is
                damaged and no `reset` was sent.
    compiling   As starting, while kernels are compiled for the first time.
    idle        `train`, `fun` and `finish` lead to training. After `step` and `reset`
                the run is idle again.
    training    `pause`, `step`, `reset`, the target, a numeric overflow and a full
                disk lead to idle.
    gone        After `quit`, or the end of the parent: the run is saved, and the
                process ends.

A new run is *pending* until the first command to train, or to lock or unlock the judge.
Its untrained networks are in memory and viewers can see their drawings, but nothing is
on disk, because opening a page must not create a run.

With several cores, `open` starts helpers (gan/runs/training_team.py). If one fails, the
process ends without saving.

gan/runs/messages.py lists commands and events. gan/runs/run_writer.py writes the files,
gan/runs/previews.py shows drawings to viewers, and gan/runs/learning_turns.py shows the
turns of a step: the judge learns, then the artist.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from gan.base.errors import InputError, describe_error
from gan.data import Dataset
from gan.rules.run_config import Config
from gan.runs.evaluate_sheets import Sheet, SheetEvaluator
from gan.runs.folder_lock import held
from gan.runs.learning_turns import TurnFrames
from gan.runs.messages import MetricsEvent, SentCommand, State
from gan.runs.previews import Previews
from gan.runs.provenance import damage, record
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, resume
from gan.runs.trainer import Iteration, Trainer
from gan.runs.training_team import TrainingTeam
from gan.runs.worker_link import WorkerChannel
from nnet.fast.team import Team
from nnet.fast.warm import compiling

# Minimum time between reports of the iteration: faster updates would be hard to read.
STATE_SECONDS = 0.2
# How often an idle worker checks for SIGTERM: a signal does not interrupt a wait.
IDLE_SECONDS = 0.5
# Maximum time from the untrained checkpoint to the next, because users often train a
# new run only for a short time.
FIRST_SECONDS = 5.0
# Number of intervals, from iteration 0, in which pictures are saved five times as
# often, because drawings change most early in training.
DENSE_PICTURES = 10
NOT_RESET = (
    "Another process was training this run, so it was not reset. "
    "To reset it, press New network again."
)


class Session:
    """A run in training: its trainer, its files, and its state.

    Raise InputError if the data is unsuitable for the config.
    """

    files: RunWriter  # set by `load`

    def __init__(
        self,
        parent: WorkerChannel,
        path: Path,
        config: Config,
        data: Dataset,
        evaluator: SheetEvaluator,
        cores: int = 1,
    ) -> None:
        self.parent = parent
        self.path = path
        self.data = data
        self.cores = cores
        # started by `open` if there are several cores
        self.team: TrainingTeam | None = None
        # untrained until `load` restores a checkpoint
        self.trainer = Trainer(config, data)
        self.previews = Previews(parent, evaluator)
        self.is_begun = False  # whether the run is on disk, and not pending
        self.resources = ExitStack()  # holds the run's lock and the team
        self.state: State = "starting"
        self.target: int | None = None
        self.finishing = False  # whether to quit when the target is reached
        self.reported_at = time.perf_counter()  # time of the last state report
        # iteration of the checkpoint on disk; -1 if the files on disk may be
        # inconsistent
        self.saved = -1
        # time (`time.perf_counter`) at which that checkpoint was written
        self.saved_at = 0.0
        # iteration and time at which the speed measurement started
        self.measured = (0, 0.0)
        # whether this process has recorded how it trains the run
        # (gan/runs/provenance.py)
        self.is_recorded = False

    @property
    def config(self) -> Config:
        return self.trainer.config

    @property
    def iteration(self) -> int:
        return self.trainer.iteration

    # Open or create the run

    def open(self) -> None:
        """Open the run, if it is on disk, compile the kernels, and draw a sheet."""
        if Run.exists(self.path):
            self.load()
        with compiling(lambda: self.report_state("compiling")):
            if not self.is_begun:
                self.previews.draw(self.trainer)
            else:
                self.save_first_picture()
            # Compile or load all code that training needs, so that the first press of
            # Fun is fast.
            warm_up = Trainer(self.config, self.data)
            if self.cores > 1:
                # A team of one process starts no helpers, but loads the code of a team.
                TrainingTeam(warm_up, Team(1)).close()
            warm_up.iterate(measure_d_change=True)
            del warm_up  # before helpers are forked, which would keep its memory
        if self.cores > 1:
            self.team = self.resources.enter_context(
                closing(TrainingTeam(self.trainer, Team(self.cores)))
            )

    def begin(self) -> None:
        """Ensure that the run is on disk and locked, and has its first picture.

        A pending run is created, or opened if another process has created it meanwhile.
        """
        if not self.is_begun:
            self.load()
            self.save_first_picture()

    def load(self) -> None:
        """Lock the run and restore its last checkpoint, or create the run.

        If all checkpoints are damaged, start over if the parent has sent `reset`;
        otherwise, raise InputError.
        """
        run = resume(self.path, self.config)
        self.files = self.resources.enter_context(held(run))
        if self.files.waited and self.parent.take_reset(0):
            # The reset was sent before the previous process had saved its training.
            self.parent.tell({"type": "error", "message": NOT_RESET})
        self.trainer.config = run.config
        try:
            self.restore()
        except InputError:
            if not self.parent.take_reset(IDLE_SECONDS):
                raise
            self.trainer.config = run.config
            self.start_over()
        self.is_begun = True
        if self.state == "starting":
            # Report again, so that the parent knows that the run is on disk.
            self.report_state("starting")

    def use(self, trainer: Trainer) -> None:
        """Replace the trainer."""
        self.trainer = trainer
        if self.team:
            self.team.bind(trainer)

    def restore(self) -> None:
        """Restore the last checkpoint, and delete everything newer.

        If there is none, write a checkpoint of the untrained networks.
        """
        for note in [*damage(self.files), *self.files.restore(self.trainer)]:
            self.parent.tell({"type": "note", "message": note})
        if not self.files.checkpoint.exists():
            self.files.save(self.trainer)
        self.saved = self.iteration
        self.start_clock()

    def save_first_picture(self) -> None:
        if not self.files.pictures():
            self.save_picture(self.previews.show_current(self.trainer))

    def report_state(self, state: State) -> None:
        if state != "training":
            self.previews.milestone.stop(time.perf_counter())
        self.state = state
        self.reported_at = time.perf_counter()
        self.parent.tell(
            {
                "type": "state",
                "state": state,
                "iteration": self.iteration,
                "target": self.target,
                "data": self.trainer.batches.data.name,
                "freeze_switches": list(self.config.freeze_switches),
                "is_begun": self.is_begun,
                "done": self.parent.done,
            }
        )

    # Carry out commands

    def obey_until_quit(self) -> None:
        """Alternate between carrying out commands and training; save at the end."""
        self.report_state("idle")
        while not self.parent.quitting:
            self.obey_and_advance()
        self.save_if_changed()

    def obey_and_advance(self) -> None:
        """Carry out the commands that have arrived, and train an iteration.

        While idle, wait for commands.

        If a file cannot be written, for example because the disk is full, stop
        training, but keep the run open. Drop all other commands: if `reset` fails, a
        `train` after it must not train the old network.
        """
        try:
            self.obey()
            if self.state == "training":
                self.advance()
        except OSError as error:
            if not self.is_begun:
                raise
            self.parent.drop_commands()
            message = f"could not write to {self.path}: {error.strerror or error}"
            self.parent.tell({"type": "error", "message": message, "field": None})
            self.report_state("idle")

    def obey(self) -> None:
        self.previews.explain_if_due(self.trainer, self.state == "idle")
        self.parent.receive(IDLE_SECONDS if self.state == "idle" else 0)
        if self.state == "idle" and self.parent.watched:
            self.previews.show_current(self.trainer)
        for command in self.parent.due():
            self.carry_out(command)

    def carry_out(self, sent: SentCommand) -> None:
        match sent.command:
            case "train" | "fun" | "finish":
                self.start(sent)
            case "step":
                self.step(sent.number or 0)
            case "pause":
                self.pause()
            case "reset":
                self.reset()
            case "unlock" | "lock":
                self.switch_freezing(sent.command == "lock")

    def start(self, sent: SentCommand) -> None:
        """Start training, for "train", "fun" or "finish" (gan/runs/messages.py)."""
        self.begin()
        if sent.command == "fun":
            self.target = None
        elif sent.number is None:
            self.target = self.config.iterations
        else:
            self.target = self.iteration + sent.number
        self.finishing = sent.command == "finish"
        if self.target is not None and self.iteration >= self.target:
            self.report_state("idle")
            self.parent.quitting |= self.finishing
        else:
            self.start_clock()
            self.report_state("training")

    def start_clock(self) -> None:
        """Start measuring speed, and the time to the next checkpoint and preview."""
        now = time.perf_counter()
        self.measured = (self.iteration, now)
        if self.iteration == self.saved:
            self.saved_at = now
        self.previews.start(self.iteration)

    def step(self, drawing: int) -> None:
        """Train one iteration, send the frames of a drawing (its index), then pause."""
        self.begin()
        self.start_clock()
        frames = TurnFrames(self.trainer, self.previews.evaluator, drawing)
        if self.train(frames.between):
            self.parent.tell(frames.end())
            self.pause()

    def pause(self) -> None:
        """Stop training. Save a picture of this iteration, then the checkpoint.

        Report the new state first, because saving takes time. If the process is killed
        before the checkpoint is saved, the run's next process deletes the picture.
        """
        self.report_state("idle")
        if self.is_begun and not self.files.picture_path(self.iteration).exists():
            self.save_picture(self.previews.draw(self.trainer))
        self.save_if_changed()

    def reset(self) -> None:
        if self.is_begun:
            self.start_over()
            self.target = None
            self.save_picture(self.previews.draw(self.trainer))
        self.report_state("idle")

    def start_over(self) -> None:
        """Start over, first on disk, then in memory.

        If a file cannot be written or deleted, the trainer is kept.
        """
        untrained = Trainer(replace(self.config, freeze_switches=()), self.data)
        self.saved = -1
        self.files.start_over(untrained)
        self.use(untrained)
        self.saved = 0
        self.is_recorded = False
        self.start_clock()

    def switch_freezing(self, freeze: bool) -> None:
        """Freeze D from the next iteration on, or unfreeze it.

        The change is written to the run's config, so that resuming the run repeats it.
        A pending run is created for this. If writing fails, D stays as it is.
        """
        self.begin()
        try:
            config = self.config.switched(freeze, self.iteration)
            if config != self.config:
                self.files.change_config(config)
                self.trainer.config = config
        except OSError as error:  # for example, the disk is full
            self.parent.tell(
                {
                    "type": "error",
                    "message": describe_error(error),
                    "field": "freeze_switches",
                }
            )
        self.report_state(self.state)

    # Train

    def advance(self) -> None:
        """Train one iteration, then draw, report and save whatever is due."""
        if not self.train():
            return
        is_reported = time.perf_counter() - self.reported_at <= STATE_SECONDS
        if self.picture_is_due():
            self.save_picture(self.previews.draw(self.trainer))
            is_reported = False
        if self.iteration == self.target:
            self.pause()
            self.parent.quitting |= self.finishing
            return
        if self.previews.are_due(self.iteration):
            self.previews.draw(self.trainer)
            is_reported = False
        if not is_reported:
            self.report_state("training")
        if self.save_is_due():
            self.save_if_changed()

    def train(self, look: Callable[[], None] = lambda: None) -> bool:
        """Train one iteration, and write and report its metrics if they are due.

        `look` is that of `Trainer.iterate`. Return False if a loss is not finite; the
        run is then back at its last checkpoint.
        """
        if self.iteration in self.config.freeze_switches:
            # Draw previews more often, because the drawings now change quickly.
            self.previews.pace.start(time.perf_counter())
        measures = (self.iteration + 1) % self.config.metrics_every == 0
        done = self.trainer.iterate(measure_d_change=measures, look=look)
        if not math.isfinite(
            done.measured.d_loss + done.measured.g_loss + done.measured.penalty
        ):
            self.go_back()
            return False
        if measures:
            self.report_metrics(done)
        return True

    def report_metrics(self, done: Iteration) -> None:
        """Write and report a line of metrics.

        The speed is measured since the last line, or since training started.
        """
        since, then = self.measured
        iteration = self.iteration
        now = time.perf_counter()
        self.measured = (iteration, now)
        event: MetricsEvent = {
            "type": "metrics",
            "iteration": iteration,
            "d_loss": done.measured.d_loss,
            "g_loss": done.measured.g_loss,
            "told_apart": done.measured.told_apart,
            "penalty": done.measured.penalty,
            "d_change": done.d_change,
            "learning_rate": done.learning_rate,
            "iterations_per_second": (iteration - since) / (now - then),
        }
        self.files.append_metrics(
            {name: value for name, value in event.items() if name != "type"}
        )
        self.parent.tell(event)
        self.reported_at = -math.inf  # the next report of the state is due

    def go_back(self) -> None:
        """Go back to the last checkpoint and report that training has diverged.

        Forget later locks and unlocks of the judge.
        """
        at = self.iteration
        kept = replace(
            self.config,
            freeze_switches=tuple(
                at for at in self.config.freeze_switches if at <= self.saved
            ),
        )
        self.use(Trainer(kept, self.data))
        self.restore()
        self.save_first_picture()
        where = f"at iteration {at} and went back to iteration {self.saved}"
        advice = "start over, or create a run with a lower learning rate"
        self.parent.tell(
            {"type": "error", "message": f"training diverged {where}; {advice}"}
        )
        self.report_state("idle")

    # Save

    def picture_is_due(self) -> bool:
        """Return whether a picture of this iteration is due."""
        iteration = self.iteration
        every = self.config.picture_every
        if iteration < DENSE_PICTURES * every:
            every = max(1, every // 5)
        return iteration % every == 0 or iteration == self.config.iterations

    def save_picture(self, sheet: Sheet) -> None:
        """Save a sheet, which was sent to viewers first so that they need not wait."""
        self.files.save_sheet(sheet.iteration, sheet.png, sheet.evaluation)
        self.parent.tell({"type": "picture", "iteration": sheet.iteration})

    def save_is_due(self) -> bool:
        """Return whether a checkpoint is due.

        The first one after the untrained checkpoint comes sooner.
        """
        seconds = self.config.save_seconds
        return time.perf_counter() - self.saved_at > (
            min(FIRST_SECONDS, seconds) if self.saved == 0 else seconds
        )

    def save_if_changed(self) -> None:
        """Write a checkpoint of this iteration if there is none yet.

        If a weight is not finite, go back to the last checkpoint instead.
        """
        if not self.is_begun or self.iteration == self.saved:
            return
        if self.trainer.is_finite():
            self.save()
        else:
            self.go_back()

    def save(self) -> None:
        """Write a checkpoint.

        Before this process's first checkpoint, record how it trains the run
        (gan/runs/provenance.py).
        """
        if not self.is_recorded:
            record(self.files, self.data, max(0, self.saved), self.cores)
            self.is_recorded = True
        self.files.save(self.trainer, self.saved)
        self.saved = self.iteration
        self.saved_at = time.perf_counter()
