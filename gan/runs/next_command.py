"""What a person may type next, as `train.py` says it: a command to begin, to go on, or to look. Each can be copied."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from gan.config import preset
from gan.errors import InputError
from gan.runs.run import Run


def train_command(*words: str) -> str:
    """A command to train, ready for a shell."""
    return shlex.join(["python", "train.py", *words])


def resume_command(argv: Sequence[str]) -> str:
    """The command that goes on with what `train.py argv` began."""
    return train_command(*(word for word in argv if word != "--resume"), "--resume")


def command_to_go_on(runs: list[Run], arguments: argparse.Namespace) -> str:
    """The command that goes on with runs that are there: up to their last iteration, or so many more if they have none.

    A run that was begun on a page has none. What does not learn from the same data as the first needs another command.
    """
    data = _learned_from(runs[0], arguments.data)
    alike = [run for run in runs if _learned_from(run, arguments.data) == data]
    which = (
        ["--run", arguments.folder] if arguments.folder else ["--digits", *(word(one.config.digit) for one in alike)]
    )
    words = [*which, "--resume"]
    if any(run.config.iterations is None for run in alike):
        first = alike[0].config
        usual = preset(first.digit, network=first.network, few=data is None).iterations or 0
        reached = max([iteration for run in alike for iteration in run.pictures()], default=0)
        words += ["--iterations", str(reached + (arguments.iterations or usual))]
    return train_command(*words, "--out", str(arguments.out), *_data(data))


def server_command(arguments: argparse.Namespace) -> str:
    """The command that shows the runs on a page; it opens the one that was trained last."""
    return shlex.join(["python", "server.py", "--runs", str(arguments.out), *_data(arguments.data)])


def _learned_from(run: Run, otherwise: Path | None) -> Path | None:
    """The folder of data that a run has learned from, None for the sample; `otherwise` where it has not begun."""
    name = run.data_name()
    if name is None:
        return otherwise
    _, found, folder = name.partition(" digits of ")  # as gan/data/dataset.py names it
    return Path(folder) if found else None


def _data(folder: Path | None) -> list[str]:
    return ["--data", str(folder)] if folder else []


def word(digit: int | None) -> str:
    """A digit as --digits has it."""
    return "any" if digit is None else str(digit)


def endless(runs: list[Run], arguments: argparse.Namespace) -> InputError:
    """The refusal to train runs without a last iteration: they were begun on a page, and must be asked for."""
    names, command = ", ".join(str(run.path) for run in runs), command_to_go_on(runs, arguments)
    return InputError(f"{names}: begun on a page, without a number of iterations; go on with: {command}", "iterations")
