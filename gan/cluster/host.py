"""On a worker of the cluster: the processes of its tasks, and the folders that runs are trained in.

A task runs in a thread of Dask's worker. What it does takes a process of its own, for its number of threads is a
setting of the whole process (nnet/threads.py). Dask's plugins are told what becomes of a task: so a process ends when
nobody wants its result any more, be it that the client says so, or that it has gone.
"""

from __future__ import annotations

import multiprocessing
import queue
import shutil
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from distributed import Reschedule, Worker, WorkerPlugin, get_worker

from gan.cluster.run_sync import Files, Stamp, changed, keep, stamps
from gan.config import Config
from gan.runs.messages import Event
from gan.runs.queue import is_last
from gan.runs.worker import Worker as Process

P = ParamSpec("P")
Result = TypeVar("Result")


class Host(WorkerPlugin):
    """What a worker knows of the tasks that it does for one client.

    Parameters
    ----------
    name : str
        The client's: of the plugin, and of the topic of its events.

    Attributes
    ----------
    ends : dict of functions
        By the key of a task: ends what it has started, or clears up after it. Called whenever it is not wanted.
    trainings : dict of Training
        By the same keys.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def setup(self, worker: Worker) -> None:
        """Called by Dask when the plugin comes to a worker."""
        self.worker = worker
        self.ends: dict[str, Callable[[], None]] = {}
        self.trainings: dict[str, Training] = {}
        # Dask starts its workers as daemons, and those may have no children. Nothing else depends on that flag.
        multiprocessing.current_process().daemon = False

    def transition(self, key: str, start: str, finish: str, **kwargs: Any) -> None:
        """Called by Dask for every change of a task."""
        if finish in ("released", "forgotten") and key in self.ends:
            self.ends[key]()

    def teardown(self, worker: Worker) -> None:
        """Called by Dask when the worker closes, or when the client is done with it."""
        for training in list(self.trainings.values()):
            training.leaving = True
        for end in list(self.ends.values()):
            end()


def host_of(name: str) -> Host:
    """The plugin of a client, within a task."""
    host = get_worker().plugins[name]
    assert isinstance(host, Host)
    return host


# One function in a process of its own: the trainings of a study


def in_own_process(name: str, function: Callable[P, Result], /, *arguments: P.args, **named: P.kwargs) -> Result:
    """A task: call a function in a new process; what it raises is raised here, ChildProcessError if it ends without."""
    host, key = host_of(name), get_worker().get_current_task()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(theirs, function, arguments, named), daemon=True)
    process.start()
    theirs.close()
    host.ends[key] = process.kill
    try:
        result, error = ours.recv()
    except EOFError as gone:
        raise ChildProcessError(f"a process of the worker {host.worker.address} ended unexpectedly") from gone
    finally:
        process.join()
        del host.ends[key]
    if error is not None:
        raise error
    return result


def _call(
    connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
) -> None:
    try:
        connection.send((function(*arguments, **named), None))
    except Exception as error:
        connection.send((None, error))


# A run


class Training:
    """A run in training: its process, and the folder that the client copies.

    Attributes
    ----------
    attempt : int
        Of so many to train this run; 0 until the client has said it.
    leaving : bool
        Whether the worker closes: another one goes on.
    ending : bool
        Whether it is to save and end.
    wanted : bool
        Whether the client will copy the folder once more.
    over : bool
        Whether the task has ended.
    """

    def __init__(self, host: Host, key: str, run: str) -> None:
        self.host, self.key, self.run = host, key, run
        self.folder = Path(tempfile.mkdtemp(prefix="run-", dir=host.worker.local_directory))
        self.begun: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self.process: Process | None = None
        self.attempt, self.wanted = 0, True
        self.leaving = self.ending = self.over = False

    def tell(self, **fields: Any) -> None:
        """Send an event to the client."""
        self.host.worker.log_event(self.host.name, {"run": self.run, "attempt": self.attempt, **fields})

    def save_and_end(self) -> None:
        """Let the process save the run and end, and with it the task; the folder stays."""
        self.ending = True
        self.begun.put(False)
        if self.process:
            self.process.send("quit")

    def end(self) -> None:
        """Nobody wants it any more: the same, and no folder stays."""
        self.wanted = False
        if self.over:
            self.clear()
        else:
            self.save_and_end()

    def clear(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.host.ends.pop(self.key, None)
        self.host.trainings.pop(self.key, None)

    def train(self, config: Config, data: Path | None, threads: int) -> Event | None:
        """Train up to the last iteration; the last event, None if nothing was begun."""
        self.tell(begin=self.host.worker.address, folder=str(self.folder))
        if not self.begun.get():
            if self.leaving:
                raise Reschedule
            return None
        process = Process(self.folder, config, data, threads)
        process.start()
        process.send("finish")
        self.process = process
        if self.ending:
            process.send("quit")
        try:
            while True:
                event = process.receive(None)
                assert event is not None
                if is_last(event) and self.leaving:
                    raise Reschedule
                self.tell(event=event)
                if event["type"] == "error" or is_last(event):
                    return event
        except EOFError as error:
            raise ChildProcessError(f"its process {str(error) or 'ended unexpectedly'}") from error
        finally:
            process.stop()


def train_run(name: str, run: str, config: str, data: str | None, threads: int) -> Event | None:
    """A task: train a run. Its folder stays as long as the client wants the result, that is, until it is copied."""
    host, key = host_of(name), get_worker().get_current_task()
    training = host.trainings[key] = Training(host, key, run)
    host.ends[key] = training.end
    try:
        return training.train(Config.from_json(config, run), None if data is None else Path(data), threads)
    except BaseException:
        training.wanted = False
        raise
    finally:
        training.over = True
        if not training.wanted:
            training.clear()


# What the client calls on a worker: Dask hands it over beside the tasks, in the worker's event loop


def begin(name: str, key: str, folder: str, attempt: int, files: Files, dask_worker: Worker) -> dict[str, Stamp]:
    """Put files into the folder of a training and let it begin; what then is in the folder.

    OSError if the folder cannot be written: the task ends then.
    """
    training = _training(dask_worker, name, key)
    if training is None or str(training.folder) != folder:
        return {}
    training.attempt = attempt
    try:
        keep(training.folder, files)
        found = stamps(training.folder)
    except OSError:
        training.begun.put(False)
        raise
    training.begun.put(True)
    return found


def news(
    name: str, key: str, attempt: int, have: dict[str, Stamp], dask_worker: Worker
) -> tuple[Files, dict[str, Stamp]] | None:
    """What is new in the folder of a training; None if there is no such attempt."""
    training = _training(dask_worker, name, key)
    return changed(training.folder, have) if training and training.attempt == attempt else None


def save_and_end(name: str, dask_worker: Worker) -> None:
    """Let all processes save their runs and end; the tasks end with them, and their folders stay."""
    host = dask_worker.plugins.get(name)
    for training in list(host.trainings.values()) if host else ():
        training.save_and_end()


def _training(worker: Worker, name: str, key: str) -> Training | None:
    host = worker.plugins.get(name)
    return host.trainings.get(key) if host else None
