"""Join a cluster: find its scheduler and workers, and check that they have the same versions as this program.

A training requests cores, which Dask calls a resource. A worker offers as many as its command states, and runs no more
trainings than it has cores for. Other people's workers on the same cluster offer none and are left alone.
"""

from __future__ import annotations

import hashlib
import logging
import re
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from distributed import Client, KilledWorker, LocalCluster

import gan
import nnet
from gan.cluster.host import Host, in_own_process
from gan.errors import InputError
from gan.interrupts import ctrl_c_blocked

RESOURCE = "cores"
LOCAL = "local"  # in place of an address: a cluster on this machine, which ends with the program
CONNECT_SECONDS = 10
SCHEDULER = "scheduler"
# Packages that decide the bits of a run, or that Dask needs to be the same. The project is compared by its code.
PACKAGES = ("python", "numpy", "numba", "llvmlite", "dask", "distributed")


@contextmanager
def join_cluster(address: str, threads: int, workers: int = 1) -> Iterator[Cluster]:
    """Yield a cluster that can train. Its workers have the plugin that training needs until the block ends.

    Parameters
    ----------
    address : str
        Of the scheduler, as "tcp://host:8786"; or `LOCAL`.
    threads : int
        Cores of each training.
    workers : int
        Number of workers of a local cluster.

    Raises
    ------
    InputError : there is no scheduler, no worker with that many cores, or one of another version; or a task has lost
        its workers repeatedly.
    """
    if address != LOCAL and not re.fullmatch(r"\w+://.+:\d+", address):
        expected = f"expected an address as tcp://host:8786, or {LOCAL}"
        raise InputError(f"--cluster: {expected}, received {address}", "cluster")
    for name in ("distributed", "distributed.client"):  # errors are reported in one line instead
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with _scheduler(address, threads, workers) as scheduler, _client(scheduler) as client:
        cluster = Cluster(client, address, threads)
        cluster.check()
        client.register_plugin(cluster.host)
        try:
            yield cluster
        except KilledWorker as error:
            message = f"--cluster: a task was lost with its worker {error.allowed_failures + 1} times, last with"
            advice = "look at its log, then give the same command"
            raise InputError(f"{message} {error.last_worker.address}; {advice}", "cluster") from error
        finally:
            if client.status == "running":
                client.unregister_worker_plugin(cluster.name)


@contextmanager
def _scheduler(address: str, threads: int, workers: int) -> Iterator[Any]:
    """Yield an address, or a local cluster, for Dask's client to connect to."""
    if address != LOCAL:
        yield address
        return
    with ctrl_c_blocked():  # a terminal sends it to all processes; this one stops the others
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, resources={RESOURCE: threads}, dashboard_address="127.0.0.1:0"
        )
    with cluster:
        yield cluster


@contextmanager
def _client(scheduler: Any) -> Iterator[Client]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about versions: they are checked below
        try:
            client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
        except OSError as error:
            advice = f"start one: dask scheduler; and on every machine: {worker_command(scheduler, 1)}"
            message = f"--cluster: expected a Dask scheduler at {scheduler}, found none; {advice}"
            raise InputError(message, "cluster") from error
    with client:
        yield client


def worker_command(address: str, cores: int) -> str:
    """Return the command that starts a worker for trainings."""
    return f"dask worker {address} --nthreads {cores} --resources {RESOURCE}={cores}"


