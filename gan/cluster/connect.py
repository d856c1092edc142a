"""Joining a cluster: the scheduler, the workers, and whether they are of the same make as this program.

A training asks for cores, which Dask calls a resource: a worker offers as many as its command says, and takes no more
trainings than it has cores for. Workers of other people's on the same cluster offer none, and are left alone.
"""

from __future__ import annotations

import hashlib
import logging
import re
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from distributed import Client, KilledWorker, LocalCluster

import gan
import nnet
from gan.cluster.host import Host
from gan.errors import InputError
from gan.runs.child_process import ctrl_c_held_back

RESOURCE = "cores"
LOCAL = "local"  # in place of an address: a cluster of this machine's own, which ends with the program
CONNECT_SECONDS = 10
SCHEDULER = "scheduler"
# What decides the bits of a run, and what Dask needs to be the same; the project itself is compared by its code.
PACKAGES = ("python", "numpy", "numba", "llvmlite", "dask", "distributed")


@contextmanager
def joined(address: str, threads: int, workers: int = 1) -> Iterator[Joined]:
    """A cluster that can train: within this block its workers hold what they need for it, afterwards nothing.

    Parameters
    ----------
    address : str
        Of the scheduler, as "tcp://host:8786"; or `LOCAL`.
    threads : int
        Cores that a training takes.
    workers : int
        Of a cluster of this machine's own.

    Raises
    ------
    InputError : no scheduler there, no worker that offers so many cores, or one of another make; or a task whose worker
        was lost again and again.
    """
    if address != LOCAL and not re.fullmatch(r"\w+://.+:\d+", address):
        wanted = f"expected an address as tcp://host:8786, or {LOCAL}"
        raise InputError(f"--cluster: {wanted}, received {address}", "cluster")
    for name in ("distributed", "distributed.client"):  # what a person needs to know is said in a line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with _cluster(address, threads, workers) as place, _client(place) as client:
        cluster = Joined(client, address, threads)
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
def _cluster(address: str, threads: int, workers: int) -> Iterator[Any]:
    """Whatever Dask's client can connect to."""
    if address != LOCAL:
        yield address
        return
    with ctrl_c_held_back():  # a terminal sends it to all processes; this one tells the others
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, resources={RESOURCE: threads}, dashboard_address="127.0.0.1:0"
        )
    with cluster:
        yield cluster


@contextmanager
def _client(place: Any) -> Iterator[Client]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions: they are checked below
        try:
            client = Client(place, timeout=CONNECT_SECONDS, set_as_default=False)
        except OSError as error:
            advice = f"start one: dask scheduler; and on every machine: {worker_command(place, 1)}"
            message = f"--cluster: expected a Dask scheduler at {place}, found none; {advice}"
            raise InputError(message, "cluster") from error
    with client:
        yield client


def worker_command(address: str, cores: int) -> str:
    """The command that starts a worker for trainings."""
    return f"dask worker {address} --nthreads {cores} --resources {RESOURCE}={cores}"


class Joined:
    """A cluster that this program has joined.

    Attributes
    ----------
    client : distributed.Client
    address : str
        Of its scheduler.
    threads : int
        Cores that a training takes.
    name : str
        Under which the workers know this program.
    """

    def __init__(self, client: Client, address: str, threads: int) -> None:
        self.client, self.threads = client, threads
        self.address = client.scheduler.address if address == LOCAL else address
        self.name = f"gan-{uuid.uuid4().hex[:12]}"
        self.host = Host(self.name)
        self.checked: set[str] = set()  # workers of the same make

    @property
    def resources(self) -> dict[str, float]:
        """What a training asks for."""
        return {RESOURCE: self.threads}

    def workers(self) -> dict[str, int]:
        """The addresses of the workers that can train, and how many trainings each takes at once."""
        infos = self.client.scheduler_info(n_workers=-1)["workers"] if self.client.status == "running" else {}
        offered = {address: info["resources"].get(RESOURCE, 0) for address, info in infos.items()}
        at_once = {address: int(min(offered[address] // self.threads, infos[address]["nthreads"])) for address in infos}
        return {address: count for address, count in at_once.items() if count}

    def at_once(self) -> int:
        """How many trainings all workers take together."""
        return sum(self.workers().values())

    def missing(self) -> str:
        """What to say where no worker can train."""
        wanted = f"expected a worker that offers {RESOURCE}={self.threads} at {self.address}, found none"
        return f"--cluster: {wanted}; start one: {worker_command(self.address, self.threads)}"

    def check(self) -> None:
        """InputError unless a worker can train, and all are of the same make as this program."""
        able = self.workers()
        if not able:
            raise InputError(self.missing(), "cluster")
        self.check_makes(list(able))

    def check_makes(self, workers: list[str]) -> None:
        """InputError unless the scheduler and these workers are of the same make as this program."""
        if self.checked.issuperset(workers):
            return
        theirs = self.makes(workers)
        ours = theirs.pop("here")
        for place, make in theirs.items():
            if other := difference(ours, make):
                again = "dask scheduler" if place == SCHEDULER else worker_command(self.address, self.threads)
                message = f"--cluster: the {place} {other}; install the same there, then: {again}"
                raise InputError(message, "cluster")
        self.checked.update(workers)

    def makes(self, workers: list[str]) -> dict[str, dict[str, str | None]]:
        """Versions of packages and of the code: "here", of the scheduler, and of the workers."""
        found = self.client.get_versions(packages=[name for name in PACKAGES if name != "python"])
        codes = self.client.run(code_version, workers=workers, on_error="return")
        try:
            code = self.client.run_on_scheduler(code_version)  # it reads the tasks that it hands on
        except Exception:  # whatever went wrong there: it does not have the function
            code = None
        makes = {"here": _make(found["client"], code_version()), SCHEDULER: _make(found["scheduler"], code)}
        versions = found["workers"]
        return makes | {f"worker {worker}": _make(versions.get(worker), codes[worker]) for worker in workers}


def _make(versions: Mapping[str, Any] | None, code: object) -> dict[str, str | None]:
    packages = versions["packages"] if versions else {}
    known = {name: packages.get(name) for name in PACKAGES}
    return {**known, "code": code if isinstance(code, str) else None}


def difference(ours: Mapping[str, str | None], theirs: Mapping[str, str | None]) -> str:
    """The first thing in which they differ, in words; nothing where they are alike."""
    for name, version in ours.items():
        if theirs[name] != version:
            return f"has {name} {theirs[name] or 'missing'}, expected {version} as here"
    return ""


@cache  # a worker that runs what has been changed since on its disk is another
def code_version() -> str:
    """What the code of the project is, as 12 hexadecimal digits: of all its Python files."""
    found = hashlib.sha256()
    for package in (gan, nnet):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]
