"""The main loop of a worker process: carry out commands, train, report, save.

It opens its run, then trains one iteration after another and checks for commands in between. gan/runs/messages.py has
the protocol and gan/runs/worker.py the parent's end; gan/runs/run_recorder.py writes what an iteration leaves on disk,
gan/runs/preview.py sends previews to viewers, gan/runs/explain_drawing.py answers their questions, and
gan/runs/pending_run.py holds a run that has not begun.
"""

from __future__ import annotations

import time
from pathlib import Path

from gan.classifier.reading import open_reader
from gan.config import Config
from gan.data import Dataset, load
from gan.errors import InputError
from gan.runs.explain_drawing import DrawingExplainer
from gan.runs.messages import COMMANDS, Command, Event, State, WorkerChannel
from gan.runs.pending_run import First, PendingRun
from gan.runs.preview import Preview
from gan.runs.run import Run
from gan.runs.run_recorder import RunRecorder
from gan.runs.run_writer import RunWriter, held, resume
from gan.runs.sheet_evaluator import SheetEvaluator
from gan.runs.trainer import Trainer
from nnet.fast.warm import is_warm, warm

STATE_SECONDS = 0.2  # between two reports of the iteration: as often as the eye can follow
IDLE_SECONDS = 0.5  # how often an idle worker checks for SIGTERM: Python resumes an interrupted wait


def train_until_quit(parent: WorkerChannel, path: Path, config: Config, data_folder: Path | None) -> None:
    """Open a run, or create it at the first command to train; train it as commanded; save it and return.

    Raises
    ------
    InputError : the data, the config or the checkpoint does not suit the run, or another process trains it.
    OSError : the folder cannot be written.
    """
    parent.tell(_beginning("starting"))
    data = load(data_folder)
    evaluator, watch = SheetEvaluator(config, data, open_reader()), Preview(parent, config)
    first = None
    if not Run.exists(path):
        _compile_if_cold(parent)
        first = PendingRun(parent, config, data, evaluator, watch).wait()
        if first is None:
            return
    with held(resume(path, config)) as run:
        session = Session(parent, _opened(parent, run, data, evaluator, watch), watch)
        session.train_until_quit(first)
    session.report_state("gone")


def _beginning(state: State) -> Event:
    """Return the event of a state before there is a trainer."""
    return {"type": "state", "state": state, "iteration": 0, "target": None, "data": None}


def _compile_if_cold(parent: WorkerChannel) -> None:
    """Compile the kernels if necessary, and report that."""
    if not is_warm():
        parent.tell(_beginning("compiling"))
        warm()


def _opened(
    parent: WorkerChannel, run: RunWriter, data: Dataset, evaluator: SheetEvaluator, watch: Preview
) -> RunRecorder:
    """Open a run at its checkpoint, with compiled kernels.

    If the checkpoint cannot be restored, a `reset` as the first command repairs the run.
    """
    if cold := not is_warm():
        parent.tell(_beginning("compiling"))  # before the first picture, which needs the kernels
    try:
        kept = RunRecorder(run, data, evaluator, parent.tell, watch.show)
    except InputError:
        first = parent.command(IDLE_SECONDS)
        if first is None or first[0] != "reset":
            raise
        run.start_over(Trainer(run.config, data))  # other errors are raised here, before anything is deleted
        kept = RunRecorder(run, data, evaluator, parent.tell, watch.show)
    if cold:
        warm()
    return kept


