"""Many runs on a cluster: the tasks that train them, what these say, and the copies in --out."""

from __future__ import annotations

import queue
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from distributed import Future

from gan.cluster.connect import Joined
from gan.cluster.host import begin, news, save_and_end, train_run
from gan.cluster.run_sync import Stamp, keep, to_go_on
from gan.errors import InputError
from gan.interrupts import Interrupts
from gan.runs.messages import Event
from gan.runs.progress import Progress
from gan.runs.queue import SAVING_SECONDS, is_finished, is_last
from gan.runs.run import Run
from gan.runs.run_writer import held

COPY_SECONDS = 2.0  # between two looks for what is new in a run's folder
LOOK_SECONDS = 0.5  # between two looks at what became of the tasks, where nothing is heard
QUIET_LOOKS = 20  # without a word, after which it is asked whether there is a worker at all
RETRIES = 3  # of a run whose process ends unexpectedly; of lost workers Dask allows as many


class Task:
    """A run, and what is known of its training on the cluster.

    Attributes
    ----------
    key : str
        Dask's name of it.
    attempt : int
        Which one has begun last, 0 for none: what earlier ones say comes too late.
    worker, folder : str
        Where that is.
    have : dict
        Which files of that folder have been copied.
    last : Event or None
        The last one of this attempt.
    """

    def __init__(self, run: Run, key: str, future: Future) -> None:
        self.run, self.key, self.future = run, key, future
        self.attempt, self.worker, self.folder = 0, "", ""
        self.have: dict[str, Stamp] = {}
        self.last: Event | None = None
        self.copied_at = float("-inf")


