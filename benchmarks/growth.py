"""How time and memory grow with the batch and with the width: `python -m benchmarks.growth`.

From the reference network, classic loss: the batch doubled and doubled again, then the channels. Every size has fresh
processes, so that the peak of memory is its own. Between neighbours stands the exponent p of time ~ size^p: 1 is
proportional, and what is less says that a fixed cost is shared. Products grow with the square of the channels.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import nnet.threads
from benchmarks.contest.race import race
from benchmarks.contest.report import Figures, Table, add_save, run
from benchmarks.sides.peers import HINT, is_installed, start_ours, start_peer
from gan.command import Parser, whole
from gan.config import Config, preset

FACTORS = (1, 2, 4)
RUNS = 4  # counted ones of a contestant's turn
PEER = "eager"


def sizes() -> Iterator[tuple[str, int, Config]]:
    """What grows, how many times, and the config."""
    config = preset(None, "classic", "reference")
    for factor in FACTORS:
        yield "batch", factor, replace(config, batch=factor * config.batch)
    for factor in FACTORS:
        yield "channels", factor, replace(config, channels=(factor * config.channels[0], factor * config.channels[1]))


def exponent(before: float, after: float, factor: float) -> float:
    """p where `after` = `before` * factor^p."""
    return math.log(after / before) / math.log(factor)


def time_size(config: Config, threads: int, rounds: int) -> Figures:
    """Figures of ours and, where it is installed, of the peer."""
    with ExitStack() as stack:
        contestants = [stack.enter_context(start_ours(config, threads))]
        if is_installed(PEER):
            contestants.append(stack.enter_context(start_peer(PEER, config, threads)))
        return {name: timing.to_json() for name, timing in race(contestants, rounds, RUNS).items()}


def cells(row: Figures, before: Figures | None) -> list[str]:
    """A row of the table: time, its exponent and memory of every side."""
    line = [row["grows"], f"x{row['factor']}"]
    for name, times in row["times"].items():
        line.append(f"{times['ms']:.1f}")
        grown = row["factor"] / before["factor"] if before else 0
        line.append(f"{exponent(before['times'][name]['ms'], times['ms'], grown):.2f}" if before else "")
        line.append(str(times["peak_mb"]))
    return line


def measure(threads: int, rounds: int) -> list[Figures]:
    """Time size after size and print each when it is done."""
    names = ["ours", PEER] if is_installed(PEER) else ["ours"]
    if len(names) == 1:
        print(f"PyTorch is not installed: ours alone. {HINT}\n")
    figures = [f"{name}, {what}" for name in names for what in ("ms", "exponent", "peak MB")]
    table = Table({"grows": 8, "factor": 6} | dict.fromkeys(figures, 8))
    rows: list[Figures] = []
    for grows, factor, config in sizes():
        before = rows[-1] if rows and rows[-1]["grows"] == grows else None
        times = time_size(config, threads, rounds)
        rows.append({"grows": grows, "factor": factor, "threads": threads, "times": times})
        table.row(cells(rows[-1], before))
    return rows


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.growth", description="How time and memory grow with size.")
    parser.add_argument("--threads", type=whole(1), default=nnet.threads.available_cores())
    parser.add_argument("--rounds", type=whole(1), default=4)
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.growth`; returns the exit code, 1 if it cannot go on."""
    return run("growth", build_parser(), argv, lambda asked: measure(asked.threads, asked.rounds))


if __name__ == "__main__":
    sys.exit(main())
