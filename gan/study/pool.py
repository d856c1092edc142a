"""The trainings of a study, many at once, each in a process with one thread, here or on a cluster."""

import multiprocessing
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from gan.errors import InputError
from gan.runs.child_process import ctrl_c_held_back
from gan.study.measure import execute
from gan.study.plan import Training
from gan.study.points import Point, add_points
from nnet.fast.kernels.parallel import set_threads


def work(training: Training, full: Path | None) -> list[Point]:
    """Carry out a training in a process of the pool."""
    set_threads(1)
    return execute(training, full)


def end_at_ctrl_c() -> None:
    """A terminal sends Ctrl-C to these processes, too: each ends at once, even if it came while it began."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def processes(workers: int, cluster: str | None) -> Iterator[Executor]:
    """So many processes of this machine, or those of a cluster: with the address "local", so many of one started here.

    InputError if there is no such cluster.
    """
    if cluster is None:
        context = multiprocessing.get_context("spawn")  # a fork would copy locks, not threads
        yield ProcessPoolExecutor(workers, context, initializer=end_at_ctrl_c)
        return
    from gan.cluster.connect import joined  # here: nothing else needs Dask
    from gan.cluster.pool import ClusterPool

    with joined(cluster, 1, workers) as found:
        yield ClusterPool(found)


def carry_out_all(trainings: Sequence[Training], full: Path | None, executor: Executor, out: Path) -> int:
    """Carry out trainings and write their points; returns how many trainings failed."""
    failed, start = 0, time.perf_counter()
    with executor as pool:
        with ctrl_c_held_back():  # a process begins with a task, and takes over what is held back
            pending = {pool.submit(work, training, full): training for training in trainings}
        try:
            for count, future in enumerate(as_completed(pending), 1):
                points = future.result()
                add_points(out, points)
                failed += "failed" in points[-1]
                print(f"{count}/{len(trainings)}, {time.perf_counter() - start:.0f} s: {told(points[-1])}", flush=True)
        except CancelledError as error:
            raise InputError("--cluster: the scheduler has gone; the same command goes on when it is back") from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return failed


def told(point: Point) -> str:
    """A point in a line, for who waits."""
    found = f"failed, {point['failed']}" if "failed" in point else ""
    if "sheet" in point:
        found += f" read {point['sheet']['read']:.0%}"
    if "figures" in point:
        found += f" Frechet/real {point['figures']['frechet']['ratio']:.2f}"
    where = f"{point['variant']}, digit {point['digit']}, seed {point['seed']}, iteration {point['iteration']}"
    return f"{where}: {found.strip()}"
