"""Run the main loop of a worker process: carry out commands, train, draw sheets, report and save.

gan/runs/messages.py defines the protocol; gan/runs/worker.py is the parent's end. gan/runs/run_writer.py saves.
gan/runs/sheet_evaluator.py draws sheets and times previews. gan/runs/explain_drawing.py explains a single drawing,
gan/runs/turn_frames.py the turns of a step.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from gan.cli.command_line import describe_error
from gan.data import Dataset, load
from gan.drawings.recognition import open_recognizer
from gan.errors import InputError
from gan.rules.config import Config
from gan.runs.explain_drawing import DrawingExplainer
from gan.runs.folder_lock import held
from gan.runs.messages import COMMANDS, Command, State
from gan.runs.run import Run
from gan.runs.run_on_own_images import refuse_missing_images
from gan.runs.run_writer import Diverged, RunRecorder, resume
from gan.runs.sheet_evaluator import Milestones, Pace, Sheet, SheetEvaluator, draw_sheet
from gan.runs.trainer import Trainer
from gan.runs.turn_frames import TurnFrames
from gan.runs.worker_channel import WorkerChannel
from nnet.fast.warm import compiling

STATE_SECONDS = 0.2  # between reports of the iteration; more frequent updates would be hard to read
KERNELS = 19  # that a first start compiles for the default run; processors differ by a few
IDLE_SECONDS = 0.5  # how often an idle worker checks for SIGTERM, because a signal does not interrupt a wait


def train_until_quit(parent: WorkerChannel, path: Path, config: Config, data_folder: Path | None) -> None:
    """Open a run, or create it at the first command to train, train it as the parent commands, and save it at the end.

    Raise InputError if the data, the config or the checkpoint does not match the run, or if another process is training
    it, and OSError if the folder is not writable.
    """
    parent.tell({"type": "state", "state": "starting", "iteration": 0, "target": None, "data": None})
    data = load(data_folder)
    refuse_missing_images(Run(path, config), data)
    evaluator = SheetEvaluator(config, data, None if config.names else open_recognizer())
    session = Session(parent, path, config, data, evaluator)
    with session.lock:
        session.open()
        session.train_until_quit()
    session.report_state("gone")


class Session:
    """A run in a worker process. It keeps the state and the target iteration, and carries out commands.

    A new run is pending until the first command to train. Its untrained networks are in memory and viewers can see
    their drawings, but nothing is on disk, because opening a page must not create a run.

    Raise InputError if the data is unsuitable for the config.
    """

    def __init__(
        self, parent: WorkerChannel, path: Path, config: Config, data: Dataset, evaluator: SheetEvaluator
    ) -> None:
        self.parent, self.path, self.config, self.data, self.evaluator = parent, path, config, data, evaluator
        self.recorder, self.explainer = RunRecorder(config, data), DrawingExplainer(parent)
        self.is_pending, self.lock = True, ExitStack()  # the stack releases the lock on the run
        self.pace, self.milestones = Pace(), Milestones()
        self.sheet: Sheet | None = None  # the most recently drawn sheet
        self.shown: int | None = None  # the iteration of the sheet that was most recently sent to viewers
        self.state: State = "idle"
        self.target: int | None = None
        self.finishing = False  # whether to quit when the target is reached
        self.reported_at = time.perf_counter()  # time of the last state report

    @property
    def iteration(self) -> int:
        return self.recorder.trainer.iteration

    # Open or create the run

    def open(self) -> None:
        """Open the run at its checkpoint, compile the kernels if necessary, and draw the first sheet.

        A new run stays pending. If the checkpoint cannot be restored and the first command is `reset`, start over.
        """
        if Run.exists(self.path):
            run = self.lock.enter_context(held(resume(self.path, self.config)))
            self.report_state("starting")  # once more, so that the parent knows that the run is locked
            self.parent.drop_resets(run.waited)
            try:
                self.recorder.open(run)
            except InputError:
                first = self.parent.command(IDLE_SECONDS)
                if first is None or first[0] != "reset":
                    raise
                self.recorder.start_over()
            self.is_pending = False
            self.report_notes()
        with compiling(self.report_compiled, KERNELS):
            if self.is_pending:
                self.draw()
            elif not self.recorder.run.pictures():
                self.save_picture(self.draw())
            # Compile or load all code that training needs, so that the first press of Fun is fast.
            Trainer(self.config, self.data).iterate(measure_d_change=True)

    def begin(self) -> None:
        """Create the pending run, with its untrained networks and sheet. If it exists already, open it."""
        is_new = not Run.exists(self.path)
        run = self.lock.enter_context(held(resume(self.path, self.config)))
        self.parent.drop_resets(run.waited)
        if is_new and not run.checkpoint.exists():  # another process may have trained it before we locked it
            self.recorder.begin(run)
        else:
            self.recorder.open(run)
            self.report_notes()
        if is_new or not run.pictures():
            self.save_picture(self.show_current())
        self.is_pending = False

    def report_notes(self) -> None:
        for note in self.recorder.run.notes:
            self.parent.tell({"type": "note", "message": note})

    def report_state(self, state: State) -> None:
        if state != "training":
            self.milestones.stop(time.perf_counter())
        self.state, self.reported_at = state, time.perf_counter()
        iteration, data = self.iteration, self.data.name
        self.parent.tell({"type": "state", "state": state, "iteration": iteration, "target": self.target, "data": data})

    def report_compiled(self, done: int) -> None:
        """Report how many kernels are compiled, and before the first one the state."""
        if done == 0:
            self.report_state("compiling")
        self.parent.tell({"type": "preparing", "part": "training", "done": done, "of": KERNELS})

    # Commands

    def train_until_quit(self) -> None:
        """Alternate between carrying out commands and training, and save at the end."""
        self.report_state("idle")
        while not self.parent.quitting:
            try:
                self.carry_out_commands()
                if self.state == "training":
                    self.advance()
            except OSError as error:  # for example, the disk is full: stop training, but keep the run open
                if self.is_pending:
                    raise
                message = f"could not write to {self.path}: {error.strerror or error}"
                self.parent.tell({"type": "error", "message": message, "field": None})
                self.report_state("idle")
        self.save()

    def carry_out_commands(self) -> None:
        """Carry out the commands that have arrived. While idle, wait for a command."""
        while not self.parent.quitting:
            self.explain_if_due()
            message = self.parent.command(IDLE_SECONDS if self.state == "idle" else 0)
            if self.state == "idle" and self.parent.watched:
                self.show_current()
            if message is None:
                return
            self.execute(*message)
            if self.state == "training":
                return

    def execute(self, command: Command, number: int | None) -> None:
        match command:
            case "train" | "fun" | "finish":
                self.start(command, number)
            case "step":
                self.step(number or 0)
            case "pause" | "reset" if self.is_pending:
                self.report_state("idle")
            case "pause":
                self.pause()
            case "reset":
                self.reset()
            case "unlock" | "lock":
                self.switch_freezing(command == "lock")
            case "quit":
                self.parent.quit()
            case _:
                message = f"unknown command {command!r}: expected one of {', '.join(COMMANDS)}"
                self.parent.tell({"type": "error", "message": message})

    def start(self, command: Command, iterations: int | None) -> None:
        """Start training: for N iterations, until paused, or up to the config's last iteration and then quit."""
        if self.is_pending:
            self.begin()
        start = self.iteration
        last = self.config.iterations if iterations is None else start + iterations
        self.target, self.finishing = None if command == "fun" else last, command == "finish"
        if self.target is not None and start >= self.target:
            self.report_state("idle")
            self.parent.quitting |= self.finishing
        else:
            self.start_clocks()
            self.report_state("training")

    def start_clocks(self) -> None:
        now = time.perf_counter()
        self.recorder.start_clock()
        self.pace.start(now)
        if self.iteration == 0:
            self.milestones.reset()
        self.milestones.start(now)

    def step(self, drawing: int) -> None:
        """Train one iteration, send what its turns change about a drawing, then pause."""
        if self.is_pending:
            self.begin()
        self.start_clocks()
        frames = TurnFrames(self.recorder.trainer, self.evaluator, drawing, self.explainer.maps)
        if self.train(frames.between):
            self.parent.tell(frames.end())
            self.pause()

    def pause(self) -> None:
        """Stop training. Save a picture of this iteration, then the checkpoint.

        The new state is reported before saving. gan/runs/run_writer.py explains why the picture is saved first.
        """
        self.report_state("idle")
        if not self.recorder.run.picture_path(self.iteration).exists():
            self.save_picture(self.draw())
        self.save()

    def reset(self) -> None:
        self.recorder.start_over()
        self.target = None
        self.save_picture(self.draw())
        self.report_state("idle")

    def switch_freezing(self, freeze: bool) -> None:
        """Freeze D in the next iterations or no longer. A pending run is created, because the switch is part of it."""
        if self.is_pending:
            self.begin()
        try:
            self.recorder.switch_freezing(freeze)
            self.pace.start(time.perf_counter())  # the judge changes at once, and so do the drawings
        except (InputError, OSError) as error:  # for example, the disk is full: the judge stays as it is
            self.parent.tell({"type": "error", "message": describe_error(error), "field": "freeze_switches"})
        switches = list(self.recorder.config.freeze_switches)
        self.parent.tell({"type": "lock", "iteration": self.iteration, "freeze_switches": switches})

    def save(self) -> None:
        """Write a checkpoint of this iteration if there is none yet, or go back to the last if weights overflowed."""
        if self.is_pending or self.iteration == self.recorder.saved:
            return
        if self.recorder.trainer.is_finite():
            self.recorder.save()
        else:
            self.stop_diverged()

    # Training

    def advance(self) -> None:
        """Train one iteration, then draw, report and save whatever is due."""
        if not self.train():
            return
        if self.recorder.picture_is_due():
            self.save_picture(self.draw())
        now = time.perf_counter()
        if self.iteration == self.target:
            self.pause()
            self.parent.quitting |= self.finishing
            return
        if self.parent.watched and self.shown != self.iteration and now >= self.pace.next:
            self.draw()
        if now - self.reported_at > STATE_SECONDS:
            self.report_state("training")
        if self.recorder.save_is_due():
            self.save()

    def train(self, look: Callable[[], None] = lambda: None) -> bool:
        """Train one iteration and report its metrics, if they are due. Return False if it has diverged."""
        try:
            metrics = self.recorder.advance(look)
        except Diverged:
            self.stop_diverged()
            return False
        if metrics:
            self.parent.tell(metrics)
        return True

    def stop_diverged(self) -> None:
        """Go back to the last checkpoint and report that training has diverged."""
        at = self.iteration
        self.recorder.go_back()
        self.report_notes()
        if not self.recorder.run.pictures():
            self.save_picture(self.draw())
        where = f"at iteration {at} and went back to iteration {self.recorder.saved}"
        advice = "start over, or create a run with a lower learning rate"
        self.parent.tell({"type": "error", "message": f"training diverged {where}; {advice}"})
        self.report_state("idle")

    # Sheets

    def draw(self) -> Sheet:
        """Draw and evaluate a sheet, and send it to the viewers, if there are any."""
        self.sheet = sheet = draw_sheet(self.recorder.trainer, self.evaluator)
        self.show(sheet)
        return sheet

    def show_current(self) -> Sheet:
        """Return this iteration's sheet, drawing it if necessary. Send it to viewers that do not have it yet."""
        if self.sheet is None or self.sheet.iteration != self.iteration:
            return self.draw()
        if self.shown != self.iteration:
            self.show(self.sheet)
        return self.sheet

    def show(self, sheet: Sheet) -> None:
        """Record a sheet for the milestones, and send it to the viewers, if there are any."""
        evaluation = sheet.evaluation.fields(self.config)
        if sheet.iteration == 0:
            self.milestones.reset()
        self.milestones.note(evaluation, time.perf_counter())
        if not self.parent.watched:
            return
        self.shown = sheet.iteration
        self.parent.tell(
            {
                "type": "sheet",
                "iteration": sheet.iteration,
                "png": base64.b64encode(sheet.png).decode("ascii"),
                "reading": evaluation,
                "drawn_at": sheet.drawn_at,
                "half_after": self.milestones.half_after,
                "most_after": self.milestones.most_after,
            }
        )
        self.pace.sent(sheet.begun, time.perf_counter())

    def save_picture(self, sheet: Sheet) -> None:
        """Save a sheet that was already shown, so that viewers did not have to wait for the disk."""
        self.recorder.run.save_sheet(sheet.iteration, sheet.png, sheet.evaluation)
        self.parent.tell({"type": "picture", "iteration": sheet.iteration})

    def explain_if_due(self) -> None:
        """Explain the drawing that a viewer asks about, if the viewer sees the current sheet and an answer is due."""
        sheet, iteration = self.sheet, self.iteration
        is_shown = sheet is not None and sheet.iteration == self.shown == iteration
        if sheet and is_shown and self.explainer.is_due(iteration, self.state == "idle"):
            self.explainer.answer(self.recorder.trainer, self.evaluator, sheet)
