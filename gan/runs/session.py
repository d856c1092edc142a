"""What a training process does: obey, train, report, save.

It opens its run, then does one iteration after another, and between two of them looks at the commands. Commands come
and events go over a pipe (gan/runs/messages.py), in the words of gan/runs/messages.py; the process at its other end is
gan/runs/worker.py's business, what an iteration leaves on disk gan/runs/run_recorder.py's, what is shown to those who watch
gan/runs/preview.py's, what is said to those who ask gan/runs/explain_drawing.py's. A run that is not there waits for
somebody to begin it: gan/runs/pending_run.py.
"""

from __future__ import annotations

import time
from pathlib import Path

from gan.classifier.reading import open_reader
from gan.config import Config
from gan.data import Dataset, load
from gan.errors import InputError
from gan.runs.explain_drawing import Asking
from gan.runs.messages import COMMANDS, Command, Event, Parent, State
from gan.runs.pending_run import First, Unbegun
from gan.runs.preview import Watch
from gan.runs.run import Run
from gan.runs.run_recorder import KeptTrainer
from gan.runs.run_writer import RunWriter, held, resume
from gan.runs.sheet_evaluator import Onlooker
from gan.runs.trainer import Trainer
from nnet.fast.warm import is_warm, warm

STATE_SECONDS = 0.2  # between two reports of the iteration: as often as an eye can follow
IDLE_SECONDS = 0.5  # an idle worker looks so often whether SIGTERM came: Python resumes a wait that a signal interrupts


def train_until_quit(parent: Parent, path: Path, config: Config, data_folder: Path | None) -> None:
    """Open a run, or make it at the first command to train; train it as the parent commands; save it and go.

    Raises
    ------
    InputError : the data, the config or the checkpoint does not suit the run, or another process trains it.
    OSError : the folder cannot be written.
    """
    parent.tell(_beginning("starting"))
    data = load(data_folder)
    onlooker, watch = Onlooker(config, data, open_reader()), Watch(parent, config)
    first = None
    if not Run.exists(path):
        _compile_if_cold(parent)
        first = Unbegun(parent, config, data, onlooker, watch).wait()
        if first is None:
            return
    with held(resume(path, config)) as run:
        session = Session(parent, _opened(parent, run, data, onlooker, watch), watch)
        session.train_until_quit(first)
    session.say_state("gone")


def _beginning(state: State) -> Event:
    """The event of a state in which there is no trainer yet."""
    return {"type": "state", "state": state, "iteration": 0, "target": None, "data": None}


def _compile_if_cold(parent: Parent) -> None:
    """Compile the kernels if that is not done, and say so."""
    if not is_warm():
        parent.tell(_beginning("compiling"))
        warm()


def _opened(parent: Parent, run: RunWriter, data: Dataset, onlooker: Onlooker, watch: Watch) -> KeptTrainer:
    """A run at its checkpoint, with its kernels compiled.

    The command to start anew, if it is the first, heals a run whose checkpoint cannot be taken up.
    """
    if cold := not is_warm():
        parent.tell(_beginning("compiling"))  # before the first picture: drawing it compiles, too
    try:
        kept = KeptTrainer(run, data, onlooker, parent.tell, watch.show)
    except InputError:
        first = parent.command(IDLE_SECONDS)
        if first is None or first[0] != "reset":
            raise
        run.begin_anew(
            Trainer(run.config, data)
        )  # this raises what is no fault of the checkpoint, with nothing cleared
        kept = KeptTrainer(run, data, onlooker, parent.tell, watch.show)
    if cold:
        warm()
    return kept