class ClusterQueue:
    """The runs that a cluster trains; to the program what a gan.runs.queue.Queue is.

    Parameters
    ----------
    runs : sequence of Run
        Each is trained up to the number of iterations of its config. No other process may train them meanwhile.
    cluster : Joined
    data : Path or None
        A folder with MNIST's files, on every worker; None is the shipped sample.
    progress : Progress
        Is shown every event.
    """

    def __init__(self, runs: Sequence[Run], cluster: Joined, data: Path | None, progress: Progress) -> None:
        self.runs, self.cluster, self.data, self.progress = runs, cluster, data, progress
        self.client = cluster.client
        self.inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.tasks: dict[str, Task] = {}  # by the name of the run
        self.failed: list[str] = []
        self.bad_input = self.ending = False
        self.silent = 0  # how often nothing was heard, one after the other
        self.locks, self.interrupts = ExitStack(), Interrupts()

    def train_all(self) -> None:
        """Hand out all runs, and take in what they say and write, until all are done."""
        with self.interrupts.noted():
            for run in self.runs:
                self.locks.enter_context(held(run))
            self.client.subscribe_topic(self.cluster.name, lambda event: self.inbox.put(event[1]))
            for run in self.runs:
                self.hand_out(run)
            while self.tasks:
                self.take_in()
                self.interrupts.obey()

    def close(self) -> None:
        """Let go of all that is still there: of the tasks, whose processes then save and end, and of the runs here."""
        for task in list(self.tasks.values()):
            self.drop(task)
        self.locks.close()

    def hand_out(self, run: Run) -> None:
        """Make a task of a run. What it goes on from is sent to the worker that begins it."""
        key = f"train-{run.name}-{self.cluster.name}"
        data = None if self.data is None else str(self.data)
        arguments = (self.cluster.name, run.name, run.config.to_json(), data, self.cluster.threads)
        order = -len(self.tasks)  # Dask begins with the highest
        options = {"resources": self.cluster.resources, "retries": RETRIES, "priority": order}
        self.tasks[run.name] = Task(run, key, self.client.submit(train_run, *arguments, key=key, **options))

    def take_in(self) -> None:
        """Take in what has been said, and what has become of the tasks."""
        self.silent = 0 if self.hear_all(LOOK_SECONDS) else self.silent + 1
        if self.silent == QUIET_LOOKS and not self.cluster.workers():
            self.progress.say(self.cluster.missing())
        for task in list(self.tasks.values()):
            self.look_at(task)

    # What is said

    def hear_all(self, seconds: float) -> bool:
        """Take in all that has been said, after so many seconds at most. Whether there was anything."""
        heard = False
        with suppress(queue.Empty):
            while True:
                self.hear(self.inbox.get(timeout=0 if heard else seconds))
                heard = True
        return heard

    def hear(self, said: dict[str, Any]) -> None:
        """One message of a task: that it begins, or an event of its process."""
        task = self.tasks.get(said["run"])
        if task and "begin" in said:
            self.begin(task, said["begin"], said["folder"])
        elif task and said["attempt"] == task.attempt:
            event: Event = said["event"]
            if event["type"] == "error" or event["type"] == "note":
                event["message"] = event["message"].replace(task.folder, str(task.run.path))
            task.last = event
            self.progress.show(task.run, event)
            if event["type"] in ("picture", "metrics") and time.monotonic() > task.copied_at + COPY_SECONDS:
                self.copy(task)

    def begin(self, task: Task, worker: str, folder: str) -> None:
        """Let a worker begin a run, or go on with it from what has been copied here."""
        if self.ending:
            self.drop(task)
            return
        try:
            self.cluster.check_makes([worker])  # it may have come since the start
        except InputError as error:
            self.fail(task, str(error))
            return
        task.attempt, task.worker, task.folder, task.last = task.attempt + 1, worker, folder, None
        task.have, task.copied_at = {}, float("-inf")  # its first picture, or line, has all copied at once
        if task.attempt > 1:
            self.progress.say(f"{task.run.name}: was lost; goes on at {worker}, attempt {task.attempt}")
        arguments = (self.cluster.name, task.key, folder, task.attempt, to_go_on(task.run))
        answer = self.client.run(begin, *arguments, workers=[worker], on_error="return")[worker]
        if isinstance(answer, dict):
            task.have = answer
        else:
            self.progress.show(task.run, {"type": "error", "message": f"could not begin at {worker}: {answer}"})

    def copy(self, task: Task) -> bool:
        """Copy what is new in a run's folder. False if it cannot be reached: its worker is lost."""
        if task.worker not in self.cluster.workers():
            return False
        arguments = (self.cluster.name, task.key, task.attempt, task.have)
        answer = self.client.run(news, *arguments, workers=[task.worker], on_error="return")[task.worker]
        if not isinstance(answer, tuple):
            return False
        files, stamps = answer
        keep(task.run.path, files)
        task.have, task.copied_at = task.have | stamps, time.monotonic()
        return True

    # What becomes of the tasks

    def look_at(self, task: Task) -> None:
        """See whether a task has ended, and how."""
        status = task.future.status
        if status == "finished":
            self.hear_all(0)  # what it said was sent before its end
            if self.copy(task):
                self.finish(task)
        elif status == "error":
            self.fail(task, str(task.future.exception()))
        elif status == "cancelled":  # "lost" is one that Dask does again
            self.fail(task, f"the scheduler at {self.cluster.address} has lost it")

    def finish(self, task: Task) -> None:
        """A run is whole here, or ended early: let go of its task."""
        self.drop(task)
        last = task.last
        if last and last["type"] == "error":
            self.failed.append(task.run.name)
            self.bad_input = "field" in last
        elif not self.ending and not is_finished(task.run, last):
            self.failed.append(task.run.name)  # somebody ended its process

    def fail(self, task: Task, reason: str) -> None:
        """A run ended elsewhere, and will not go on."""
        self.drop(task)
        self.failed.append(task.run.name)
        message = f"{' '.join(reason.split())}; --resume goes on from its checkpoint"
        self.progress.show(task.run, {"type": "error", "message": message})

    def drop(self, task: Task) -> None:
        """Let the cluster forget a task: its worker removes the folder."""
        task.future.release()
        del self.tasks[task.run.name]

    def save_and_end(self) -> list[str]:
        """Tell all workers to save and end, then copy what they saved. The names of those that could not save."""
        self.ending, there = True, list(self.cluster.workers())
        begun = [task for task in self.tasks.values() if task.attempt]
        for task in [task for task in self.tasks.values() if task.worker not in there]:
            self.drop(task)
        if there:
            self.client.run(save_and_end, self.cluster.name, workers=there, on_error="ignore")
            end = time.monotonic() + SAVING_SECONDS
            while self.tasks and time.monotonic() < end:
                self.take_in()
        in_order = [task for task in begun if task.run.name not in self.tasks and task.last and is_last(task.last)]
        return [task.run.name for task in begun if task not in in_order]
