"""What an iteration of every training of the studies takes: `python -m benchmarks.seconds docs/studies/*.toml`.

On one thread, alone: run it on an idle machine. Every kind of training (gan/study/points.py says what makes one) has
a process of its own and is timed by itself. The figures go into docs/studies/seconds.json, with the step of the
reference network before and after, which tells this hour from others.
"""

import argparse
import datetime
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contest import machine
from benchmarks.contest.race import race
from benchmarks.contest.report import Table, guarded
from benchmarks.sides.peers import start_ours
from benchmarks.step import config_of
from gan.command import Parser, new_file, whole
from gan.config import Config
from gan.study.plan import read_plan
from gan.study.points import cost
from nnet.durable_write import replacing

OUT = Path("docs/studies/seconds.json")
A_ROUND = 4  # counted iterations of a turn


def kinds_of(plans: Sequence[Path]) -> dict[str, Config]:
    """A config of every kind, by its cost, from the cheapest network to the dearest."""
    found = {cost(training.config): training.config for plan in plans for training in read_plan(plan)[1]}
    return dict(sorted(found.items(), key=lambda kind: kind[1].channels))


def time_alone(config: Config, rounds: int) -> dict[str, float]:
    """Milliseconds of an iteration on one thread, with quartiles."""
    with start_ours(config, 1) as ours:
        timing = race([ours], rounds, A_ROUND)["ours"]
    lower, median, upper = timing.quartiles
    return {"ms": round(median, 3), "lower": round(lower, 3), "upper": round(upper, 3)}


def measure(arguments: argparse.Namespace) -> None:
    """Time every kind, print it and keep it."""
    described = machine.describe()
    print(machine.headline(described), end="\n\n", flush=True)
    table = Table({"channels": 9, "batch": 5, "updates of G": 12, "ms (quartiles)": 24, "cost": 20})
    rounds = max(1, round(arguments.iterations / A_ROUND))
    step = {"network": "reference", "loss": "classic", "threads": 1}
    step |= {"ms_before": time_alone(config_of("reference", "classic"), rounds)["ms"]}
    rows = []
    for kind, config in kinds_of(arguments.plans).items():
        timed = time_alone(config, rounds)
        rows.append({"cost": kind, **timed})
        spread = f"{timed['ms']:.2f} ({timed['lower']:.2f} - {timed['upper']:.2f})"
        table.row([config.channels, config.batch, config.generator_updates, spread, kind])
    step |= {"ms_after": time_alone(config_of("reference", "classic"), rounds)["ms"]}
    day = datetime.date.today().isoformat()
    with replacing(arguments.out) as beside:
        kept = {"machine": described, "day": day, "step": step, "rows": rows}
        beside.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    print(f"\nThe reference network, classic loss: {step['ms_before']} ms before, {step['ms_after']} ms after.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.seconds`; returns the exit code."""
    parser = Parser("python -m benchmarks.seconds", description="Time an iteration of every training of the studies.")
    parser.add_argument("plans", type=Path, nargs="+", help="of gan.study")
    parser.add_argument("--out", type=new_file(".json"), default=OUT, metavar="FILE", help=f"(default {OUT})")
    parser.add_argument("--iterations", type=whole(1), default=60, help="counted ones of a kind (default 60)")
    return guarded("seconds", lambda: measure(parser.parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
