"""What a person waits for: `python -m benchmarks.writer`.

Writing a number with the shipped models: `python -m gan.write` from a cold process, and the server's answer to
/api/write, the first and later ones. And the start of training: from the start of train.py to the end of its first
iteration, with kernels compiled before (warm) and with an empty cache (cold).
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.request import urlopen

from benchmarks.contest.programs import run_program, seconds_until, server
from benchmarks.contest.report import Figures, Table, add_save, run
from gan.command import Parser, whole

NUMBER = "2026-11-25"
REQUESTS = 20  # later ones, each with another seed


def write_cold(folder: Path) -> float:
    """Seconds of a process that writes a number and ends."""
    return run_program("-m", "gan.write", NUMBER, "-o", str(folder / "number.svg")).seconds


def request(address: str, seed: int) -> float:
    """Seconds of one answer."""
    begin = time.perf_counter()
    with urlopen(f"{address}/api/write?number={NUMBER}&seed={seed}&format=svg") as answer:
        answer.read()
    return time.perf_counter() - begin


def first_iteration(**environment: str) -> float:
    """Seconds from the start of train.py to the picture that follows its first iteration."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "digit-3", "images", "1.png")
        return seconds_until(
            picture.exists, "train.py", "--digits", "3", "--iterations", "1", "--out", folder, **environment
        )


def first_iteration_cold() -> float:
    """The same, with nothing compiled."""
    with tempfile.TemporaryDirectory() as folder:
        return first_iteration(NUMBA_CACHE_DIR=folder)


def measure(rounds: int) -> list[Figures]:
    """Time everything and print it."""
    run_program("-m", "nnet.fast.warm")
    table = Table({"what": 52, "seconds, median": 15, "each": 40})
    rows: list[Figures] = []

    def show(what: str, times: Sequence[float]) -> None:
        each = ", ".join(f"{seconds:.3f}" for seconds in sorted(times)[:: max(1, len(times) // 5)])
        table.row([what, f"{statistics.median(times):.3f}", each])
        rows.append({"what": what, "seconds": list(times)})

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show("python -m gan.write, whole process", [write_cold(folder) for _ in range(rounds)])
        with server(folder / "runs") as address:
            show("/api/write, the server's first answer", [request(address, 0)])
            show("/api/write, later answers", [request(address, seed) for seed in range(1, 1 + REQUESTS)])
    show("train.py to its first iteration, warm", [first_iteration() for _ in range(rounds)])
    show("train.py to its first iteration, nothing compiled", [first_iteration_cold()])
    return rows


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.writer", description="What a person waits for.")
    parser.add_argument("--rounds", type=whole(1), default=5)
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.writer`; returns the exit code, 1 if it cannot go on."""
    return run("writer", build_parser(), argv, lambda asked: measure(asked.rounds))


if __name__ == "__main__":
    sys.exit(main())
