"""Parse the command line of `train.py` into the Config and the folder of every run.

All runs are checked here before the first one is created, so that invalid input costs
no training time.
"""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from gan.base.errors import InputError
from gan.cli.command_line import (
    CORES,
    DATA_HELP,
    Parser,
    parse_digit,
    program,
    some_path,
    whole,
)
from gan.data import Dataset
from gan.rules.config_for_data import check_data, preset_for
from gan.rules.run_config import LISTS, OPTIONS, SETTINGS, SIZES, Config, preset
from gan.runs.provenance import cores_of, data_of
from gan.runs.run import Run
from gan.runs.run_writer import create, refuse_changes, resume
from gan.runs.terminal_output import command_to_go_on, endless

NOT_STARTED = "check --out, or leave --resume out to start training"


def build_parser() -> Parser:
    parser = Parser(
        program("train.py"),
        description="Train GANs that draw digits or your own images.",
    )
    add = parser.add_argument
    add(
        "--digits",
        nargs="+",
        metavar="D",
        help="0 to 9, labels of your own images, or any (default: 0 .. 9, own labels"
        " together; with --resume: in --out)",
    )
    add(
        "--workers",
        type=whole(1),
        metavar="N",
        help="runs trained at once (default: up to all cores)",
    )
    add(
        "--cores",
        type=CORES,
        metavar="N",
        help="cores of each run, on Linux (default: cores / workers, with --resume as"
        " before; elsewhere 1)",
    )
    add("--data", type=some_path, metavar="PATH", help=DATA_HELP)
    add(
        "-o",
        "--out",
        type=some_path,
        default=Path("runs"),
        metavar="DIR",
        help="folder of the runs (default: runs); pages list runs/look/digit-3 as"
        " look.digit-3",
    )
    seeds = parser.add_mutually_exclusive_group().add_argument
    seeds(
        "--seeds",
        type=SETTINGS["seed"].option,
        nargs="+",
        metavar="S",
        help="several seeds, each in its own folder in --out",
    )
    add(
        "--cluster",
        metavar="ADDRESS",
        help="train on the workers of a Dask scheduler, such as tcp://host:8786",
    )
    add(
        "--run",
        nargs="+",
        metavar="NAME",
        help="with --resume: only these runs, by their names on the pages",
    )
    add(
        "--resume",
        action="store_true",
        help="resume the runs in --out; --iterations prolongs them",
    )
    add(
        "--no-freeze",
        action="store_true",
        help="let G's update also change D: the mistake to avoid",
    )
    add_settings(parser, seeds)
    parser.set_defaults(folder=None)  # folder name of the run given by --run
    return parser


def add_settings(parser: Parser, add_seed: Callable[..., object]) -> None:
    """Add an option for each setting of a run."""
    sizes = parser.add_argument_group("sizes of the two networks", "for experiments")
    for name in OPTIONS:
        if name in SIZES:
            add_setting(sizes.add_argument, name)
        elif name == "seed":
            add_setting(add_seed, name)
        else:
            add_setting(parser.add_argument, name)


def add_setting(add: Callable[..., object], name: str) -> None:
    setting = SETTINGS[name]
    option = f"--{name.replace('_', '-')}"
    if setting.kind is bool:
        add(option, action=argparse.BooleanOptionalAction, help=setting.help)
        return
    metavar = "N" if name in SIZES else setting.metavar
    count = None  # one value
    if name in LISTS:
        count = "+" if LISTS[name][0] else "*"
    add(option, type=setting.option, help=setting.help, nargs=count, metavar=metavar)


def split_by_seed(arguments: argparse.Namespace) -> list[argparse.Namespace]:
    """Return one namespace per seed in --seeds, each with its own folder.

    Without --seeds, return `arguments`. With --run, return one namespace per run
    instead. With --resume but no seed, include all runs in --out and in its seed
    folders.
    """
    out = arguments.out
    if arguments.run:
        return [for_run(arguments, name) for name in dict.fromkeys(arguments.run)]
    if arguments.seeds:
        return [for_seed(arguments, seed) for seed in dict.fromkeys(arguments.seeds)]
    finds_seeds = arguments.resume and arguments.seed is None
    seeds = seeds_in(out) if finds_seeds else []
    parts = [for_seed(arguments, seed) for seed in seeds]
    if not seeds or any(map(Run.exists, usual_paths(out))):
        parts.insert(0, arguments)
    return parts


def for_seed(arguments: argparse.Namespace, seed: int) -> argparse.Namespace:
    changed = {"seed": seed, "out": arguments.out / f"seed-{seed}"}
    return argparse.Namespace(**vars(arguments) | changed)


def for_run(arguments: argparse.Namespace, name: str) -> argparse.Namespace:
    """Return the arguments for the run that has this name on the web pages.

    The name is that of a folder, or of a folder and its subfolder, joined by a dot.
    """
    if not arguments.resume:
        raise InputError("--run: expected with --resume; add --resume", "run")
    if arguments.digits or arguments.seeds:
        expected = "expected without --digits and --seeds"
        raise InputError(f"--run: {expected}; leave them out", "run")
    folder = arguments.out.joinpath(*name.split(".", 1))
    changed = {"out": folder.parent, "folder": folder.name}
    return argparse.Namespace(**vars(arguments) | changed)


def path_of(
    arguments: argparse.Namespace, digit: int | None, names: tuple[str, ...]
) -> Path:
    return arguments.out / (arguments.folder or preset(digit, names=names).name)