class Cluster:
    """A cluster that this program has joined.

    Attributes
    ----------
    client : distributed.Client
    address : str
        Of its scheduler.
    threads : int
        Cores of each training.
    name : str
        Identifies this program to the workers.
    """

    def __init__(self, client: Client, address: str, threads: int) -> None:
        self.client, self.threads = client, threads
        self.address = client.scheduler.address if address == LOCAL else address
        self.name = f"gan-{uuid.uuid4().hex[:12]}"
        self.host = Host(self.name)
        self.checked: set[str] = set()  # workers of the same version

    @property
    def resources(self) -> dict[str, float]:
        """The resources of a training."""
        return {RESOURCE: self.threads}

    def workers(self) -> dict[str, int]:
        """Return how many trainings each worker that can train runs at once, by address."""
        infos = self.client.scheduler_info(n_workers=-1)["workers"] if self.client.status == "running" else {}
        offered = {address: info["resources"].get(RESOURCE, 0) for address, info in infos.items()}
        at_once = {address: int(min(offered[address] // self.threads, infos[address]["nthreads"])) for address in infos}
        return {address: count for address, count in at_once.items() if count}

    def at_once(self) -> int:
        """Return how many trainings all workers run at once."""
        return sum(self.workers().values())

    def no_worker_message(self) -> str:
        """Return the error message if no worker can train."""
        expected = f"expected a worker that offers {RESOURCE}={self.threads} at {self.address}, found none"
        return f"--cluster: {expected}; start one: {worker_command(self.address, self.threads)}"

    def check(self) -> None:
        """Raise InputError unless a worker can train, and all have the same versions as this program."""
        workers = list(self.workers())
        if not workers:
            raise InputError(self.no_worker_message(), "cluster")
        self.check_versions(workers)

    def check_versions(self, workers: list[str]) -> None:
        """Raise InputError unless the scheduler and these workers have the same versions as this program."""
        if self.checked.issuperset(workers):
            return
        remote = self.versions(workers)
        local = remote.pop("here")
        for place, versions in remote.items():
            if problem := difference(local, versions):
                command = "dask scheduler" if place == SCHEDULER else worker_command(self.address, self.threads)
                message = f"--cluster: the {place} {problem}; install the same there, then: {command}"
                raise InputError(message, "cluster")
        self.checked.update(workers)

    def versions(self, workers: list[str]) -> dict[str, dict[str, str | None]]:
        """Return the versions of packages and code: "here", of the scheduler, and of the workers."""
        found = self.client.get_versions(packages=[name for name in PACKAGES if name != "python"])
        codes = self.client.run(code_version, workers=workers, on_error="return")
        try:
            code = self.client.run_on_scheduler(code_version)  # the scheduler reads the tasks that it distributes
        except Exception:  # whatever the error is there, it does not have the function
            code = None
        here, scheduler = _versions(found["client"], code_version()), _versions(found["scheduler"], code)
        rest = {f"worker {worker}": _versions(found["workers"].get(worker), codes[worker]) for worker in workers}
        return {"here": here, SCHEDULER: scheduler} | rest


def _versions(info: Mapping[str, Any] | None, code: object) -> dict[str, str | None]:
    packages = info["packages"] if info else {}
    return {name: packages.get(name) for name in PACKAGES} | {"code": code if isinstance(code, str) else None}


def difference(local: Mapping[str, str | None], remote: Mapping[str, str | None]) -> str:
    """Describe the first difference in versions; "" if there is none."""
    for name, version in local.items():
        if remote[name] != version:
            return f"has {name} {remote[name] or 'missing'}, expected {version} as here"
    return ""


@cache  # computed at the start: files changed on the disk later are not what runs
def code_version() -> str:
    """Return a hash of all Python files of the project, 12 hexadecimal digits."""
    digest = hashlib.sha256()
    for package in (gan, nnet):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


P = ParamSpec("P")
Result = TypeVar("Result")
RETRIES = 3  # of a call whose process ends unexpectedly; Dask allows as many lost workers


class ClusterPool(Executor):
    """An Executor that calls functions on a cluster, each in its own process; if a worker is lost, on another one."""

    def __init__(self, cluster: Cluster) -> None:
        self.name = cluster.name
        self.executor: Executor = cluster.client.get_executor(resources=cluster.resources, retries=RETRIES, pure=False)

    def submit(self, function: Callable[P, Result], /, *arguments: P.args, **named: P.kwargs) -> Future[Result]:
        """Call a function of this project's modules, which the workers have as well."""
        return self.executor.submit(in_own_process, self.name, function, *arguments, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut down like any Executor; without `wait` Dask cancels what is still running."""
        self.executor.shutdown(wait)
