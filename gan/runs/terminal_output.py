"""Print the output of `train.py`: the progress of runs, and commands to run next.

A terminal shows a progress bar for each run; a log receives plain lines. Every command
can be pasted into a shell.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from gan.base.errors import InputError
from gan.base.text import printable
from gan.cli.command_line import command_with
from gan.rules.run_config import preset
from gan.runs.messages import Event, MetricsLine
from gan.runs.provenance import data_of, newest_entry
from gan.runs.run import Run

LINE_SECONDS = 15.0  # minimum time between lines about the same run in a log


def _losses(metrics: MetricsLine) -> str:
    return (
        f"D loss {metrics['d_loss']:.3f}, G loss {metrics['g_loss']:.3f}, "
        f"told apart {metrics['told_apart']:.2f}"
    )


def _progress(metrics: MetricsLine, total: int | None) -> str:
    iteration = metrics["iteration"]
    speed = metrics["iterations_per_second"]
    text = f"iteration {iteration} of {total}, {_losses(metrics)}, {speed:.1f} it/s"
    if total is None:
        return text
    return f"{text}, {_minutes((total - iteration) / speed)} left"


def _minutes(seconds: float) -> str:
    return "less than a minute" if seconds < 60 else f"{seconds / 60:.0f} min"


class Lines:
    """Prints a line for each run every `LINE_SECONDS`, for logs."""

    def __init__(self) -> None:
        self.last: dict[str, float] = {}

    def say(self, text: str) -> None:
        print(printable(text), file=sys.stderr, flush=True)

    def show(self, run: Run, event: Event) -> None:
        """Display an event of a run.

        Print a run's metrics at most every `LINE_SECONDS`.
        """
        name = run.name
        if event["type"] == "error" or event["type"] == "note":
            self.say(f"{name}: {event['message']}")
        elif event["type"] == "state" and event["state"] == "compiling":
            self.say(f"{name}: compiling the kernels, once")
        elif event["type"] == "state" and event["state"] == "gone":
            saved = f"{event['iteration']} of {run.config.iterations}"
            self.say(f"{name}: saved at iteration {saved}")
        elif event["type"] == "metrics":
            now = time.monotonic()
            if now - self.last.get(name, -LINE_SECONDS) >= LINE_SECONDS:
                self.last[name] = now
                self.say(f"{name}: {_progress(event, run.config.iterations)}")

    def close(self) -> None:
        """Restore the terminal."""


class Bars(Lines):
    """Displays a bar for each run, with losses, speed and the time left."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: dict[str, tqdm[Any]] = {}

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        tqdm.write(printable(text), file=sys.stderr)

    def show(self, run: Run, event: Event) -> None:
        name = run.name
        if event["type"] == "state":
            if name not in self.bars:
                options: dict[str, Any] = {
                    "total": run.config.iterations,
                    "initial": event["iteration"],
                }
                self.bars[name] = tqdm(
                    desc=name, unit="it", dynamic_ncols=True, file=sys.stderr, **options
                )
            bar = self.bars[name]
            if event["state"] != "training" and bar.n == bar.initial:
                # The bar has not advanced yet. Measure a resumed run's speed from here.
                bar.initial = bar.n = bar.last_print_n = event["iteration"]
                bar.refresh()
            bar.update(event["iteration"] - bar.n)
            if event["state"] == "compiling":
                bar.set_postfix_str("compiling the kernels, once")
            if event["state"] == "gone":
                bar.close()
        elif event["type"] == "metrics":
            self.bars[name].set_postfix_str(_losses(event), refresh=False)
        else:
            super().show(run, event)

    def close(self) -> None:
        for bar in self.bars.values():
            bar.close()


def train_command(*words: str) -> str:
    return command_with("train.py", *words)


def resume_command(argv: Sequence[str]) -> str:
    return train_command(*(word for word in argv if word != "--resume"), "--resume")


def command_to_go_on(runs: list[Run], arguments: argparse.Namespace) -> str:
    """Return the command that resumes existing runs.

    It trains each run up to its last iteration. Runs that were created on a page have
    no last iteration, so the command adds a number of iterations to those already done.
    It leaves out runs whose data differs from the first run's, because they need a
    separate command.
    """
    data = _learned_from(runs[0], arguments.data)
    alike = [run for run in runs if _learned_from(run, arguments.data) == data]
    digits = [
        "any" if one.digit is None else one.label_of(one.digit)
        for one in (run.config for run in alike)
    ]
    words = [
        *(["--run", arguments.folder] if arguments.folder else ["--digits", *digits]),
        "--resume",
    ]
    if any(run.config.iterations is None for run in alike):
        first = alike[0].config
        usual = preset(first.digit, network=first.network).iterations or 0
        reached = max(
            [iteration for run in alike for iteration in run.pictures()], default=0
        )
        words += ["--iterations", str(reached + (arguments.iterations or usual))]
    return train_command(*words, "--out", str(arguments.out), *_data(data))


def server_command(arguments: argparse.Namespace) -> str:
    options = ["--runs", str(arguments.out), *_data(arguments.data)]
    return command_with("server.py", *options)


def _learned_from(run: Run, otherwise: Path | None) -> Path | None:
    """Return the path of a run's data, None for MNIST; `otherwise` if untrained."""
    return data_of(run) if newest_entry(run) else otherwise


def _data(folder: Path | None) -> list[str]:
    return ["--data", str(folder)] if folder else []


def endless(runs: list[Run], arguments: argparse.Namespace) -> InputError:
    """Return the error for runs without a last iteration, which a page has created."""
    names = ", ".join(str(run.path) for run in runs)
    again = command_to_go_on(runs, arguments)
    return InputError(
        f"{names}: created on a page, without a last iteration; resume with: {again}",
        "iterations",
    )
