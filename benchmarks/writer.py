"""What a person waits for: `python -m benchmarks.writer`.

Writing a number with the shipped models: `python -m gan.write` from a cold process; within a process, on one thread,
ten digits as PNG in a handwriting not seen before and in one seen before, and what an SVG takes on top; and the
server's answer to /api/write, the first and later ones; the page, from a digit that is typed to the frame that shows it
(in a headless Chromium, where there is one). And the start of training: from the start of train.py to the end of its
first iteration, with kernels compiled before (warm) and with an empty cache (cold).
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from benchmarks.contest.programs import run_program, seconds_until, server
from benchmarks.contest.race import ContestError
from benchmarks.contest.report import Figures, Table, add_save, run
from benchmarks.first_sheet import opened
from gan.command import Parser, whole
from gan.write import to_png, to_svg, write
from nnet.fast.kernels.parallel import set_threads

NUMBER = "2026-11-25"
TEN, OTHER_TEN = "1234567890", "9876543210"
REQUESTS = 20  # later ones, each with another seed
CALM_MS = 600  # between two digits that are typed
# Notes the time from each change of the field to the frame after the picture that follows.
NOTES = """
window.waits = [];
let typed = 0;
addEventListener("input", () => { typed = performance.now(); }, true);
addEventListener("DOMContentLoaded", () => {
  const shown = (changes) => changes.some(({ addedNodes }) => [...addedNodes].some((node) => node.tagName === "IMG"));
  new MutationObserver((changes) => {
    if (!typed || !shown(changes)) return;
    requestAnimationFrame(() => { waits.push(performance.now() - typed); typed = 0; });
  }).observe(document.body, { childList: true, subtree: true });
});
"""


def write_cold(folder: Path) -> float:
    """Seconds of a process that writes a number and ends."""
    return run_program("-m", "gan.write", NUMBER, "-o", str(folder / "number.svg")).seconds


def write_warm(seeds: Sequence[int]) -> dict[str, list[float]]:
    """Seconds of ten digits on one thread in each of these handwritings: PNG, new and seen before, and SVG."""
    set_threads(1)
    write(TEN)  # loads the networks
    times: dict[str, list[float]] = {"new": [], "seen": [], "svg": []}
    for seed in seeds:
        begin = time.perf_counter()
        to_png(write(TEN, seed=seed))
        times["new"].append(time.perf_counter() - begin)
        begin = time.perf_counter()
        writing = write(OTHER_TEN, seed=seed)
        to_png(writing)
        times["seen"].append(time.perf_counter() - begin)
        begin = time.perf_counter()
        to_svg(writing)
        times["svg"].append(time.perf_counter() - begin)
    return times


def request(address: str, seed: int) -> float:
    """Seconds until a number comes: who is put off asks again, as the page does."""
    begin = time.perf_counter()
    while True:
        try:
            with urlopen(f"{address}/api/write?number={NUMBER}&seed={seed}&format=svg") as answer:
                answer.read()
            return time.perf_counter() - begin
        except HTTPError as error:
            with error:
                if error.code != 503:
                    raise
                time.sleep(int(error.headers["Retry-After"]))


def preview(address: str) -> list[float]:
    """Seconds from each digit that is typed on the page to the frame that shows it, in a handwriting seen before."""
    with opened(f"{address}/write", NOTES) as page:
        field = page.locator("textarea, input[name=number]").first
        field.fill("1")
        for digit in TEN:
            page.wait_for_timeout(CALM_MS)
            field.press(digit)
        page.wait_for_timeout(CALM_MS)
        waits: list[float] = page.evaluate("waits")
    if len(waits) < len(TEN):
        raise ContestError(f"expected a picture for each of {len(TEN)} digits, saw {len(waits)}; the machine is busy")
    return [wait / 1000 for wait in waits[-len(TEN) :]]


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
    run_program("-m", "gan.write.warm")
    table = Table({"what": 52, "seconds, median": 15, "each": 40})
    rows: list[Figures] = []

    def show(what: str, times: Sequence[float]) -> None:
        each = ", ".join(f"{seconds:.3f}" for seconds in sorted(times)[:: max(1, len(times) // 5)])
        table.row([what, f"{statistics.median(times):.3f}", each])
        rows.append({"what": what, "seconds": list(times)})

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show("python -m gan.write, whole process", [write_cold(folder) for _ in range(rounds)])
        warm = write_warm(range(1, 1 + REQUESTS))
        show("ten digits as PNG, a new handwriting", warm["new"])
        show("the same, a handwriting seen before", warm["seen"])
        show("ten digits, SVG on top", warm["svg"])
        with server(folder / "runs") as address:
            show("/api/write, the server's first answer", [request(address, 0)])
            show("/api/write, later answers", [request(address, seed) for seed in range(1, 1 + REQUESTS)])
            show("/write, from a digit to its frame", preview(address))
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
