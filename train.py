"""Train digits from the command line: ten GANs, one a digit, several at once, each in a process of its own.

    python train.py                                    # ten digits from the shipped sample
    python train.py --digits 3 --iterations 300        # a first look
    python train.py --digits any --data data/mnist     # one GAN of all digits, from the full MNIST
    python train.py --resume                           # go on after Ctrl-C, or prolong with --iterations

A run lies in runs/digit-3 (see gan/runs/run.py). What is trained, and why with these numbers: gan/config.py.
"""

import argparse
import multiprocessing.connection
import shlex
import signal
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nnet.threads
from gan.command import parse_digit
from gan.config import CONVOLUTIONS, LOSSES, NETWORKS, Config, preset
from gan.data import load
from gan.data.batches import check_data
from gan.errors import InputError
from gan.runs.progress import Bars, Lines, Progress
from gan.runs.run import Run
from gan.runs.worker import Worker

SETTINGS = (  # of the Config
    "iterations", "seed", "loss", "network", "convolution", "gamma", "batch", "learning_rate",
    "labels", "augment", "bend", "latent", "channels", "hidden_generator", "hidden_discriminator",
)  # fmt: skip
INTERRUPTED = 130  # the exit code of a command that Ctrl-C ended


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser("train.py", description="Train GANs that draw handwritten digits.")
    add = parser.add_argument
    add("--digits", nargs="+", metavar="D", help="0 to 9, or any (default: 0 .. 9; with --resume: the runs in --out)")
    add("--iterations", type=int, help="of each run (default 5000; a digit of the sample 2000)")
    add("--workers", type=count, metavar="N", help="runs trained at once, or auto (default): by the cores")
    add("--threads", type=count, metavar="N", help="of each run, or auto (default): the cores divided by the workers")
    add("--data", type=Path, metavar="DIR", help="folder with MNIST's files (default: the shipped sample)")
    add("--out", type=Path, default=Path("runs"), metavar="DIR", help="folder of the runs (default: runs)")
    add("--seed", type=int, help="of weights, data order and latents (default 0)")
    add("--resume", action="store_true", help="go on with the runs in --out; --iterations prolongs them")
    add("--no-freeze", action="store_true", help="let G's update move D, too: the mistake to avoid")
    add("--labels", action=argparse.BooleanOptionalAction, help="tell a GAN of all digits which it is (default: yes)")
    add("--augment", action=argparse.BooleanOptionalAction, help="show D every image changed by chance (default: no)")
    add("--bend", action=argparse.BooleanOptionalAction, help="bend real digits a little (default: one of the sample)")
    add("--loss", choices=LOSSES, help=f"(default {LOSSES[0]})")
    add("--network", choices=NETWORKS, help=f"(default {NETWORKS[0]})")
    add("--convolution", choices=CONVOLUTIONS, help=f"how it is computed (default {CONVOLUTIONS[0]})")
    add("--gamma", type=float, help="weight of the gradient penalty (default .5, on the sample 2; all digits .15)")
    add("--batch", type=int, help="images an update (default 128, all digits 256, on the sample 128; classic 64)")
    add("--learning-rate", type=float, help="(default 7e-4, classic 2e-4)")
    sizes = parser.add_argument_group("sizes of the two networks", "for experiments; see gan/config.py").add_argument
    sizes("--latent", type=int, help="numbers from which G draws")
    sizes("--channels", type=int, nargs=2, action=Sizes, metavar="C", help="of the 14x14 and of the 7x7 maps")
    sizes("--hidden-generator", type=int, nargs="*", action=Sizes, metavar="C", help="dense layers of G; may be none")
    sizes("--hidden-discriminator", type=int, metavar="C", help="the dense layer of D; 0 for none")
    return parser


