"""Train runs from the command line: `train.py`.

Runs train on this machine or on a cluster.
"""

import gan.cli.one_blas_thread

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import nnet.threads
from gan.base.errors import InputError
from gan.base.text import counted
from gan.cli.command_line import INTERRUPTED, exit_code, program
from gan.commands import train_arguments
from gan.data import Dataset, load, only
from gan.data.images_and_sheets import drawings_on, save_png, sheet
from gan.data.nearest import beside_nearest
from gan.rules.config_for_data import check_data
from gan.rules.run_config import Config
from gan.runs.local_queue import Queue, RunQueue
from gan.runs.run import Run
from gan.runs.terminal_output import Bars, Lines, resume_command, server_command

PAIRS_IN_A_ROW = 8  # in nearest.png


def train(argv: Sequence[str]) -> int:
    """Train the runs that the command line requests, and return the exit code."""
    arguments = train_arguments.build_parser().parse_args(argv)
    progress = (Bars if sys.stderr.isatty() else Lines)()
    if arguments.resume:
        arguments.data = arguments.data or train_arguments.recorded_data(arguments)
    parts = train_arguments.split_by_seed(arguments)
    data = load(arguments.data)
    planned = [
        (part, config)
        for part in parts
        for config in train_arguments.configs_of(part, data)
    ]
    configs = [config for _, config in planned]
    # Check all runs before the first one is created.
    for part, config in planned:
        check_data(config, data)
        train_arguments.refuse_existing_run(part, config)
    recorded = train_arguments.recorded_cores(planned)
    with engine(arguments, configs, progress, recorded) as (place, queue_of):
        runs = [train_arguments.prepare(part, config) for part, config in planned]
        queue = queue_of(runs)
        with queue.interrupts.deferred():
            progress.say(
                f"Data: {data.name}. {counted(len(runs), 'run')}, {place}, "
                f"in {arguments.out}/"
            )
            for note in data.notes:
                progress.say(note)
            try:
                queue.train_all()
            except KeyboardInterrupt:
                return save_and_end(queue, progress, argv)
    progress.close()
    if queue.failed:
        return report_failures(queue, len(runs), argv)
    if data.is_memorized:
        for run in runs:
            path = save_nearest(run, data)
            progress.say(f"Drawings, each beside the nearest training image: {path}")
    folders = ", ".join(str(run.path) for run in runs)
    command = server_command(parts[0])
    progress.say(
        f"Done. Pictures, losses and weights: {folders}; view them with: {command}"
    )
    return 0


def report_failures(queue: RunQueue, runs: int, argv: Sequence[str]) -> int:
    """Print which of the runs failed, and return the exit code."""
    message = f"{program('train.py')}: failed: {', '.join(queue.failed)}"
    if len(queue.failed) < runs:
        message += "; the other runs are complete"
    if not queue.bad_input:
        message += f". Resume with: {resume_command(argv)}"
    print(message, file=sys.stderr)
    return 2 if queue.bad_input else 1


def save_nearest(run: Run, data: Dataset) -> Path:
    """Save a run's newest drawings, each beside the most similar training image."""
    path = run.path / "nearest.png"
    drawings = drawings_on(run.picture_path(run.pictures()[-1]))
    pairs = beside_nearest(drawings, only(data, run.config.digit).images)
    save_png(sheet(pairs, PAIRS_IN_A_ROW * 2), path)
    return path


@contextmanager
def engine(
    arguments: argparse.Namespace,
    configs: list[Config],
    progress: Lines,
    recorded: Mapping[Path, int],
) -> Iterator[tuple[str, Callable[[list[Run]], RunQueue]]]:
    """Yield a description of where the runs train, and a function that queues runs.

    That is this machine or a cluster. No run gets more cores than are useful for the
    smallest batch of the configs. A resumed run keeps its `recorded` number of cores,
    which decides its bits, unless another is asked for.

    Raise InputError if the cluster cannot be reached.
    """
    cores = nnet.threads.available_cores()
    data = arguments.data
    most = min(nnet.threads.useful_cores(config.batch) for config in configs)
    kept = {} if arguments.cores else recorded
    each = arguments.cores or max(kept.values(), default=None)
    # The number of cores of each run that trains at the same time.
    shares = nnet.threads.divide(cores, len(configs), arguments.workers, each, most)
    for path, before in recorded.items():
        if path not in kept and before != min(arguments.cores, most):
            progress.say(
                f"{path}: trained on {counted(before, 'core')} before, now on "
                f"{min(arguments.cores, most)}; the result will not be that of an "
                "uninterrupted run."
            )
    if sys.platform != "linux" and (arguments.cores or cores / len(shares)) > 1:
        progress.say(
            "On this system, a run uses one core; it can use several only on Linux."
        )
    if arguments.cluster is None:
        if (arguments.cores or 0) > most:
            progress.say(f"A run uses {most} cores: its batch is too small for more.")
        if sum(shares) > cores:
            progress.say(
                f"The runs use {sum(shares)} cores at once, but this machine has "
                f"{cores}, which makes them slower; use fewer --workers or --cores."
            )
        *others, last = sorted({*shares, *kept.values()})
        numbers = " or ".join([*map(str, others), counted(last, "core")])
        place = f"{len(shares)} at a time, {numbers} each"
        yield place, lambda runs: Queue(runs, shares, data, progress, kept)
        return
    # These imports need Dask, which only a cluster needs.
    from gan.cluster.cluster_queue import ClusterQueue
    from gan.cluster.join import join_cluster

    if arguments.workers:
        raise InputError(
            "--workers: the cluster has its own; leave the option out with --cluster",
            "workers",
        )
    cores = min(each or 1, most)
    with join_cluster(arguments.cluster, cores) as cluster:
        at_once = sum(cluster.workers().values())
        place = (
            f"{at_once} at a time at {cluster.address}, {counted(cores, 'core')} each"
        )
        with ExitStack() as stack:

            def queue_of(runs: list[Run]) -> RunQueue:
                queue = ClusterQueue(runs, cluster, data, progress)
                return stack.enter_context(closing(queue))

            yield place, queue_of


def save_and_end(queue: RunQueue, progress: Lines, argv: Sequence[str]) -> int:
    """Save the runs in training after Ctrl-C, and return the exit code.

    Print the command that resumes them.
    """
    progress.say("Saving ...")
    unsaved = queue.save_and_end()
    progress.close()
    message = "Saved"
    if unsaved:
        message += f", except {', '.join(unsaved)}: resumes at the last checkpoint"
    print(f"{message}. Resume with: {resume_command(argv)}", file=sys.stderr)
    return INTERRUPTED


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python train.py` and return the exit code.

    The code is 0 for success, 1 if a run failed, 2 for invalid input, and 130 after
    SIGINT, SIGTERM or SIGHUP. During training, these signals save the runs
    (gan/runs/local_queue.py).
    """
    return exit_code("train.py", lambda: train(sys.argv[1:] if argv is None else argv))