def seeds_in(out: Path) -> list[int]:
    """Return the seeds that have a folder in `out`, in ascending order."""
    if not os.path.isdir(out):  # Path.is_dir raises if the name is too long
        return []
    seeds = []
    for path in out.glob("seed-*"):
        seed = path.name.removeprefix("seed-")
        if path.is_dir() and seed.isdecimal() and str(int(seed)) == seed:
            seeds.append(int(seed))
    return sorted(seeds)


def usual_paths(out: Path) -> list[Path]:
    """Return the default folders of runs.

    There is one for each digit or label, and one for all of them together.
    """
    digits = [out / preset(digit).name for digit in (*range(10), None)]
    labels = sorted(out.glob("label-*")) if os.path.isdir(out) else []
    return [*digits, *labels, out / "all-labels"]


def recorded_data(arguments: argparse.Namespace) -> Path | None:
    """Return the path of the images that the runs to resume were trained on.

    Return None if these are MNIST's, or if they differ between the runs. Raise
    InputError if there is nothing at the path.
    """
    found = set[Path | None]()
    for part in split_by_seed(arguments):
        paths = [part.out / part.folder] if part.folder else usual_paths(part.out)
        for path in paths:
            with suppress(InputError):
                found.add(data_of(Run.open(path)))
    data = found.pop() if len(found) == 1 else None
    if data and not os.path.exists(data):
        expected = f"expected the images that {arguments.out} was trained on"
        raise InputError(
            f"{data}: {expected}, found nothing; pass them with --data", "data"
        )
    return data


def digits_of(arguments: argparse.Namespace, data: Dataset) -> list[int | None]:
    """Return the requested digits or the indices of the requested labels, in order.

    The default is each of the ten digits, or all labels together (None). With --resume,
    it is every digit or label that has a run on `data`. Raise InputError if there is no
    such run.
    """
    names = data.names
    if arguments.digits:
        text = " ".join(arguments.digits)
        if "," in text:
            spaced = " ".join(text.replace(",", " ").split())
            problem = f"expected spaces between digits, received {text}"
            raise InputError(f"--digits: {problem}; write: --digits {spaced}")
        digits = [parse_digit(text, "--digits", names) for text in arguments.digits]
        return list(dict.fromkeys(digits))
    if arguments.folder:
        return [Run.open(arguments.out / arguments.folder).config.digit]
    if arguments.resume:
        return digits_to_resume(arguments, data)
    if not names:
        return list(range(10))
    return [0 if len(names) == 1 else None]


def digits_to_resume(arguments: argparse.Namespace, data: Dataset) -> list[int | None]:
    there = [Run.open(path) for path in usual_paths(arguments.out) if Run.exists(path)]
    runs = [run for run in there if run.config.names == data.names]
    if there and not runs:
        check_data(there[0].config, data)
    if not runs:
        expected = f"{arguments.out}: expected runs to resume, found none"
        raise InputError(f"{expected}; {NOT_STARTED}", "out")
    digits = [run.config.digit for run in runs if run.config.iterations]
    if not digits:
        raise endless(runs, arguments)
    return digits


def configs_of(arguments: argparse.Namespace, data: Dataset) -> list[Config]:
    """Return the Config for every requested digit or label.

    A resumed run keeps every setting that is not given. Raise InputError if a value is
    out of range or cannot be changed in an existing run.
    """
    settings: dict[str, Any] = {}
    for name in OPTIONS:
        value = getattr(arguments, name)
        if value is not None:
            settings[name] = tuple(value) if name in LISTS else value
    if arguments.no_freeze:
        settings["freeze"] = False
    digits = digits_of(arguments, data)
    if arguments.resume:
        return [resumed(arguments, digit, data.names, settings) for digit in digits]
    return [preset_for(data, digit, **settings) for digit in digits]


def resumed(
    arguments: argparse.Namespace,
    digit: int | None,
    names: tuple[str, ...],
    settings: Mapping[str, Any],
) -> Config:
    """Return an existing run's Config with changed settings.

    Raise InputError if there is no such run, or if a setting cannot be changed.
    """
    path = path_of(arguments, digit, names)
    if not Run.exists(path):
        expected = f"{path}: expected the folder of a run, found no config.json"
        raise InputError(f"{expected}; {NOT_STARTED}", "out")
    run = Run.open(path)
    refuse_changes(run, settings)
    config = replace(run.config, **settings)
    if config.iterations is None:
        raise endless([run], arguments)
    # The newest picture may be of a later iteration, if a crash came before the
    # checkpoint. It is drawn again, so only the saved iteration counts.
    reached = run.saved_iteration()
    requested = arguments.iterations
    if requested is not None and requested < reached:
        expected = f"expected at least {reached}, which {path} has reached"
        raise InputError(
            f"--iterations: {expected}, received {requested}", "iterations"
        )
    return config


def recorded_cores(
    planned: Sequence[tuple[argparse.Namespace, Config]],
) -> dict[Path, int]:
    """Return the number of cores of each run to resume that has been trained."""
    found = dict[Path, int]()
    for part, config in planned:
        path = path_of(part, config.digit, config.names)
        if part.resume and (cores := cores_of(Run.open(path))):
            found[path] = cores
    return found


def prepare(arguments: argparse.Namespace, config: Config) -> Run:
    """Create or open a run's folder, before any training starts."""
    open_run = resume if arguments.resume else create
    return open_run(path_of(arguments, config.digit, config.names), config)


def refuse_existing_run(arguments: argparse.Namespace, config: Config) -> None:
    path = arguments.out / config.name
    if Run.exists(path) and not arguments.resume:
        command = command_to_go_on([Run.open(path)], arguments)
        advice = f"choose another --out, or resume it: {command}"
        raise InputError(f"{path}: already holds a run; {advice}", "out")
