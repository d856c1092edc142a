"""What a training process does: obey, train, report, save.

One iteration after another, and between two of them a look at the commands. Pictures, metrics and checkpoints are made
when they are due. Commands come and events go over a pipe; the process at its other end is gan/runs/worker.py's
business.

Events, each with a "type":

    state     state ("starting", "compiling", "idle", "training", "gone"), iteration, target (None: until stopped), data
    metrics   a line of the run's metrics.jsonl
    picture   iteration: images/<iteration>.png is whole and on disk
    error     message: one line; field, too, if the input was bad
"""

from __future__ import annotations

import math
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from gan.classifier.reading import open_reader
from gan.config import Config
from gan.data import load
from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.trainer import Iteration, Trainer
from nnet.fast.warm import is_warm, warm

SAVE_SECONDS = 60.0  # between checkpoints: what a kill can cost
STATE_SECONDS = 0.2  # between two reports of the iteration: as often as an eye can follow
IDLE_SECONDS = 0.5  # an idle worker looks so often whether SIGTERM came: Python resumes a wait that a signal interrupts
DENSE_PICTURES = 10  # for so many intervals, pictures are kept five times as often: that is when most happens

Event = dict[str, Any]


class Session:
    """One run, whether it is training, and up to which iteration."""

    def __init__(self, connection: Connection, path: Path, config: Config, data: Path | None) -> None:
        self.connection, self.quitting = connection, False
        self.state, self.target = "starting", None  # type: str, int | None
        self.trainer: Trainer | None = None
        self.parent_gone = self.finishing = False
        self.path, self.config, self.data_folder = path, config, data
        self.say_state()

    def say(self, kind: str, **fields: Any) -> None:
        """Send an event, if there is still somebody to hear it."""
        if not self.parent_gone:
            try:
                self.connection.send({"type": kind, **fields})
            except OSError:
                self.parent_gone = self.quitting = True

    def say_state(self, state: str | None = None) -> None:
        """Take on a state, if one is given, and report where the run stands."""
        self.state = state or self.state
        iteration, data = (self.trainer.iteration, self.trainer.data_name) if self.trainer else (0, None)
        self.said_at = time.perf_counter()
        self.say("state", state=self.state, iteration=iteration, target=self.target, data=data)

    def quit(self) -> None:
        """End after the iteration that is being computed."""
        self.quitting = True

    def run_until_quit(self) -> None:
        """Open the run, train it as commanded, and go."""
        self.data = load(self.data_folder)
        self.read = open_reader() if self.config.digit is None else None  # what is on the pictures of all digits
        self.run = Run.resume(self.path, self.config)
        with self.run.locked():
            try:
                self.begin()
            except InputError:
                if not self.asked_to_reset():
                    raise
                Trainer(self.config, self.data)  # raises what is no fault of the checkpoint, before anything is cleared
                self.run.clear()
                self.begin()
            self.train_until_quit()
        self.say_state("gone")

    def asked_to_reset(self) -> bool:
        """Whether the first command is to start anew: that heals a run whose checkpoint cannot be taken up."""
        try:
            return self.connection.poll(IDLE_SECONDS) and self.connection.recv()[0] == "reset"
        except (EOFError, OSError):
            return False

    def train_until_quit(self) -> None:
        """Obey and train; save at the end."""
        while not self.quitting:
            try:
                self.obey()
                if self.state == "training":
                    self.advance()
            except OSError as error:  # such as a full disk: nothing is lost but what cannot be written
                self.say("error", message=f"could not write to {self.path}: {error.strerror or error}")
                self.say_state("idle")
        if self.trainer and self.trainer.iteration != self.saved:
            self.save()

    def open_trainer(self) -> None:
        """Make the trainer, from the checkpoint where there is one; keep a first picture."""
        self.trainer = Trainer(self.config, self.data)
        self.run.restore(self.trainer)
        self.saved, self.saved_at = self.trainer.iteration, time.perf_counter()
        if not self.run.pictures():
            self.keep_picture()

    def begin(self) -> None:
        """Make the trainer and compile what is not yet compiled."""
        if cold := not is_warm():
            self.say_state("compiling")  # before the first picture: drawing it compiles, too
        self.open_trainer()
        if cold:
            warm()
        self.say_state("idle")

    def obey(self) -> None:
        """Carry out the commands that have come; wait for one while there is nothing to do."""
        while not self.quitting:
            try:
                if not self.connection.poll(IDLE_SECONDS if self.state == "idle" else 0):
                    return
                command, iterations = self.connection.recv()
            except (EOFError, OSError):
                self.parent_gone = self.quitting = True
                return
            self.carry_out(command, iterations)
            if self.state == "training":
                return

    def carry_out(self, command: str, iterations: int | None) -> None:
        """One command."""
        assert self.trainer
        if command in ("train", "fun", "finish"):
            start = self.trainer.iteration
            self.finishing = command == "finish"
            last = self.config.iterations if iterations is None else start + iterations
            self.target = None if command == "fun" else last
            self.measured = (start, time.perf_counter())
            done = self.target is not None and start >= self.target
            self.say_state("idle" if done else "training")
            self.quitting = self.quitting or (done and self.finishing)
        elif command == "pause":
            self.pause()
        elif command == "reset":
            self.saved = -1  # should a file withstand, what is in memory is on disk no more
            self.run.clear()
            self.target = None
            self.begin()
        elif command == "quit":
            self.quit()

    def pause(self) -> None:
        """Stop training, save, and keep a picture of where it stopped. The stop, which was asked for, comes first."""
        assert self.trainer
        self.say_state("idle")
        if self.trainer.iteration != self.saved:
            self.save()
        if not self.run.picture_path(self.trainer.iteration).exists():
            self.keep_picture()

    def save(self) -> None:
        """Write the checkpoint, unless there are numbers in it that have overflowed."""
        assert self.trainer
        if not self.trainer.is_finite():
            self.stop_diverged()
            return
        self.run.save(self.trainer)
        self.saved, self.saved_at = self.trainer.iteration, time.perf_counter()

    def advance(self) -> None:
        """One iteration, and what is due after it."""
        assert self.trainer
        measured = (self.trainer.iteration + 1) % self.config.metrics_every == 0
        done = self.trainer.iterate(measure_d_change=measured)
        iteration = self.trainer.iteration
        if not math.isfinite(done.measured.d_loss + done.measured.g_loss + done.measured.penalty):
            self.stop_diverged()
            return
        if measured:
            self.keep_metrics(done)
        if self.picture_due(iteration):
            self.keep_picture()
        if iteration == self.target:
            self.pause()
            self.quitting = self.quitting or self.finishing
            return
        now = time.perf_counter()
        if now - self.said_at > STATE_SECONDS:
            self.say_state()
        if now - self.saved_at > SAVE_SECONDS:
            self.save()

    def stop_diverged(self) -> None:
        """The numbers have overflowed: go back to the last checkpoint and say so, rather than save rubbish."""
        assert self.trainer
        at = self.trainer.iteration
        self.open_trainer()
        where = f"at iteration {at} and went back to iteration {self.saved}"
        self.say("error", message=f"training diverged {where}; reset it, or start a run with a lower learning rate")
        self.say_state("idle")

    def picture_due(self, iteration: int) -> bool:
        """Every `picture_every` iterations, at first five times as often, and at the end."""
        every = self.config.picture_every
        if iteration < DENSE_PICTURES * every:
            every = max(1, every // 5)
        return iteration % every == 0 or iteration == self.config.iterations

    def keep_picture(self) -> None:
        """Draw, read, write and report a picture."""
        assert self.trainer
        images = self.trainer.picture()
        self.run.save_picture(self.trainer.iteration, images, self.read(images) if self.read else None)
        self.say("picture", iteration=self.trainer.iteration)

    def keep_metrics(self, done: Iteration) -> None:
        """Write and report a line of metrics. The speed is that since the last line or the start."""
        assert self.trainer
        iteration, now = self.trainer.iteration, time.perf_counter()
        since, then = self.measured
        self.measured = (iteration, now)
        line = {
            "iteration": iteration,
            **vars(done.measured),  # d_loss, g_loss, told_apart, penalty
            "d_change": done.d_change,
            "learning_rate": done.learning_rate,
            "iterations_per_second": (iteration - since) / (now - then),
        }
        self.run.append_metrics(line)
        self.say("metrics", **line)
