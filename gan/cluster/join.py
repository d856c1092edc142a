"""Join a cluster: find its scheduler and workers, and check their versions.

A training run requests a number of cores as a Dask resource. The command that starts a
worker states how many cores it offers, which limits how many runs it trains at once.
Workers without this resource belong to other people, and receive no runs.
"""

from __future__ import annotations

import hashlib
import logging
import re
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from distributed import Client, LocalCluster

import gan
import nnet
from gan.base.errors import InputError
from gan.cli.interrupts import ctrl_c_blocked
from gan.cluster.host import Host

RESOURCE = "cores"
# In place of an address: start a cluster on this machine that ends with the program.
LOCAL = "local"
CONNECT_SECONDS = 10
SCHEDULER = "scheduler"
# Packages that affect the exact results of a run, or whose versions Dask needs to
# match. Our code is compared by hash.
PACKAGES = ("python", "numpy", "numba", "llvmlite", "dask", "distributed")


@contextmanager
def join_cluster(address: str, cores: int, workers: int = 1) -> Iterator[Cluster]:
    """Yield a cluster that can train, with this number of cores for each training.

    `address` is the scheduler's, such as "tcp://host:8786", or `LOCAL` for a cluster of
    `workers` on this machine. Raise InputError if there is no scheduler or no worker
    with enough cores, or if versions differ.
    """
    if address != LOCAL and not re.fullmatch(r"\w+://.+:\d+", address):
        expected = f"expected an address such as tcp://host:8786, or {LOCAL}"
        raise InputError(f"--cluster: {expected}, received {address}", "cluster")
    for name in ("distributed", "distributed.client"):
        # Silence these logs, because we report errors in one line.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with _client(address, cores, workers) as client:
        cluster = Cluster(client, address, cores)
        suitable = list(cluster.workers())
        if not suitable:
            raise InputError(cluster.no_worker_message(), "cluster")
        cluster.check_versions(suitable)
        client.register_plugin(cluster.host)
        try:
            yield cluster
        finally:
            if client.status == "running":
                client.unregister_worker_plugin(cluster.name)


@contextmanager
def _client(address: str, cores: int, workers: int) -> Iterator[Client]:
    """Yield a client of the scheduler at an address, or of a new local cluster."""
    with ExitStack() as stack:
        scheduler: Any = address
        if address == LOCAL:
            options = {
                "n_workers": workers,
                "threads_per_worker": 1,
                "resources": {RESOURCE: cores},
            }
            with ctrl_c_blocked():
                # A terminal sends Ctrl-C to all processes, but only this one should
                # handle it.
                scheduler = stack.enter_context(
                    LocalCluster(**options, dashboard_address="127.0.0.1:0")
                )
        with warnings.catch_warnings(action="ignore"):
            # About versions, because `check_versions` reports differences.
            try:
                client = stack.enter_context(
                    Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
                )
            except OSError as error:
                advice = (
                    "start one: dask scheduler; and on every machine: "
                    f"{worker_command(address, 1)}"
                )
                message = (
                    f"--cluster: expected a Dask scheduler at {address}, found none; "
                    f"{advice}"
                )
                raise InputError(message, "cluster") from error
        yield client


def worker_command(address: str, cores: int) -> str:
    return f"dask worker {address} --nthreads {cores} --resources {RESOURCE}={cores}"


class Cluster:
    def __init__(self, client: Client, address: str, cores: int) -> None:
        self.client = client
        self.cores = cores
        self.address = client.scheduler.address if address == LOCAL else address
        # Identifies this program to the workers.
        self.name = f"gan-{uuid.uuid4().hex[:12]}"
        self.host = Host(self.name)
        self.checked: set[str] = set()  # addresses of workers whose versions match

    def workers(self) -> dict[str, int]:
        """Return how many runs each suitable worker trains at once, by address."""
        infos = (
            self.client.scheduler_info(n_workers=-1)["workers"]
            if self.client.status == "running"
            else {}
        )
        offered = {
            address: info["resources"].get(RESOURCE, 0)
            for address, info in infos.items()
        }
        at_once = {
            address: int(
                min(offered[address] // self.cores, infos[address]["nthreads"])
            )
            for address in infos
        }
        return {address: count for address, count in at_once.items() if count}

    def no_worker_message(self) -> str:
        expected = (
            f"expected a worker that offers {RESOURCE}={self.cores} at {self.address}, "
            "found none"
        )
        return (
            f"--cluster: {expected}; start one: "
            f"{worker_command(self.address, self.cores)}"
        )

    def check_versions(self, workers: list[str]) -> None:
        """Raise InputError if versions there differ from this program's."""
        if self.checked.issuperset(workers):
            return
        remote = self.versions(workers)
        local = remote.pop("here")
        for place, versions in remote.items():
            for name in [name for name in local if versions[name] != local[name]]:
                problem = (
                    f"has {name} {versions[name] or 'missing'}, expected {local[name]} "
                    "as here"
                )
                command = (
                    "dask scheduler"
                    if place == SCHEDULER
                    else worker_command(self.address, self.cores)
                )
                message = (
                    f"--cluster: the {place} {problem}; install the same version "
                    f"there, then: {command}"
                )
                raise InputError(message, "cluster")
        self.checked.update(workers)

    def versions(self, workers: list[str]) -> dict[str, dict[str, str | None]]:
        """Return versions of packages and code "here", and on all other machines.

        These are the scheduler and the workers.
        """
        found = self.client.get_versions(
            packages=[name for name in PACKAGES if name != "python"]
        )
        codes = self.client.run(code_version, workers=workers, on_error="return")
        try:
            # The scheduler deserializes the tasks.
            code = self.client.run_on_scheduler(code_version)
        except Exception:
            # Any error means that the scheduler does not have this function.
            code = None
        here = _versions(found["client"], code_version())
        scheduler = _versions(found["scheduler"], code)
        others = {
            f"worker {worker}": _versions(found["workers"].get(worker), codes[worker])
            for worker in workers
        }
        return {"here": here, SCHEDULER: scheduler} | others


def _versions(info: Mapping[str, Any] | None, code: object) -> dict[str, str | None]:
    packages = info["packages"] if info else {}
    return {name: packages.get(name) for name in PACKAGES} | {
        "code": code if isinstance(code, str) else None
    }


# Once, at the start, because later changes on disk do not affect the loaded code.
@cache
def code_version() -> str:
    """Return a hash of all Python files in the project as 12 hexadecimal digits."""
    digest = hashlib.sha256()
    for package in (gan, nnet):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(
                path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes()
            )
    return digest.hexdigest()[:12]
