"""A real Dask cluster for tests, with the scheduler and workers in separate processes
on this machine.

`hold` pauses all runs at an iteration (tests/helpers/paused_runs.py), so that a test
can interrupt them during training.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from distributed import Client

from gan.runs.run import Run
from tests.helpers import paused_runs
from tests.helpers.commands import SECONDS, wait_for

# A module that Dask loads, for a scheduler whose process has a worker, too.
WITH_WORKER = """
import asyncio
from distributed import Worker
from tests.helpers import paused_runs

async def dask_setup(scheduler):
    paused_runs.dask_setup(scheduler)
    worker = Worker(scheduler.address, nthreads=1, resources={"cores": 1})
    scheduler.starts_worker = asyncio.create_task(worker.start())
"""


class Cluster:
    """A Dask scheduler at `address`, and its workers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers = list[subprocess.Popen[bytes]]()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.gate = folder / "gate"
        self.address = ""

    def start(self, *options: str) -> None:
        """Start the scheduler."""
        ready = "Registered to" if options else "Scheduler at.*\n"
        self._start(ready, "scheduler", "--port", "0", *options)
        log = (self.folder / "0.log").read_text()
        (self.address,) = re.findall(r"Scheduler at: +(\S+)", log)

    def _start(self, ready: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a process and wait until its log contains a pattern."""
        # with -m, each training process would import Dask's main, too
        dask = "from dask.__main__ import main; main()"
        command = [
            sys.executable,
            "-c",
            dask,
            *arguments,
            "--host",
            "127.0.0.1",
            "--no-dashboard",
        ]
        settings = {
            "DASK_TEMPORARY_DIRECTORY": str(self.folder / "scratch"),
            paused_runs.FILE: str(self.gate),
        }
        modules = os.pathsep.join(
            [
                str(Path(paused_runs.__file__).parents[2]),
                os.environ.get("PYTHONPATH", ""),
            ]
        )
        env = os.environ | settings | {"PYTHONPATH": modules.rstrip(os.pathsep)}
        path = self.folder / f"{len(self.processes)}.log"
        with path.open("wb") as log:
            self.processes.append(
                subprocess.Popen(
                    command, stdout=log, stderr=log, cwd=self.folder, env=env
                )
            )
        self._wait_for(lambda: bool(re.search(ready, path.read_text())), ready)
        return self.processes[-1]

    def _wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition.

        After a timeout, add the logs of all processes to the error.
        """
        try:
            wait_for(condition, what)
        except AssertionError as error:
            for log in sorted(self.folder.glob("*.log")):
                error.add_note(
                    f"{log.name}: {log.read_text('utf-8', 'replace')[-2000:]}"
                )
            raise

    def add_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker with one core and wait until it is registered."""
        options = options or ("--resources", "cores=1")
        defaults = (
            "--nthreads",
            "1",
            "--no-nanny",
            "--preload",
            "tests.helpers.paused_runs",
        )
        self.workers.append(
            self._start("Registered to", "worker", self.address, *defaults, *options)
        )
        return self.workers[-1]

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """Kill a worker."""
        worker.kill()
        worker.wait(SECONDS)
        self.workers.remove(worker)

    def hold(self, iteration: int) -> None:
        """Pause all runs at this iteration until `release` is called."""
        paused_runs.hold(self.gate, iteration)

    def release(self) -> None:
        """Let all runs continue."""
        self.gate.unlink(missing_ok=True)

    def wait_at(self, iteration: int, runs: int) -> None:
        """Wait until this many runs have written the metrics of this iteration, at
        which `hold` pauses them.
        """

        def all_at_iteration() -> bool:
            lines = [
                Run.open(path).metrics() for path in self.folders() if Run.exists(path)
            ]
            return (
                sum(
                    bool(found) and found[-1]["iteration"] == iteration
                    for found in lines
                )
                == runs
            )

        self._wait_for(all_at_iteration, f"{runs} run(s) at iteration {iteration}")

    def trainings(self) -> list[psutil.Process]:
        """Return the training processes that the workers have started, one for each
        run.
        """
        found = []
        for child in [
            child
            for process in self.processes
            if process.poll() is None
            for child in psutil.Process(process.pid).children()
        ]:
            with suppress(psutil.NoSuchProcess):  # the process has ended
                found += (
                    [child]
                    if any("spawn_main" in word for word in child.cmdline())
                    else []
                )
        return found

    def held(self) -> list[str]:
        """Return the tasks and plugins that clients have left on the scheduler."""
        with Client(self.address) as client:
            return client.run_on_scheduler(
                lambda dask_scheduler: [
                    *dask_scheduler.tasks,
                    *(
                        name
                        for name in dask_scheduler.worker_plugins
                        if name.startswith("gan-")
                    ),
                ]
            )

    def folders(self) -> list[Path]:
        """Return the run folders on the workers."""
        return list((self.folder / "scratch").glob("*/*/run-*"))

    def close(self) -> None:
        """Kill all processes."""
        for process in reversed(self.processes):
            process.kill()
            process.wait(SECONDS)


@contextmanager
def running(folder: Path, workers: int) -> Iterator[Cluster]:
    """Yield a cluster with the given number of workers.

    A single one is in the process of the scheduler, so that it starts faster.
    """
    cluster = Cluster(folder)
    try:
        if workers == 1:
            cluster.start("--preload", WITH_WORKER)
        else:
            cluster.start()
            for _ in range(workers):
                cluster.add_worker()
        yield cluster
    finally:
        cluster.close()
