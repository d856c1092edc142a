"""Join a cluster and check that it runs the same versions as this program.

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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from distributed import Client

import gan
import nnet
from gan.base.errors import InputError
from gan.cluster.processes_on_workers import Host

RESOURCE = "cores"
CONNECT_SECONDS = 10
SCHEDULER = "the scheduler"
# Packages that change a run's exact results, or whose versions Dask wants to be equal.
PACKAGES = ["numpy", "numba", "llvmlite", "dask", "distributed"]


@contextmanager
def join_cluster(address: str, cores: int) -> Iterator[Cluster]:
    """Yield a cluster that can train, with this number of cores for each training.

    `address` is the scheduler's, such as "tcp://host:8786". Raise InputError if there
    is no scheduler or no worker with enough cores, or if versions differ.
    """
    if not re.fullmatch(r"\w+://.+:\d+", address):
        expected = "expected an address such as tcp://host:8786"
        raise InputError(f"--cluster: {expected}, received {address}", "cluster")
    for name in ("distributed", "distributed.client"):
        # Silence these logs, because we report errors in one line.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with _connect(address) as client:
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


def _connect(address: str) -> Client:
    with warnings.catch_warnings(action="ignore"):
        # Dask warns about versions, but `check_versions` reports differences.
        try:
            return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except OSError as error:
            command = worker_command(address, 1)
            advice = f"start one: dask scheduler; and on every machine: {command}"
            message = f"expected a Dask scheduler at {address}, found none; {advice}"
            raise InputError(f"--cluster: {message}", "cluster") from error


def worker_command(address: str, cores: int) -> str:
    return f"dask worker {address} --nthreads {cores} --resources {RESOURCE}={cores}"


class Cluster:
    def __init__(self, client: Client, address: str, cores: int) -> None:
        self.client = client
        self.cores = cores
        self.address = address
        # Identifies this client to the workers.
        self.name = f"gan-{uuid.uuid4().hex[:12]}"
        self.host = Host(self.name)

    def workers(self) -> dict[str, int]:
        """Return how many runs each suitable worker can train at once, by address."""
        if self.client.status != "running":
            return {}
        counts = {}
        infos = self.client.scheduler_info(n_workers=-1)["workers"]
        for address, info in infos.items():
            offered = info["resources"].get(RESOURCE, 0)
            count = int(min(offered // self.cores, info["nthreads"]))
            if count:
                counts[address] = count
        return counts

    def no_worker_message(self) -> str:
        offer = f"a worker that offers {RESOURCE}={self.cores} at {self.address}"
        command = worker_command(self.address, self.cores)
        return f"--cluster: expected {offer}, found none; start one: {command}"

    def check_versions(self, workers: list[str]) -> None:
        """Raise InputError unless the scheduler and these workers match this program.

        The versions of Python, of packages and of this project's code must be the same.
        """
        found = self.client.get_versions(packages=PACKAGES)
        infos = found["workers"] | {SCHEDULER: found["scheduler"]}
        codes = self.client.run(code_version, workers=workers, on_error="ignore")
        # The scheduler may lack this function, which raises any kind of error.
        with suppress(Exception):
            codes[SCHEDULER] = self.client.run_on_scheduler(code_version)
        expected = found["client"]["packages"] | {"code": code_version()}
        commands = dict.fromkeys(workers, worker_command(self.address, self.cores))
        for place, command in ({SCHEDULER: "dask scheduler"} | commands).items():
            info = infos.get(place)
            versions = info["packages"] if info else {}
            versions = versions | {"code": codes.get(place)}
            for name in ("python", *PACKAGES, "code"):
                if versions.get(name) != expected[name]:
                    version = versions.get(name) or "missing"
                    problem = f"{name} {version}, expected {expected[name]} as here"
                    advice = f"install the same version there, then: {command}"
                    message = f"--cluster: {place} has {problem}; {advice}"
                    raise InputError(message, "cluster")


@cache
def code_version() -> str:
    """Return a hash of all Python files in the project as 12 hexadecimal digits.

    It is computed once, because later changes on disk do not affect the loaded code.
    """
    digest = hashlib.sha256()
    for package in (gan, nnet):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            name = path.relative_to(folder).as_posix()
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
