"""What a person at the command line sees of several runs: a bar each on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any, Protocol

from tqdm import tqdm

from gan.runs.events import Event, MetricsLine
from gan.runs.run import Run

LINE_SECONDS = 15.0  # between two lines of a run where there is no terminal: a log, not a flood


class Progress(Protocol):
    """Shows the events of runs (gan/runs/events.py)."""

    def say(self, text: str) -> None:
        """Show a line."""

    def show(self, run: Run, event: Event) -> None:
        """Take in an event of a run."""

    def close(self) -> None:
        """Leave the screen in order."""


def _losses(metrics: MetricsLine) -> str:
    return f"D loss {metrics['d_loss']:.3f}, G loss {metrics['g_loss']:.3f}, told apart {metrics['told_apart']:.2f}"


def _minutes(seconds: float) -> str:
    return "less than a minute" if seconds < 60 else f"{seconds / 60:.0f} min"


class Bars:
    """A tqdm bar a run, with its losses, iterations a second and the time left."""

    def __init__(self) -> None:
        self.bars: dict[str, tqdm[Any]] = {}

    def say(self, text: str) -> None:
        """A line above the bars."""
        tqdm.write(text, file=sys.stderr)

    def show(self, run: Run, event: Event) -> None:
        """Move the run's bar."""
        name = run.name
        if event["type"] == "error" or event["type"] == "note":
            self.say(f"{name}: {event['message']}")
        elif event["type"] == "state":
            if name not in self.bars:
                options: dict[str, Any] = {"total": run.config.iterations, "initial": event["iteration"]}
                self.bars[name] = tqdm(desc=name, unit="it", dynamic_ncols=True, file=sys.stderr, **options)
            bar = self.bars[name]
            if event["state"] == "compiling":
                bar.set_postfix_str("compiling the kernels, once")
            if event["state"] != "training" and bar.n == bar.initial:  # not moved yet
                bar.initial = bar.n = bar.last_print_n = event["iteration"]  # a resumed run's speed counts from here
                bar.refresh()
            bar.update(event["iteration"] - bar.n)
            if event["state"] == "gone":
                bar.close()
        elif event["type"] == "metrics":
            self.bars[name].set_postfix_str(_losses(event), refresh=False)

    def close(self) -> None:
        """Close all bars."""
        for bar in self.bars.values():
            bar.close()


class Lines:
    """A line a run every few seconds, for logs."""

    def __init__(self) -> None:
        self.last: dict[str, float] = {}

    def say(self, text: str) -> None:
        """A line."""
        print(text, file=sys.stderr, flush=True)

    def show(self, run: Run, event: Event) -> None:
        """A line, if the last one was long enough ago or the event is the last."""
        name = run.name
        if event["type"] == "error" or event["type"] == "note":
            self.say(f"{name}: {event['message']}")
        elif event["type"] == "state" and event["state"] == "compiling":
            self.say(f"{name}: compiling the kernels, once")
        elif event["type"] == "state" and event["state"] == "gone":
            self.say(f"{name}: saved at iteration {event['iteration']} of {run.config.iterations}")
        elif event["type"] == "metrics" and time.monotonic() - self.last.get(name, -LINE_SECONDS) >= LINE_SECONDS:
            self.last[name] = time.monotonic()
            speed, total = event["iterations_per_second"], run.config.iterations
            left = f", {_minutes((total - event['iteration']) / speed)} left" if total else ""
            self.say(f"{name}: iteration {event['iteration']} of {total}, {_losses(event)}, {speed:.1f} it/s{left}")

    def close(self) -> None:
        """Nothing to put in order."""
