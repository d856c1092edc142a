"""Every layer against PyTorch's operator of the same shapes: `python -m benchmarks.layers`.

Forward; backward, which is both gradients; and frozen, which is that of the input alone. And Adam over the reference
network. The same arrays are used again and again, so they lie in the caches more often than within an iteration.
GFLOP/s are those of the formula, however it is computed: a fast convolution has more than the processor can do.
"""

import itertools
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import nnet.threads
from benchmarks.contest.agreement import compare
from benchmarks.contest.race import Contestant, our_environment, peer_environment, race, ratio
from benchmarks.contest.report import Figures, Table, add_save, compared, run
from benchmarks.sides.layer_shapes import ADAM, LAYERS
from benchmarks.sides.peers import HINT, is_installed
from gan.command import Parser, whole
from nnet.threads import MEMORY_SETTINGS

PEERS = {"eager": False, "channels-last": True}  # the second with the fused Adam
RUNS = 4  # counted ones of a contestant's turn


def start(stack: ExitStack, samples: int, threads: int) -> list[Contestant]:
    """Ours, and PyTorch's where it is installed; checked to compute the same."""
    sizes: dict[str, Any] = {"samples": samples, "threads": threads}
    ours = stack.enter_context(Contestant("ours", "benchmarks.sides.layers_ours:layers", our_environment(), **sizes))
    if not is_installed("eager"):
        return [ours]
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    ours.ask(f"check {(path := f'{folder}/ours.npz')}")
    peers = []
    for name, channels_last in PEERS.items():
        make, environment = "benchmarks.sides.layers_in_pytorch:layers", peer_environment(**MEMORY_SETTINGS)
        peers.append(stack.enter_context(Contestant(name, make, environment, channels_last=channels_last, **sizes)))
        compare(ours, peers[-1], path, exact=True)
    return [ours, *peers]


def flop_of(subject: str, samples: int) -> int | None:
    """Operations of a subject; Adam's time is that of memory, not of operations."""
    name, _, way = subject.rpartition(" ")
    return LAYERS[name].flop(way, samples) if name in LAYERS else None


def time_subject(contestants: Sequence[Contestant], subject: str, samples: int, threads: int, rounds: int) -> Figures:
    """Figures of one line of the table."""
    timings = race(contestants, rounds, RUNS, subject)
    ours, flop = timings["ours"], flop_of(subject, samples)
    return {
        "layer": subject,
        "samples": samples,
        "threads": threads,
        "times": {name: timing.to_json() for name, timing in timings.items()},
        "ratios": {name: asdict(ratio(timing, ours)) for name, timing in timings.items() if name != "ours"},
        "gflops": round(flop / 1e6 / ours.median) if flop else None,
    }


def measure(samples: Sequence[int], threads: Sequence[int], rounds: int) -> list[Figures]:
    """Time layer after layer and print each when it is done."""
    columns = {"layer": 32, "N": 4, "threads": 7, "ours, ms": 8, "GFLOP/s": 7}
    if is_installed("eager"):
        columns |= {f"{name}, ms": 28 for name in PEERS}
    else:
        print(f"PyTorch is not installed: ours alone. {HINT}\n")
    table, rows = Table(columns), []
    for count, n in itertools.product(samples, threads):
        with ExitStack() as stack:
            contestants = start(stack, count, n)
            for subject in contestants[0].subjects:
                if subject == ADAM and count != samples[0]:
                    continue  # knows no samples
                rows.append(row := time_subject(contestants, subject, count, n, rounds))
                peers = [compared(row["times"][name], found, 3) for name, found in row["ratios"].items()]
                table.row([subject, count, n, f"{row['times']['ours']['ms']:.3f}", row["gflops"] or "", *peers])
    return rows


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.layers", description="Layers against PyTorch's operators.")
    cores = list(dict.fromkeys([1, nnet.threads.available_cores()]))
    parser.add_argument("--samples", nargs="+", type=whole(1), default=[64, 128], metavar="N")
    parser.add_argument("--threads", nargs="+", type=whole(1), default=cores, metavar="N")
    parser.add_argument("--rounds", type=whole(1), default=6)
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.layers`; returns the exit code, 1 if it cannot go on."""
    return run("layers", build_parser(), argv, lambda asked: measure(asked.samples, asked.threads, asked.rounds))


if __name__ == "__main__":
    sys.exit(main())
