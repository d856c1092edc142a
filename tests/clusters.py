"""A real Dask cluster for tests: a scheduler and workers as a person starts them, each a process, on loopback.

`gate` holds the runs at an iteration (tests/gated.py), so that a test that interrupts one surely finds it in training.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import gated
import psutil
from commands import SECONDS, wait_for
from distributed import Client

from gan.runs.run import Run


class Cluster:
    """A scheduler and its workers; `address` is where it is."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.workers = folder, list[subprocess.Popen[bytes]]()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.gate = folder / "gate"
        described = folder / "scheduler.json"
        self._start("scheduler", "--port", "0", "--scheduler-file", str(described))
        self._wait_for(lambda: described.exists() and described.read_text().endswith("}"), "a scheduler")
        self.address: str = json.loads(described.read_text())["address"]

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        places = {"DASK_TEMPORARY_DIRECTORY": str(self.folder / "scratch"), gated.FILE: str(self.gate)}
        modules = os.pathsep.join([str(Path(gated.__file__).parent), os.environ.get("PYTHONPATH", "")])
        env = os.environ | places | {"PYTHONPATH": modules.rstrip(os.pathsep)}
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=env))
        return self.processes[-1]

    def _wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something; the error of a wait in vain has the logs of all processes."""
        try:
            wait_for(condition, what)
        except AssertionError as error:
            for log in sorted(self.folder.glob("*.log")):
                error.add_note(f"{log.name}: {log.read_text('utf-8', 'replace')[-2000:]}")
            raise

    def add_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker that offers a core, and wait until it is there."""
        log = self.folder / f"{len(self.processes)}.log"
        options = options or ("--resources", "cores=1")
        usual = ("--nthreads", "1", "--no-nanny", "--preload", "gated")
        self.workers.append(self._start("worker", self.address, *usual, *options))
        self._wait_for(lambda: b"Registered to" in log.read_bytes(), "a worker")
        return self.workers[-1]

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """End a worker as a power cut would."""
        worker.kill()
        worker.wait(SECONDS)
        self.workers.remove(worker)

    def hold(self, iteration: int) -> None:
        """Let no run pass an iteration, until `release`."""
        gated.hold(self.gate, iteration)

    def release(self) -> None:
        """Let all runs go on."""
        self.gate.unlink(missing_ok=True)

    def wait_at(self, iteration: int, runs: int) -> None:
        """Wait until so many runs stand at the iteration at which they are held, which has a line of metrics."""

        def standing() -> bool:
            lines = [Run.open(path).metrics() for path in self.folders() if Run.exists(path)]
            return sum(bool(found) and found[-1]["iteration"] == iteration for found in lines) == runs

        self._wait_for(standing, f"{runs} run(s) at iteration {iteration}")

    def trainings(self) -> list[psutil.Process]:
        """The processes that the workers have started, one a training."""
        found = []
        for child in [child for worker in self.workers for child in psutil.Process(worker.pid).children()]:
            with suppress(psutil.NoSuchProcess):  # it has ended since
                found += [child] if any("spawn_main" in word for word in child.cmdline()) else []
        return found

    def held(self) -> list[str]:
        """What the scheduler holds of those who trained: nothing, if they have left it clean."""
        with Client(self.address) as client:
            return client.run_on_scheduler(
                lambda dask_scheduler: [
                    *dask_scheduler.tasks,
                    *(name for name in dask_scheduler.worker_plugins if name.startswith("gan-")),
                ]
            )

    def folders(self) -> list[Path]:
        """What is left of runs on the workers."""
        return list((self.folder / "scratch").glob("*/*/run-*"))

    def close(self) -> None:
        """End all."""
        for process in reversed(self.processes):
            process.kill()
            process.wait(SECONDS)


@contextmanager
def running(folder: Path, workers: int) -> Iterator[Cluster]:
    """A cluster with so many workers."""
    cluster = Cluster(folder)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.close()
