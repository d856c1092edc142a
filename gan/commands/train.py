"""Train the runs that the command line of `train.py` requests, on this machine or on a
cluster.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import nnet.threads
from gan.base.errors import InputError
from gan.cli.command_line import INTERRUPTED, exit_code, program
from gan.commands import train_arguments
from gan.data import Dataset, load, only
from gan.data.images_and_sheets import drawings_on, save_png, sheet
from gan.data.nearest import beside_nearest
from gan.rules.config import Config
from gan.rules.config_for_data import check_data
from gan.runs.local_queue import Queue, RunQueue
from gan.runs.run import Run
from gan.runs.terminal_output import Bars, Lines, resume_command, server_command

PAIRS_IN_A_ROW = 8  # of nearest.png


def train(argv: Sequence[str]) -> int:
    """Train the runs that the command line requests, and return the exit code."""
    arguments = train_arguments.build_parser().parse_args(argv)
    progress = (Bars if sys.stderr.isatty() else Lines)()
    if arguments.resume:
        arguments.data = arguments.data or train_arguments.recorded_data(arguments)
    parts = train_arguments.split_by_seed(arguments)
    data = load(arguments.data)
    batches = [(part, train_arguments.configs_of(part, data)) for part in parts]
    for part, configs in batches:  # check all runs before the first one is created
        for config in configs:
            check_data(config, data)
        train_arguments.refuse_existing_runs(part, configs)
    with engine(
        arguments, [config for _, configs in batches for config in configs], progress
    ) as (place, queue_of):
        runs = [
            run
            for part, configs in batches
            for run in train_arguments.prepare(part, configs)
        ]
        queue = queue_of(runs)
        with queue.interrupts.deferred():
            progress.say(
                f"Data: {data.name}. {len(runs)} run(s), {place}, in {arguments.out}/"
            )
            for note in data.notes:
                progress.say(note)
            try:
                queue.train_all()
            except KeyboardInterrupt:
                return save_and_end(queue, progress, argv)
    progress.close()
    if queue.failed:
        failed = f"{program('train.py')}: failed: {', '.join(queue.failed)}"
        failed += (
            "; the other runs are complete" if len(queue.failed) < len(runs) else ""
        )
        if queue.bad_input:
            print(failed, file=sys.stderr)
            return 2
        print(f"{failed}. Resume with: {resume_command(argv)}", file=sys.stderr)
        return 1
    if data.is_memorized:
        for run in runs:
            progress.say(
                f"Drawings, each beside the nearest training image: {save_nearest(run, data)}"
            )
    folders = ", ".join(str(run.path) for run in runs)
    progress.say(
        f"Done. Pictures, losses and weights: {folders}; view them with: {server_command(batches[0][0])}"
    )
    return 0


def save_nearest(run: Run, data: Dataset) -> Path:
    path = run.path / "nearest.png"
    drawings = drawings_on(run.picture_path(run.pictures()[-1]))
    save_png(
        sheet(
            beside_nearest(drawings, only(data, run.config.digit).images),
            PAIRS_IN_A_ROW * 2,
        ),
        path,
    )
    return path


@contextmanager
def engine(
    arguments: argparse.Namespace, configs: list[Config], progress: Lines
) -> Iterator[tuple[str, Callable[[list[Run]], RunQueue]]]:
    """Yield a description of where the runs train, and a function that makes a queue
    for a list of runs.

    Runs train on this machine or on a cluster. None gets more cores than the smallest
    batch of the configs can use. Raise InputError if the cluster cannot be reached.
    """
    cores = nnet.threads.available_cores()
    data = arguments.data
    most = min(nnet.threads.useful_cores(config.batch) for config in configs)
    each = nnet.threads.divide(
        cores, len(configs), arguments.workers, arguments.cores, most
    )
    if sys.platform != "linux" and (arguments.cores or cores / len(each)) > 1:
        progress.say(
            "On this system, a run uses one core; it can use several only on Linux."
        )
    if arguments.cluster is None:
        place = f"{len(each)} at a time, {' or '.join(map(str, sorted({*each})))} core(s) each"
        yield place, lambda runs: Queue(runs, each, data, progress)
        return
    # imported here because only this needs Dask
    from gan.cluster.cluster_queue import ClusterQueue
    from gan.cluster.join import LOCAL, join_cluster

    if arguments.cluster != LOCAL and arguments.workers:
        raise InputError(
            "--workers: the cluster has its own; leave the option out with --cluster",
            "workers",
        )
    cores = min(each) if arguments.cluster == LOCAL else min(arguments.cores or 1, most)
    with ExitStack() as stack:
        cluster = stack.enter_context(join_cluster(arguments.cluster, cores, len(each)))
        place = f"{sum(cluster.workers().values())} at a time at {cluster.address}, {cores} core(s) each"
        yield (
            place,
            lambda runs: stack.enter_context(
                closing(ClusterQueue(runs, cluster, data, progress))
            ),
        )


def save_and_end(queue: RunQueue, progress: Lines, argv: Sequence[str]) -> int:
    """After Ctrl-C, save the runs in training, print the command that resumes them, and
    return the exit code.
    """
    progress.say("Saving ...")
    unsaved = queue.save_and_end()
    progress.close()
    saved = (
        f"Saved, except {', '.join(unsaved)}: resumes at the last checkpoint"
        if unsaved
        else "Saved"
    )
    print(f"{saved}. Resume with: {resume_command(argv)}", file=sys.stderr)
    return INTERRUPTED


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python train.py` and return the exit code.

    The code is 0 for success, 1 if a run failed, 2 for invalid input, and 130 after
    SIGINT, SIGTERM or SIGHUP. During training, these signals save the runs
    (gan/runs/local_queue.py).
    """
    return exit_code("train.py", lambda: train(sys.argv[1:] if argv is None else argv))
