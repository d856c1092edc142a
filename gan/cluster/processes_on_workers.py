"""Manage the task processes and the run folders on a cluster's workers.

A task runs in a thread of a Dask worker, but starts a separate process for the work,
because the number of cores to use is a setting of a whole process (nnet/threads.py).
Dask notifies a plugin of each change in a task's state. So a process can end as soon as
the client releases its task or disconnects.
"""

from __future__ import annotations

import multiprocessing
import queue
import shutil
import tempfile
from pathlib import Path
from typing import Any

from distributed import Reschedule, Worker, WorkerPlugin, get_worker

from gan.cluster.run_sync import Files, Stamp, changed_files, write_files
from gan.rules.run_config import Config
from gan.runs.worker import Worker as Process
from gan.runs.worker_link import RunStatus


class Host(WorkerPlugin):
    """A Dask worker plugin that keeps track of one client's tasks.

    The client's name is also the name of the plugin and the topic of its events.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def setup(self, worker: Worker) -> None:
        """Initialize the plugin on a worker. Dask calls this."""
        self.worker = worker
        # By the key of their task, until their folder is removed.
        self.trainings: dict[str, Training] = {}
        # Whether the worker is closing or the client has left; Dask then no longer
        # calls `transition`.
        self.is_closed = False
        # Dask starts workers as daemons, which may not have child processes. Nothing
        # else depends on this flag.
        multiprocessing.current_process().daemon = False

    def register(self, training: Training) -> None:
        """Store a task's training, and end it if the task is no longer needed."""
        self.trainings[training.key] = training
        task = self.worker.state.tasks.get(training.key)
        # Dask changes the state before it calls `transition`.
        if self.is_closed or task is None or task.state == "cancelled":
            training.end()

    def transition(self, key: str, start: str, finish: str, **kwargs: Any) -> None:
        """End a released task. Dask calls this for every change in a task's state."""
        # The task's thread may remove its training at any time.
        training = self.trainings.get(key)
        if finish in ("released", "forgotten") and training:
            training.end()

    def teardown(self, worker: Worker) -> None:
        """End all tasks.

        Dask calls this when the worker closes or the client unregisters the plugin.
        """
        # Set this first, so that `register` ends tasks that start from now on.
        self.is_closed = True
        for training in list(self.trainings.values()):
            training.end()


# Runs: train a run in a separate process, with its own folder


class Training:
    """A run being trained, with its process and the folder that the client copies."""

    def __init__(self, host: Host, key: str, run: str) -> None:
        self.host = host
        self.key = key
        self.run = run
        self.folder = Path(
            tempfile.mkdtemp(prefix="run-", dir=host.worker.local_directory)
        )
        self.begun = queue.SimpleQueue[bool]()
        self.process: Process | None = None
        # The client's number for this attempt at the run, or 0 until the client starts
        # it.
        self.attempt = 0
        self.wanted = True  # whether the client may still copy the folder
        self.ending = False  # whether the process was asked to save the run and end
        self.over = False  # whether the task has ended

    def tell(self, **fields: Any) -> None:
        self.host.worker.log_event(
            self.host.name, {"run": self.run, "attempt": self.attempt, **fields}
        )

    def save_and_end(self) -> None:
        """Make the process save the run and end, which also ends the task.

        The folder is kept.
        """
        self.ending = True
        self.begun.put(False)
        if self.process:
            self.process.send("quit")

    def end(self) -> None:
        """End a task that is no longer needed.

        Its process saves and ends, and its folder is removed.
        """
        self.wanted = False
        if self.over:
            self.clear()
        else:
            self.save_and_end()

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.host.trainings.pop(self.key, None)

    def train(self, config: Config, data: Path | None, cores: int) -> None:
        """Wait until the client starts the run, then train it to its last iteration.

        Return early if the client has ended it. Raise Reschedule if the worker is
        closing, so that another worker resumes the run.
        """
        self.tell(begin=self.host.worker.address, folder=str(self.folder))
        if not self.begun.get():
            if self.host.is_closed:  # another worker must resume the run
                raise Reschedule
            return
        process = Process(self.folder, config, data, cores)
        process.start()
        process.send("finish")
        self.process = process
        if self.ending:
            process.send("quit")
        heard = RunStatus()
        try:
            while not (heard.failure or heard.has_ended):
                event = process.receive(None)
                assert event is not None
                heard.hear(event)
                if heard.has_ended and self.host.is_closed:
                    raise Reschedule
                self.tell(event=event)
        except EOFError as error:
            raise ChildProcessError(
                f"its process {str(error) or 'ended unexpectedly'}"
            ) from error
        finally:
            process.stop()


def train_run(name: str, run: str, config: str, data: Path | None, cores: int) -> None:
    """Train a run, as a Dask task.

    Its folder is kept until the client has copied it and releases the result.
    """
    worker = get_worker()
    host: Host = worker.plugins[name]
    training = Training(host, worker.get_current_task(), run)
    host.register(training)
    try:
        training.train(Config.from_json(config, run), data, cores)
    except BaseException:
        training.wanted = False
        raise
    finally:
        training.over = True
        if not training.wanted:
            training.clear()


# Functions that the client calls on a worker outside of tasks. Dask runs them in the
# worker's event loop.


def begin_training(
    name: str, key: str, folder: str, attempt: int, files: Files, dask_worker: Worker
) -> dict[str, Stamp]:
    """Write files into a training's folder and start the training.

    Return the stamps of the files in the folder, or {} if there is no such training.
    Raise OSError if the folder is not writable; the task then ends.
    """
    training = _training(dask_worker, name, key)
    if training is None or str(training.folder) != folder:
        return {}
    training.attempt = attempt
    try:
        write_files(training.folder, files)
        _, stamps = changed_files(training.folder, {})
    except OSError:
        training.begun.put(False)
        raise
    training.begun.put(True)
    return stamps


def fetch_changes(
    name: str, key: str, attempt: int, have: dict[str, Stamp], dask_worker: Worker
) -> tuple[Files, dict[str, Stamp]] | None:
    """Return the changed files in a training's folder, with their stamps.

    `have` holds the stamps of the files that were already copied. Return None if the
    task is not in this attempt.
    """
    training = _training(dask_worker, name, key)
    if training and training.attempt == attempt:
        return changed_files(training.folder, have)
    return None


def save_and_end(name: str, dask_worker: Worker) -> None:
    """Make all processes save their runs and end, which also ends their tasks.

    The folders are kept.
    """
    host = dask_worker.plugins.get(name)
    if host:
        for training in list(host.trainings.values()):
            training.save_and_end()


def _training(worker: Worker, name: str, key: str) -> Training | None:
    host = worker.plugins.get(name)
    return host.trainings.get(key) if host else None
