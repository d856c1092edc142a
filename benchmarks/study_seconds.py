"""Time an iteration of every kind of training in studies: `python -m benchmarks.study_seconds docs/studies/*.toml`.

The benchmark uses one thread and needs an idle machine. It times every kind of training
(tools/study/plan_and_results.py) in a separate process and saves the figures in docs/studies/seconds.json. The
reference network is timed before and after, to show whether the machine ran at its usual speed.
"""

import argparse
import datetime
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.command_line import Options, Table, main_of, print_machine
from benchmarks.programs import ROOT
from benchmarks.step import config_of, time_alone
from gan.rules.config import Config
from nnet.durable_write import replacing
from tools.study.plan_and_results import cost, read_plan

OUT = ROOT / "docs/studies/seconds.json"
ITERATIONS = 60  # of each kind
OPTIONS: Options = {"plans": {"type": Path, "nargs": "+", "help": "plans of tools.study"}}


def kinds_of(plans: Sequence[Path]) -> dict[str, Config]:
    """Return one config for every kind of training, keyed by its `cost`, the smallest network first."""
    found = {cost(training.config): training.config for plan in plans for training in read_plan(plan)[1]}
    return dict(sorted(found.items(), key=lambda kind: kind[1].channels))


def time_kind(config: Config) -> dict[str, float]:
    quartiles = time_alone(config, 1, ITERATIONS).quartiles
    return dict(zip(("lower", "ms", "upper"), (round(ms, 3) for ms in quartiles), strict=True))


def measure(arguments: argparse.Namespace) -> None:
    machine = print_machine()
    table = Table({"channels": 9, "batch": 5, "updates of G": 12, "ms (quartiles)": 24, "cost": 20})
    reference = config_of("reference", "classic")
    before, rows = time_kind(reference)["ms"], []
    for kind, config in kinds_of(arguments.plans).items():
        timed = time_kind(config)
        rows.append({"cost": kind, **timed})
        spread = f"{timed['ms']:.2f} ({timed['lower']:.2f} - {timed['upper']:.2f})"
        table.row([config.channels, config.batch, config.generator_updates, spread, kind])
    after = time_kind(reference)["ms"]
    step = {"network": "reference", "loss": "classic", "threads": 1, "ms_before": before, "ms_after": after}
    saved = {"machine": machine, "day": datetime.date.today().isoformat(), "step": step, "rows": rows}
    with replacing(OUT) as beside:
        beside.write_text(json.dumps(saved, indent=1) + "\n", "utf-8")
    print(f"\nThe reference network, classic loss: {before} ms before, {after} ms after.")


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
