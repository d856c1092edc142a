"""A cluster as a pool of processes: what `concurrent.futures` knows as an Executor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

from gan.cluster.connect import Joined
from gan.cluster.host import in_own_process

P = ParamSpec("P")
Result = TypeVar("Result")
RETRIES = 3  # of a call whose process ends unexpectedly; of lost workers Dask allows as many


class ClusterPool(Executor):
    """Calls functions on a cluster, each in a process of its own; one whose worker is lost is called elsewhere."""

    def __init__(self, cluster: Joined) -> None:
        self.name = cluster.name
        self.executor: Executor = cluster.client.get_executor(resources=cluster.resources, retries=RETRIES, pure=False)

    def submit(self, function: Callable[P, Result], /, *arguments: P.args, **named: P.kwargs) -> Future[Result]:
        """Call a function of a module of this project, which the workers have, too."""
        return self.executor.submit(in_own_process, self.name, function, *arguments, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As any Executor; Dask cancels what has not ended unless it is waited for."""
        self.executor.shutdown(wait)
