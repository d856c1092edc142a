"""A real Dask cluster for tests: a scheduler and workers as a person starts them, each a process, on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import wait_for
from distributed import Client

SECONDS = 60  # longer than a worker takes to begin


class Cluster:
    """A scheduler and its workers; `address` is where it is."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.workers = folder, list[subprocess.Popen[bytes]]()
        self.processes: list[subprocess.Popen[bytes]] = []
        described = folder / "scheduler.json"
        self._start("scheduler", "--port", "0", "--scheduler-file", str(described))
        wait_for(lambda: described.exists() and described.read_text().endswith("}"), "a scheduler", SECONDS)
        self.address: str = json.loads(described.read_text())["address"]

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        place = os.environ | {"DASK_TEMPORARY_DIRECTORY": str(self.folder / "scratch")}
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=place))
        return self.processes[-1]

    def add_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker that offers a core, and wait until it is there."""
        log = self.folder / f"{len(self.processes)}.log"
        options = options or ("--resources", "cores=1")
        self.workers.append(self._start("worker", self.address, "--nthreads", "1", "--no-nanny", *options))
        wait_for(lambda: b"Registered to" in log.read_bytes(), "a worker", SECONDS)
        return self.workers[-1]

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """End a worker as a power cut would."""
        worker.kill()
        worker.wait(SECONDS)
        self.workers.remove(worker)

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
