"""How long one iteration takes, ours and others': `python -m benchmarks.step`.

    python -m benchmarks.step                                   # the table: every row, every peer that is installed
    python -m benchmarks.step --quick                           # five rows and two peers, within two minutes
    python -m benchmarks.step --network digits --loss relativistic --threads 2 --peers eager compile
    python -m benchmarks.step --json                            # ours alone, the reference network, one line of JSON

An iteration is one update of D and one of G on random images, and the running average. Contestants take turns
(benchmarks/contest/race.py) once they are shown to compute the same (benchmarks/contest/agreement.py). `--save FILE`
keeps the figures for benchmarks/plot.py.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import nnet.threads
from benchmarks.contest.agreement import compare
from benchmarks.contest.race import race, ratio
from benchmarks.contest.report import Figures, Table, add_save, compared, guarded, keep
from benchmarks.sides import work
from benchmarks.sides.ours import SIDE
from benchmarks.sides.peers import HINT, PEERS, is_installed, start_ours, start_peer, start_products
from gan.command import Parser, whole
from gan.config import CONVOLUTIONS, Config, preset

# How a row is called, and the preset it stands for.
LOSSES: dict[str, dict[str, Any]] = {
    "classic": {"loss": "classic"},
    "no-penalty": {"loss": "relativistic", "gamma": 0.0},
    "relativistic": {"loss": "relativistic"},  # with the gradient penalty R1 + R2, as the shipped models are trained
}
# The networks that are timed: those of the presets, and "small", a yardstick as "reference" is, which stays when
# presets change.
SIZES = ("reference", "small", "quick", "digits")
SMALL: dict[str, Any] = {
    "channels": (16, 32), "hidden_generator": (128,), "hidden_discriminator": 128, "latent": 64, "batch": 32,
}  # fmt: skip
A_ROUND = 4  # counted iterations of a contestant's turn
QUICK_ROWS = (
    ("reference", "classic", 1),
    ("reference", "classic", 0),
    ("reference", "relativistic", 0),
    ("digits", "relativistic", 0),
    ("small", "relativistic", 1),
)  # 0: all cores
QUICK_PEERS = ("eager", "bfloat16")
Row = tuple[str, str, int]  # network, loss, threads


def config_of(network: str, loss: str, convolution: str = CONVOLUTIONS[0]) -> Config:
    """A network of one digit, or the reference network, with the settings of a row; one update of D and one of G."""
    changes = {"convolution": convolution, "generator_updates": 1, **LOSSES[loss]}
    if network == "small":
        return preset(0, network="quick", **(changes | SMALL))
    return preset(None if network == "reference" else 0, network=network, **changes)


def build_parser() -> Parser:
    """The command line."""
    cores = nnet.threads.available_cores()
    parser = Parser("python -m benchmarks.step", description="How long one iteration takes.")
    add = parser.add_argument
    add("--network", nargs="+", choices=SIZES, help="(default: all; with --json: reference)")
    add("--loss", nargs="+", choices=LOSSES, help="(default: all three; with --json: classic)")
    add("--threads", nargs="+", type=whole(1), metavar="N", help=f"(default: 1 and {cores}; with --json: {cores})")
    add("--peers", nargs="*", choices=PEERS, help="(default: those that are installed)")
    add("--convolution", choices=CONVOLUTIONS, default=CONVOLUTIONS[0], help="of ours")
    add("--iterations", type=whole(1), help="counted ones of a contestant (default 40; with --quick 16)")
    add("--quick", action="store_true", help="fewer rows, peers and iterations")
    add("--json", action="store_true", help="ours alone, one row, one line of JSON")
    add_save(parser)
    return parser


def rows_of(arguments: argparse.Namespace) -> list[Row]:
    """The rows that were asked for, each once."""
    cores = nnet.threads.available_cores()
    asked = (arguments.network, arguments.loss, arguments.threads)
    if arguments.quick and not any(asked):
        return list(dict.fromkeys((network, loss, threads or cores) for network, loss, threads in QUICK_ROWS))
    networks, losses = arguments.network or SIZES, arguments.loss or list(LOSSES)
    threads = arguments.threads or [1, cores]
    return list(dict.fromkeys((network, loss, n) for network in networks for loss in losses for n in threads))


def peers_of(arguments: argparse.Namespace) -> list[str]:
    """The peers that take part; what is missing is said on standard error."""
    asked = arguments.peers if arguments.peers is not None else list(QUICK_PEERS if arguments.quick else PEERS)
    missing = [name for name in asked if not is_installed(name)]
    if missing:
        print(f"Not installed, so left out: {', '.join(missing)}. {HINT}", file=sys.stderr)
    return [name for name in asked if name not in missing]


def time_row(config: Config, threads: int, peers: Sequence[str], iterations: int) -> Figures:
    """Time ours, the peers and BLAS for one row. ContestError if a peer does not compute the same."""
    rounds = max(1, round(iterations / A_ROUND))
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        ours = stack.enter_context(start_ours(config, threads))
        ours.ask(f"check {(path := f'{folder}/ours.npz')}")
        others = [stack.enter_context(start_peer(name, config, threads)) for name in peers]
        deviations = {peer.name: compare(ours, peer, path, PEERS[peer.name].exact) for peer in others}
        products = stack.enter_context(start_products(threads))
        timings = race([ours, *others, products], rounds, A_ROUND)
    blas = timings.pop("products")
    gflop = work.iteration(config) / 1e9
    gflops = threads * 2 * SIDE**3 / 1e6 / blas.median  # all threads together
    return {
        "threads": threads,
        "times": {name: timing.to_json() for name, timing in timings.items()},
        "ratios": {name: asdict(ratio(timings[name], timings["ours"])) for name in peers},
        "deviations": deviations,
        "limit": {"gflop": gflop, "gflops": gflops, "ms": 1000 * gflop / gflops},
    }


def cells(row: Figures, peers: Sequence[str]) -> list[str]:
    """A row of the table."""
    ours, limit = row["times"]["ours"], row["limit"]["ms"]
    lower, upper = ours["ms_quartiles"]
    return [
        row["network"],
        row["loss"],
        str(row["threads"]),
        f"{ours['ms']:.1f} ({lower:.1f} - {upper:.1f})",
        *(compared(row["times"][name], row["ratios"][name]) for name in peers),
        f"{limit:.1f} = {ours['ms'] / limit:.1f}x",
        " / ".join(str(row["times"][name]["peak_mb"]) for name in ("ours", *peers)),
    ]


def measure(arguments: argparse.Namespace) -> list[Figures]:
    """Time row after row and print each when it is done."""
    peers = peers_of(arguments)
    columns = {"network": 9, "loss": 12, "threads": 7, "ours, ms": 21}
    columns |= {f"{name}, ms": 27 for name in peers} | {"BLAS limit, ms": 12, "peak MB": 5 + 6 * len(peers)}
    table, rows = Table(columns), []
    for network, loss, threads in rows_of(arguments):
        config = config_of(network, loss, arguments.convolution)
        figures = time_row(config, threads, peers, arguments.iterations or (16 if arguments.quick else 40))
        rows.append({"network": network, "loss": loss, "batch": config.batch, **figures})
        table.row(cells(rows[-1], peers))
    explain(peers, rows)
    return rows


def explain(peers: Sequence[str], rows: Sequence[Figures]) -> None:
    """What the columns mean, and how well the sides agree."""
    print("\nOurs: median and quartiles. Peers: median = how many times ours (lowest - highest of a round).")
    print(f"BLAS limit: the products that remain, at the speed of {SIDE} x {SIDE} ones on so many threads; our time")
    print("as a multiple of it. Peak memory in the order of the columns.")
    for name in peers:
        worst = max(row["deviations"][name] for row in rows)
        print(f"Gradients of {name} deviate from ours by up to {worst:.0e} of their norm.")


def print_ours(arguments: argparse.Namespace) -> None:
    """One line of JSON, ours alone."""
    network, loss = (arguments.network or ["reference"])[0], (arguments.loss or ["classic"])[0]
    threads = (arguments.threads or [nnet.threads.available_cores()])[0]
    config = config_of(network, loss, arguments.convolution)
    with start_ours(config, threads) as ours:
        timing = race([ours], max(1, (arguments.iterations or 40) // A_ROUND), A_ROUND)["ours"]
    kind = {"network": network, "loss": loss, "convolution": config.convolution}
    print(json.dumps({**kind, "batch": config.batch, "threads": threads, **timing.to_json()}))


def answer(arguments: argparse.Namespace) -> None:
    """Do what the command line asks."""
    if arguments.json:
        print_ours(arguments)
    else:
        keep("step", arguments, measure)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.step`; returns the exit code, 1 if it cannot go on."""
    return guarded("step", lambda: answer(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