class Sizes(argparse.Action):
    """Several numbers, as the tuple that a Config has; an empty one counts as asked for, too."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        """Keep the values under the name of the option."""
        setattr(namespace, self.dest, tuple(values))


def count(text: str) -> int | None:
    """A number of workers or threads; None for "auto"."""
    try:
        return None if text == "auto" else int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected a whole number or auto, received {text}") from error


def digits_of(arguments: argparse.Namespace) -> list[int | None]:
    """The digits asked for, in order, each once; without any, all ten, or those that have a run to be resumed."""
    if arguments.digits:
        return list(dict.fromkeys(parse_digit(text, "--digits") for text in arguments.digits))
    if not arguments.resume:
        return list(range(10))
    paths = {digit: arguments.out / preset(digit).name for digit in (*range(10), None)}
    found = [digit for digit, path in paths.items() if Run.exists(path) and Run.open(path).config.iterations]
    if not found:  # a run begun from the page, which has no number of iterations, must be asked for
        raise InputError(f"{arguments.out}: expected runs to go on with, found none; check --out, or begin anew")
    return found


def configs_of(arguments: argparse.Namespace) -> list[Config]:
    """The Config of every digit asked for, in order, each once. A run that is resumed keeps what is not asked for.

    InputError for a value out of range.
    """
    for name in ("workers", "threads"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            raise InputError(f"--{name}: expected at least 1, received {value}", name)
    asked = {name: getattr(arguments, name) for name in SETTINGS if getattr(arguments, name) is not None}
    if arguments.no_freeze:
        asked["freeze"] = False
    configs = []
    for digit in digits_of(arguments):
        config = preset(digit, few=arguments.data is None, **asked)
        path = arguments.out / config.name
        if arguments.resume:
            config = replace(Run.open(path).config, **asked)
        if config.iterations is None:  # a run that was begun from the page
            raise InputError(f"{path}: has no number of iterations; say how many with --iterations", "iterations")
        configs.append(config)
    return configs


class Queue:
    """The runs that wait and the workers that train, at most so many at once."""

    def __init__(self, runs: list[Run], workers: int, threads: int, data: Path | None, progress: Progress) -> None:
        self.waiting, self.at_once, self.threads = deque(runs), workers, threads
        self.data, self.progress = data, progress
        self.working: dict[multiprocessing.connection.Connection, tuple[Run, Worker]] = {}
        self.failed: list[str] = []
        self.bad_input = False  # whether the last failure was one

    def train_all(self) -> None:
        """Start runs as workers become free, and report what they say, until all are done."""
        while self.waiting or self.working:
            while self.waiting and len(self.working) < self.at_once:
                run = self.waiting.popleft()
                worker = Worker(run.path, run.config, self.data, self.threads)
                worker.start()
                worker.send("finish")
                self.working[worker.connection] = (run, worker)
            for connection in multiprocessing.connection.wait(list(self.working)):
                self.hear(connection)  # type: ignore[arg-type]

    def hear(self, connection: multiprocessing.connection.Connection) -> None:
        """Take one event of a worker, or its end."""
        run, worker = self.working[connection]
        try:
            event = worker.receive(0)
        except EOFError:
            event = {"type": "error", "message": "its process ended unexpectedly; --resume goes on from its checkpoint"}
            worker.stop(0)
        if event is None:
            return
        self.progress.show(run, event)
        if event["type"] == "error":
            self.failed.append(run.config.name)
            self.bad_input = "field" in event
        elif event.get("state") == "gone" and event["iteration"] < (run.config.iterations or 0):
            self.failed.append(run.config.name)  # somebody ended its process
        if event["type"] == "error" or event.get("state") == "gone":
            worker.stop()
            del self.working[connection]

    def save_and_end(self) -> list[str]:
        """Tell all workers to save and end, at once, then wait for them. The names of those that could not save."""
        for _, worker in self.working.values():
            worker.send("quit")
        unsaved = []
        for run, worker in self.working.values():
            worker.stop()
            if not self.last_words(run, worker):
                unsaved.append(run.config.name)
        return unsaved

    def last_words(self, run: Run, worker: Worker) -> bool:
        """Show what a worker that has ended still said. Whether it said that it ended in order."""
        in_order = False
        try:
            while event := worker.receive(0):
                self.progress.show(run, event)
                in_order = event.get("state") == "gone"
        except EOFError:
            pass
        return in_order


def prepare(arguments: argparse.Namespace, configs: list[Config]) -> list[Run]:
    """Make or open every run's folder before any training starts, so that bad input loses nothing."""
    make = Run.resume if arguments.resume else Run.create
    if not arguments.resume:  # look at all before making the first
        for config in configs:
            Run.check_free(arguments.out / config.name)
    return [make(arguments.out / config.name, config) for config in configs]


def resume_command(argv: Sequence[str]) -> str:
    """The command that goes on with what `train.py argv` began."""
    return shlex.join(["python", "train.py", *(word for word in argv if word != "--resume"), "--resume"])


def train(argv: Sequence[str]) -> int:
    """Do what the command line asks; returns the exit code."""
    arguments = build_parser().parse_args(argv)
    configs = configs_of(arguments)
    data = load(arguments.data)
    for config in configs:
        check_data(config, data)
    runs = prepare(arguments, configs)
    workers, threads = nnet.threads.divide(
        nnet.threads.available_cores(), len(runs), arguments.workers, arguments.threads
    )
    progress = (Bars if sys.stderr.isatty() else Lines)()
    plan = f"{len(runs)} run(s), {workers} at a time, {threads} thread(s) each"
    progress.say(f"Data: {data.name}. {plan}, in {arguments.out}/")
    queue = Queue(runs, workers, threads, arguments.data, progress)
    try:
        queue.train_all()
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second one must not cut the saving short
        progress.say("Saving ...")
        unsaved = queue.save_and_end()
        progress.close()
        saved = f"Saved, but not {', '.join(unsaved)}: back to the last checkpoint there" if unsaved else "Saved"
        print(f"{saved}. Go on with: {resume_command(argv)}", file=sys.stderr)
        return INTERRUPTED
    progress.close()
    if queue.failed:
        print(f"train.py: failed: {', '.join(queue.failed)}; the other runs are complete", file=sys.stderr)
        return 2 if queue.bad_input else 1
    look = shlex.join(["python", "server.py", "--runs", str(arguments.out)])
    progress.say(f"Done. Pictures, losses and weights: {', '.join(str(run.path) for run in runs)}; to look at: {look}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python train.py`; returns the exit code: 0 done, 1 a run failed, 2 bad input, 130 interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM saves, as Ctrl-C does
    argv = sys.argv[1:] if argv is None else argv
    try:
        return train(argv)
    except (InputError, OSError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        again = shlex.join(["python", "train.py", *argv])  # there may be nothing yet to resume
        print(f"Stopped before training began. Start again with: {again}", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
