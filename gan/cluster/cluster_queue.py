"""Train a queue of runs on a cluster.

The queue submits a task for each run, handles the events of the tasks, and copies the
runs' files to --out.
"""

import math
import queue
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import Future

from gan.base.errors import InputError
from gan.cluster.join import RESOURCE, Cluster
from gan.cluster.processes_on_workers import (
    begin_training,
    fetch_changes,
    save_and_end,
    train_run,
)
from gan.cluster.run_sync import Stamp, resume_files, write_files
from gan.runs.folder_lock import held
from gan.runs.local_queue import SAVING_SECONDS, RunQueue
from gan.runs.messages import Event
from gan.runs.run import Run
from gan.runs.terminal_output import Lines
from gan.runs.worker_link import RunStatus

# How often Dask runs a failed task again. By default, it tolerates as many lost workers
# per task.
RETRIES = 3
COPY_SECONDS = 2.0  # minimum time between copies of a run's new files
POLL_SECONDS = 0.5  # time between checks of the tasks' states if no event arrives
# Number of consecutive polls without an event before the workers are checked.
SILENT_POLLS = 20


@dataclass
class Task:
    """A run, and the current attempt to train it on the cluster."""

    run: Run
    key: str  # Dask's name for the task
    future: Future
    # 0 before the first attempt; events of earlier attempts are ignored
    attempt: int = 0
    worker: str = ""  # the address of the attempt's worker
    folder: str = ""  # the attempt's folder on the worker
    # Stamps of the files that have been copied from that folder.
    have: dict[str, Stamp] = field(default_factory=dict)
    heard: RunStatus = field(default_factory=RunStatus)  # of this attempt
    copied_at: float = -math.inf  # so that the first event triggers a copy


