"""Time one training iteration in our code and in PyTorch: `python -m benchmarks.step`.

    # two networks, two variants of PyTorch
    python -m benchmarks.step
    python -m benchmarks.step --network digits --loss relativistic classic --threads 2
    # ours alone: reference network, classic loss, all cores
    python -m benchmarks.step --json

An iteration consists of one update of D and one of G on random images, and an update of
the running average. The benchmark first checks that all implementations compute the
same gradients, then times them round-robin.
"""

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import product
from typing import Any

import nnet.threads
from benchmarks.parse_options import Options, Table, main_of, print_machine
from benchmarks.run_programs import clean_environment
from benchmarks.timing import TimedProcess, Timing, ratio, time_in_turns
from gan.base.errors import InputError
from gan.cli.command_line import whole
from gan.rules.run_config import Config, preset

# "relativistic" includes the gradient penalty R1 + R2, as for the bundled models.
LOSSES = ("relativistic", "classic")
SIZES = ("digits", "reference", "quick")  # networks; "reference" never changes
RUNS = 4  # timed iterations per round
HINT = 'pip install -e ".[bench]"'
# allowed relative deviation of a gradient in float32; with AVX2, 1.1e-4 was found
LARGEST_DEVIATION = 2e-4
Row = tuple[str, str, int]  # network, loss, threads

# The variants of PyTorch and their memory settings. "eager" is plain PyTorch, and
# "bfloat16" keeps freed memory, as our code does. Few users know these settings,
# but PyTorch gains as much from them as our code, because both allocate arrays with the
# C library. THP_MEM_ALLOC_ENABLE and flushing denormals to zero did not help.
KEPT = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 31),
    "MALLOC_ARENA_MAX": "1",
}
PEERS = {"eager": {}, "bfloat16": KEPT}
CORES = nnet.threads.available_cores()
OPTIONS: Options = {
    "--network": {"nargs": "+", "choices": SIZES, "help": "(default: all but quick)"},
    "--loss": {"nargs": "+", "choices": LOSSES, "help": f"(default {LOSSES[0]})"},
    "--threads": {"nargs": "+", "type": whole(1), "help": f"(default: 1 and {CORES})"},
    "--iterations": {
        "type": whole(1),
        "default": 16,
        "help": "counted iterations of each side (default 16)",
    },
    "--json": {
        "action": "store_true",
        "help": "ours alone, one line of JSON per row (default: reference, classic)",
    },
}


def config_of(network: str, loss: str) -> Config:
    """Return the config of a row, in which D and G have one update each.

    The reference network draws all digits, and the others one.
    """
    changes: dict[str, Any] = {"generator_updates": 1, "loss": loss}
    return preset(None if network == "reference" else 0, network=network, **changes)


def compare(ours: TimedProcess, peer: TimedProcess, path: str) -> float:
    """Return the largest deviation of a peer's gradients from ours, saved in `path`.

    Raise InputError if it exceeds LARGEST_DEVIATION, unless the peer uses bfloat16.
    """
    found: dict[str, float] = peer.ask(f"check {path}")
    # A deviation of NaN counts as infinite.
    name, worst = max(
        found.items(), key=lambda item: math.inf if math.isnan(item[1]) else item[1]
    )
    if peer.name != "bfloat16" and not worst <= LARGEST_DEVIATION:
        raise InputError(
            f"{peer.name} and {ours.name} do not compute the same: {name} differs by "
            f"{worst:.1e} of its norm, expected at most {LARGEST_DEVIATION:.0e}"
        )
    return worst


def time_row(
    row: Row, peers: Sequence[str], iterations: int
) -> tuple[dict[str, Timing], dict[str, float]]:
    """Return the timings of our code and the peers, and the peers' deviations."""
    network, loss, threads = row
    arguments = {"config": config_of(network, loss).to_json(), "threads": threads}
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        # Our side has the environment of a training worker.
        ours = TimedProcess(
            "ours", "benchmarks.our_iteration:iteration", dict(os.environ), **arguments
        )
        stack.enter_context(ours)
        path = f"{folder}/ours.npz"
        if peers:
            ours.ask(f"check {path}")
        processes = [ours]
        deviations = dict[str, float]()
        for name in peers:
            environment = clean_environment(**PEERS[name])
            peer = TimedProcess(
                name,
                "benchmarks.pytorch_iteration:iteration",
                environment,
                **arguments,
                variant=name,
            )
            processes.append(stack.enter_context(peer))
            deviations[name] = compare(ours, peer, path)
        rounds = max(1, round(iterations / RUNS))
        return time_in_turns(processes, rounds, RUNS), deviations


def cells(row: Row, timings: dict[str, Timing]) -> list[str]:
    ours, *peers = timings.values()
    lower, median, upper = ours.quartiles
    compared = [f"{peer.quartiles[1]:.1f} = {ratio(peer, ours)}" for peer in peers]
    peaks = " / ".join(f"{timing.peak_mb:.0f}" for timing in timings.values())
    return [
        *map(str, row),
        f"{median:.1f} ({lower:.1f} - {upper:.1f})",
        *compared,
        peaks,
    ]


def print_ours(row: Row, iterations: int) -> None:
    """Time our code and print one line of JSON."""
    network, loss, threads = row
    ours = time_row(row, (), iterations)[0]["ours"]
    values = {
        "network": network,
        "loss": loss,
        "batch": config_of(network, loss).batch,
        "threads": threads,
        "ms": round(ours.quartiles[1], 4),
        "peak_mb": round(ours.peak_mb),
    }
    print(json.dumps(values), flush=True)


def measure(arguments: argparse.Namespace) -> None:
    alone = arguments.json
    networks = arguments.network or (["reference"] if alone else SIZES[:2])
    losses = arguments.loss or (["classic"] if alone else LOSSES[:1])
    threads = arguments.threads or ([CORES] if alone else [1, CORES])
    rows = list(dict.fromkeys(product(networks, losses, threads)))  # without repeats
    if not alone:
        return print_table(rows, arguments)
    for row in rows:
        print_ours(row, arguments.iterations)


def print_table(rows: Sequence[Row], arguments: argparse.Namespace) -> None:
    print_machine()
    peers = list(PEERS) if find_spec("torch") else []
    if not peers:
        print(
            f"PyTorch is not installed, so only ours is timed. {HINT}", file=sys.stderr
        )
    columns = {"network": 9, "loss": 12, "threads": 7, "ours, ms": 21}
    table = Table(
        columns
        | {f"{name}, ms": 27 for name in peers}
        | {"peak MB": 5 + 6 * len(peers)}
    )
    worst = dict.fromkeys(peers, 0.0)
    for row in rows:
        timings, deviations = time_row(row, peers, arguments.iterations)
        worst = {name: max(worst[name], deviations[name]) for name in peers}
        table.row(cells(row, timings))
    print(
        "\nOurs: median and quartiles. PyTorch: median = ratio to ours (lowest - "
        "highest ratio of a round)."
    )
    for name in peers:
        print(
            f"The gradients of {name} deviate from ours by up to {worst[name]:.0e} of "
            "their norm."
        )


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