class Session:
    """A run that is open: whether it is training, up to which iteration, and what its parent says to that."""

    def __init__(self, parent: Parent, kept: KeptTrainer, watch: Watch) -> None:
        self.parent, self.kept, self.watch, self.asking = parent, kept, watch, Asking(parent)
        self.state: State = "idle"
        self.target: int | None = None
        self.finishing = False  # whether to quit at the target
        self.said_at = time.perf_counter()  # when the parent last heard a state

    def say_state(self, state: State) -> None:
        """Take on a state and report where the run stands."""
        if state != "training":
            self.watch.stop()
        self.state, self.said_at = state, time.perf_counter()
        iteration, data = self.kept.iteration, self.kept.data.name
        self.parent.tell({"type": "state", "state": state, "iteration": iteration, "target": self.target, "data": data})

    def train_until_quit(self, first: First | None = None) -> None:
        """Obey the first command, if there is one, or say that it is open; obey and train; save at the end."""
        if first is None:
            self.say_state("idle")
        else:
            self.carry_out(*first)
        while not self.parent.quitting:
            try:
                self.obey()
                if self.state == "training":
                    self.advance()
            except OSError as error:  # such as a full disk: nothing is lost but what cannot be written
                message = f"could not write to {self.kept.run.path}: {error.strerror or error}"
                self.parent.tell({"type": "error", "message": message, "field": None})
                self.say_state("idle")
        self.save()

    def obey(self) -> None:
        """Carry out the commands that have come; wait for one while there is nothing to do."""
        while not self.parent.quitting:
            self.answer_if_due()
            message = self.parent.command(IDLE_SECONDS if self.state == "idle" else 0)
            if self.state == "idle" and self.watch.is_missing(self.kept.iteration):
                self.kept.draw()
            if message is None:
                return
            self.carry_out(*message)
            if self.state == "training":
                return

    def answer_if_due(self) -> None:
        """Tell who asks about a drawing what there is to say of it, beside the sheet that is shown."""
        sheet, iteration = self.watch.sheet, self.kept.iteration
        if sheet and sheet.iteration == iteration and self.asking.is_due(iteration, self.state == "idle"):
            self.asking.answer(self.kept.trainer, self.kept.onlooker, sheet)

    def carry_out(self, command: Command, iterations: int | None) -> None:
        """One command."""
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
        """Train: so many iterations, without end, or up to the config's number and quit there."""
        start = self.kept.iteration
        last = self.kept.run.config.iterations if iterations is None else start + iterations
        self.target, self.finishing = None if command == "fun" else last, command == "finish"
        self.kept.start_clock()
        if self.target is not None and start >= self.target:
            self.say_state("idle")
            self.quit_if_finished()
        else:
            self.watch.start(start)
            self.say_state("training")

    def quit_if_finished(self) -> None:
        """At the target: go, if the command was to finish."""
        if self.finishing:
            self.parent.quit()

    def pause(self) -> None:
        """Stop training, keep a picture of where it stopped, and save. The stop, which was asked for, comes first.

        The picture comes before the checkpoint: it is on the disk before that is (gan/runs/run_writer.py).
        """
        self.say_state("idle")
        if not self.kept.run.picture_path(self.kept.iteration).exists():
            self.kept.keep_picture()
        self.save()

    def reset(self) -> None:
        """Start anew from the config."""
        self.kept.clear()
        self.target = None
        self.kept = self.kept.again()
        self.say_state("idle")

    def save(self) -> None:
        """Write the checkpoint if it is not on disk, unless there are numbers in it that have overflowed."""
        if self.kept.is_saved:
            return
        if self.kept.trainer.is_finite():
            self.kept.save()
        else:
            self.stop_diverged()

    def advance(self) -> None:
        """One iteration, and what is due after it."""
        if not self.kept.advance():
            self.stop_diverged()
        elif self.kept.iteration == self.target:
            self.pause()
            self.quit_if_finished()
        else:
            if self.watch.is_due(self.kept.iteration):
                self.kept.draw()
            now = time.perf_counter()
            if now - self.said_at > STATE_SECONDS:
                self.say_state("training")
            if self.kept.save_is_due():
                self.save()

    def stop_diverged(self) -> None:
        """The numbers have overflowed: go back to the last checkpoint and say so, rather than save rubbish."""
        at = self.kept.iteration
        self.kept = self.kept.again()
        where = f"at iteration {at} and went back to iteration {self.kept.saved}"
        advice = "reset it, or start a run with a lower learning rate"
        self.parent.tell({"type": "error", "message": f"training diverged {where}; {advice}"})
        self.say_state("idle")