class ClusterQueue(RunQueue):
    """A queue of runs that are trained on a cluster.

    Each run is trained up to the number of iterations in its config. Its copy on this
    machine is locked, so that no other process can train it meanwhile. `data`, the path
    of images that replace MNIST, must exist on every worker.
    """

    def __init__(
        self, runs: Sequence[Run], cluster: Cluster, data: Path | None, progress: Lines
    ) -> None:
        super().__init__(progress)
        self.runs = runs
        self.cluster = cluster
        self.data = data
        self.client = cluster.client
        self.inbox = queue.SimpleQueue[dict[str, Any]]()
        self.tasks: dict[str, Task] = {}  # by the name of their run
        self.ending = False
        self.silent = 0  # consecutive polls without an event
        self.locks = ExitStack()

    def train_all(self) -> None:
        with self.interrupts.deferred():
            for run in self.runs:
                self.locks.enter_context(held(run))
            self.client.subscribe_topic(
                self.cluster.name, lambda event: self.inbox.put(event[1])
            )
            for run in self.runs:
                self.submit(run)
            while self.tasks:
                self.poll()
                self.interrupts.raise_if_received()

    def close(self) -> None:
        """Release the remaining tasks, and unlock the runs on this machine.

        The tasks' processes then save and end.
        """
        for task in list(self.tasks.values()):
            self.drop(task)
        self.locks.close()

    def submit(self, run: Run) -> None:
        """Submit a run as a task.

        Its worker receives the files to resume from when the task starts.
        """
        cluster = self.cluster
        key = f"train-{run.name}-{cluster.name}"
        future = self.client.submit(
            train_run,
            cluster.name,
            run.name,
            run.config.to_json(),
            self.data,
            cluster.cores,
            key=key,
            resources={RESOURCE: cluster.cores},
            retries=RETRIES,
            # Dask starts the task with the highest priority first.
            priority=-len(self.tasks),
        )
        self.tasks[run.name] = Task(run, key, future)

    def poll(self) -> None:
        received = self.handle_all(POLL_SECONDS)
        self.silent = 0 if received else self.silent + 1
        if self.silent == SILENT_POLLS and not self.cluster.workers():
            self.progress.say(self.cluster.no_worker_message())
        for task in list(self.tasks.values()):
            self.check_task(task)

    # Messages from the tasks

    def handle_all(self, seconds: float) -> bool:
        """Handle all messages, waiting up to `seconds` for the first one.

        Return whether there were any.
        """
        received = False
        with suppress(queue.Empty):
            while True:
                self.handle(self.inbox.get(timeout=0 if received else seconds))
                received = True
        return received

    def handle(self, message: dict[str, Any]) -> None:
        """Handle a message: a task is ready to begin, or its process sent an event."""
        task = self.tasks.get(message["run"])
        if task and "begin" in message:
            self.begin_training(task, message["begin"], message["folder"])
        elif task and message["attempt"] == task.attempt:
            self.handle_event(task, message["event"])

    def handle_event(self, task: Task, event: Event) -> None:
        if event["type"] == "error" or event["type"] == "note":
            text = event["message"]
            event["message"] = text.replace(task.folder, str(task.run.path))
        task.heard.hear(event)
        self.progress.show(task.run, event)
        has_files = event["type"] in ("picture", "metrics")
        if has_files and time.monotonic() > task.copied_at + COPY_SECONDS:
            self.copy(task)

    def begin_training(self, task: Task, worker: str, folder: str) -> None:
        """Make a worker start a run, or resume it from the copy on this machine.

        `folder` is the run's folder on the worker.
        """
        if self.ending:
            self.drop(task)
            return
        try:
            # The worker may have joined after the first check.
            self.cluster.check_versions([worker])
        except InputError as error:
            self.fail(task, str(error))
            return
        run = task.run
        before = task
        attempt = before.attempt + 1
        task = Task(run, before.key, before.future, attempt, worker, folder)
        self.tasks[run.name] = task
        if attempt > 1:
            self.progress.say(
                f"{run.name}: {self.reason_of_end(before)}; "
                f"resumes on {worker}, attempt {attempt}"
            )
        answer = self.call(begin_training, task, folder, attempt, resume_files(run))
        if isinstance(answer, dict):
            task.have = answer
        else:
            message = f"could not start on {worker}: {answer}"
            self.progress.show(run, {"type": "error", "message": message})

    def reason_of_end(self, task: Task) -> str:
        """Say why Dask had to start a task again."""
        if task.worker in self.cluster.workers():
            return f"its training process on {task.worker} ended"
        return f"its worker {task.worker} was lost"

    def copy(self, task: Task) -> bool:
        """Copy the new files from a run's folder, and return whether that succeeded."""
        if task.worker not in self.cluster.workers():
            return False
        answer = self.call(fetch_changes, task, task.attempt, task.have)
        if not isinstance(answer, tuple):
            return False
        files, stamps = answer
        write_files(task.run.path, files)
        task.have |= stamps
        task.copied_at = time.monotonic()
        return True

    def call(self, function: Callable[..., object], task: Task, *rest: object) -> Any:
        """Call a function on a task's worker, and return its result or exception."""
        arguments = (self.cluster.name, task.key, *rest)
        answers = self.client.run(
            function, *arguments, workers=[task.worker], on_error="return"
        )
        return answers[task.worker]

    # States of the tasks

    def check_task(self, task: Task) -> None:
        status = task.future.status
        if status == "finished":
            self.handle_all(0)  # handle the events that the task sent before it ended
            if self.copy(task):
                self.drop(task)
                if not self.ending or task.heard.failure:
                    self.note_end(task.run, task.heard)
        elif status == "error":
            self.fail(task, str(task.future.exception()))
        elif status == "cancelled":
            # Ignore "lost", because Dask runs a lost task again.
            self.fail(task, f"the scheduler at {self.cluster.address} has lost it")

    def fail(self, task: Task, reason: str) -> None:
        """Release a task that has failed permanently, and report the reason."""
        self.drop(task)
        self.failed.append(task.run.name)
        message = f"{' '.join(reason.split())}; --resume continues from its checkpoint"
        self.progress.show(task.run, {"type": "error", "message": message})

    def drop(self, task: Task) -> None:
        """Release a task, so that its worker removes the folder."""
        task.future.release()
        del self.tasks[task.run.name]

    def save_and_end(self) -> list[str]:
        self.ending = True
        workers = list(self.cluster.workers())
        begun = [task for task in self.tasks.values() if task.attempt]
        for task in list(self.tasks.values()):
            if task.worker not in workers:
                self.drop(task)
        if workers:
            self.client.run(
                save_and_end, self.cluster.name, workers=workers, on_error="ignore"
            )
            end = time.monotonic() + SAVING_SECONDS
            while self.tasks and time.monotonic() < end:
                self.poll()
        return [
            task.run.name
            for task in begun
            if task.run.name in self.tasks or not task.heard.has_ended
        ]