class Session:
    """An open run: whether it trains, up to which iteration, and how it carries out commands."""

    def __init__(self, parent: WorkerChannel, kept: RunRecorder, watch: Preview) -> None:
        self.parent, self.kept, self.watch, self.asking = parent, kept, watch, DrawingExplainer(parent)
        self.state: State = "idle"
        self.target: int | None = None
        self.finishing = False  # quit at the target
        self.reported_at = time.perf_counter()  # time of the last report

    def report_state(self, state: State) -> None:
        """Change the state and report it."""
        if state != "training":
            self.watch.stop()
        self.state, self.reported_at = state, time.perf_counter()
        iteration, data = self.kept.iteration, self.kept.data.name
        self.parent.tell({"type": "state", "state": state, "iteration": iteration, "target": self.target, "data": data})

    def train_until_quit(self, first: First | None = None) -> None:
        """Carry out the first command, if any; then commands and training in turn; save at the end."""
        if first is None:
            self.report_state("idle")
        else:
            self.execute(*first)
        while not self.parent.quitting:
            try:
                self.obey()
                if self.state == "training":
                    self.advance()
            except OSError as error:  # such as a full disk: training stops, nothing else is lost
                message = f"could not write to {self.kept.run.path}: {error.strerror or error}"
                self.parent.tell({"type": "error", "message": message, "field": None})
                self.report_state("idle")
        self.save()

    def obey(self) -> None:
        """Carry out the commands that have arrived; wait for one while idle."""
        while not self.parent.quitting:
            self.answer_if_due()
            message = self.parent.command(IDLE_SECONDS if self.state == "idle" else 0)
            if self.state == "idle" and self.watch.is_missing(self.kept.iteration):
                self.kept.draw()
            if message is None:
                return
            self.execute(*message)
            if self.state == "training":
                return

    def answer_if_due(self) -> None:
        """Explain the drawing that a viewer asks about, beside the current sheet."""
        sheet, iteration = self.watch.sheet, self.kept.iteration
        if sheet and sheet.iteration == iteration and self.asking.is_due(iteration, self.state == "idle"):
            self.asking.answer(self.kept.trainer, self.kept.evaluator, sheet)

    def execute(self, command: Command, iterations: int | None) -> None:
        """Carry out one command."""
        match command:
            case "train" | "fun" | "finish":
                self.start(command, iterations)
            case "pause":
                self.pause()
            case "reset":
                self.reset()
            case "quit":
                self.parent.quit()
            case _:
                message = f"unknown command {command!r}: expected one of {', '.join(COMMANDS)}"
                self.parent.tell({"type": "error", "message": message})

    def start(self, command: Command, iterations: int | None) -> None:
        """Train: for N iterations, without end, or up to the config's number and then quit."""
        start = self.kept.iteration
        last = self.kept.run.config.iterations if iterations is None else start + iterations
        self.target, self.finishing = None if command == "fun" else last, command == "finish"
        self.kept.start_clock()
        if self.target is not None and start >= self.target:
            self.report_state("idle")
            self.quit_if_finished()
        else:
            self.watch.start(start)
            self.report_state("training")

    def quit_if_finished(self) -> None:
        """At the target, quit if the command was to finish."""
        if self.finishing:
            self.parent.quit()

    def pause(self) -> None:
        """Stop training, save a picture of this iteration, then the checkpoint.

        The new state is reported first. The picture is on disk before the checkpoint (gan/runs/run_writer.py).
        """
        self.report_state("idle")
        if not self.kept.run.picture_path(self.kept.iteration).exists():
            self.kept.keep_picture()
        self.save()

    def reset(self) -> None:
        """Start over from the config."""
        self.kept.clear()
        self.target = None
        self.kept = self.kept.again()
        self.report_state("idle")

    def save(self) -> None:
        """Write the checkpoint if it is not on disk, unless numbers have overflowed."""
        if self.kept.is_saved:
            return
        if self.kept.trainer.is_finite():
            self.kept.save()
        else:
            self.stop_diverged()

    def advance(self) -> None:
        """Train one iteration, then do what is due."""
        if not self.kept.advance():
            self.stop_diverged()
        elif self.kept.iteration == self.target:
            self.pause()
            self.quit_if_finished()
        else:
            if self.watch.is_due(self.kept.iteration):
                self.kept.draw()
            now = time.perf_counter()
            if now - self.reported_at > STATE_SECONDS:
                self.report_state("training")
            if self.kept.save_is_due():
                self.save()

    def stop_diverged(self) -> None:
        """Go back to the last checkpoint and report that the numbers have overflowed."""
        at = self.kept.iteration
        self.kept = self.kept.again()
        where = f"at iteration {at} and went back to iteration {self.kept.saved}"
        advice = "reset it, or start a run with a lower learning rate"
        self.parent.tell({"type": "error", "message": f"training diverged {where}; {advice}"})
        self.report_state("idle")
