"""What one open page costs training: `python -m benchmarks.open_page`.

    python -m benchmarks.open_page                       # the quick network, all digits, five rounds, six minutes
    python -m benchmarks.open_page --network digits --seconds 60
    python -m benchmarks.open_page --json                # one line of JSON in place of the table

A server with kernels compiled trains a new run of the same seed again and again, in turns without a browser and with a
headless Chromium that shows the training page; every other round begins with the browser. The speed is the run's own
(metrics.jsonl): iterations a second, sheets and pictures included, from ten seconds after the start on, since before
that a page is shown more often (gan/runs/preview.py). What is quoted is the median of the rounds' costs; the spread is
their lowest and highest.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.contest.programs import LONGEST, run_program, server
from benchmarks.contest.race import ContestError
from benchmarks.contest.report import Figures, Table, add_save, guarded, keep
from benchmarks.first_sheet import make_run, opened, wish_of
from gan.command import Parser, whole
from gan.runs.preview import LIVELY_SECONDS
from gan.runs.run import Run

LOOK_SECONDS = 0.5  # between two looks at the metrics
WITHOUT, WITH = "without", "with"


def timed(lines: Iterable[dict[str, Any]]) -> list[tuple[int, float]]:
    """Of each line of metrics the iterations since the one before, and the seconds that they took."""
    found, before = list[tuple[int, float]](), 0
    for line in lines:
        iterations = line["iteration"] - before
        found.append((iterations, iterations / line["iterations_per_second"]))
        before = line["iteration"]
    return found


def speed(lines: Iterable[dict[str, Any]], leave_out: float, seconds: float) -> float | None:
    """Iterations a second of a run that was started once, over so many seconds after those that are left out.

    None where it has not trained for so long.
    """
    at, iterations, measured = 0.0, 0, 0.0
    for done, took in timed(lines):
        if at >= leave_out:
            iterations, measured = iterations + done, measured + took
        at += took
        if measured >= seconds:
            return iterations / measured
    return None


def cost(without: float, with_page: float) -> float:
    """By which part training is slower with the page open; below 0 where it is faster."""
    return 1 - with_page / without


def command(address: str, run: str, word: str) -> None:
    """Pass a command to a run."""
    with urlopen(Request(f"{address}/api/runs/{run}/{word}", method="POST")) as answer:
        answer.read()


def train(address: str, runs: Path, wish: Figures, leave_out: float, seconds: float) -> float:
    """Train a new run for so long; its speed. ContestError where it does not train."""
    name = make_run(address, wish)
    command(address, name, "fun")
    end = time.monotonic() + leave_out + seconds + LONGEST
    while (found := speed(Run.open(runs / name).metrics(), leave_out, seconds)) is None:
        if time.monotonic() > end:
            raise ContestError(f"expected run {name} to train for {leave_out + seconds:.0f} s, but it did not")
        time.sleep(LOOK_SECONDS)
    command(address, name, "pause")
    return found


def measure(wish: Figures, rounds: int, leave_out: float, seconds: float) -> list[Figures]:
    """Train in turns; of each round both speeds and the cost."""
    run_program("-m", "nnet.fast.warm")
    rows = list[Figures]()
    with tempfile.TemporaryDirectory() as runs, server(Path(runs)) as address:
        for number in range(rounds):
            row: Figures = {"round": number + 1, **wish}
            for turn in (WITHOUT, WITH) if number % 2 == 0 else (WITH, WITHOUT):
                with ExitStack() as stack:
                    if turn == WITH:
                        stack.enter_context(opened(address, script=""))
                    row[turn] = train(address, Path(runs), wish, leave_out, seconds)
            rows.append(row | {"cost": cost(row[WITHOUT], row[WITH])})
    return rows


def summary(rows: Sequence[Figures]) -> Figures:
    """The medians, and the lowest and highest cost of a round."""
    costs = [row["cost"] for row in rows]
    medians: Figures = {name: statistics.median(row[name] for row in rows) for name in (WITHOUT, WITH, "cost")}
    return medians | {"lowest": min(costs), "highest": max(costs)}


def show(rows: Sequence[Figures]) -> None:
    """Print the table."""
    table = Table({"round": 6, "without, it/s": 6, "with, it/s": 6, "cost": 24})
    for row in rows:
        table.row([row["round"], f"{row[WITHOUT]:.2f}", f"{row[WITH]:.2f}", f"{row['cost']:.1%}"])
    found = summary(rows)
    spread = f"{found['cost']:.1%} ({found['lowest']:.1%} to {found['highest']:.1%})"
    table.row(["median", f"{found[WITHOUT]:.2f}", f"{found[WITH]:.2f}", spread])


def answer(arguments: Any) -> None:
    """Do what the command line asks."""

    def measured(asked: Any) -> list[Figures]:
        wish = wish_of(asked) | {"seed": asked.seed}
        return measure(wish, asked.rounds, float(asked.leave_out), float(asked.seconds))

    def measured_and_shown(asked: Any) -> list[Figures]:
        rows = measured(asked)
        show(rows)
        return rows

    if arguments.json:
        rows = measured(arguments)
        print(json.dumps({"rounds": rows, **summary(rows)}))
    else:
        keep("open_page", arguments, measured_and_shown)


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.open_page", description="What one open page costs training.")
    add, usual = parser.add_argument, int(LIVELY_SECONDS)
    add("--digit", choices=["any", *"0123456789"], default="any")
    add("--network", choices=["quick", "digits"], default="quick")
    add("--seed", type=whole(0, 2**32 - 1), default=0, metavar="S")
    add("--rounds", type=whole(1, 100), default=5, help="each without and with a page (5)")
    add("--leave-out", type=whole(0, 3600), default=usual, metavar="S", help=f"seconds after the start ({usual})")
    add("--seconds", type=whole(1, 3600), default=25, help="that are measured, of each turn (25)")
    add("--json", action="store_true", help="one line of JSON in place of the table")
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.open_page`; returns the exit code, 1 if it cannot go on."""
    return guarded("open_page", lambda: answer(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
