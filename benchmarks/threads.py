"""Time an iteration on several threads, and draw what they do: `python -m benchmarks.threads`.

    python -m benchmarks.threads --threads 1 2 16             # wall time, CPU time and page faults of an iteration
    python -m benchmarks.threads --picture docs/threads.png   # what each of two threads does during one iteration

The table also has as many processes of one thread as there are cores, which run at the same time. Otherwise, the
processes take turns.
"""

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

import nnet.threads
from benchmarks.command_line import Options, Table, main_of, print_machine
from benchmarks.roofline import PARTS, record
from benchmarks.step import config_of, start_ours
from benchmarks.timing import WARM_UP_RUNS, TimedProcess
from gan.cli.command_line import new_file, whole
from gan.data import load
from gan.runs.trainer import Trainer
from nnet.fast.kernels.thread_pool import set_threads

CORES = nnet.threads.available_cores()
OPTIONS: Options = {
    "--network": {"default": "digits", "choices": ("reference", "quick", "digits"), "help": "(default digits)"},
    "--threads": {"nargs": "+", "type": whole(1), "metavar": "N", "help": f"(default: 1 and {CORES})"},
    "--iterations": {"type": whole(1), "default": 40, "help": "of each process and round (default 40)"},
    "--rounds": {"type": whole(2), "default": 10, "help": "(default 10)"},
    "--picture": {"type": new_file(".png"), "metavar": "FILE", "help": "draw one iteration on two threads instead"},
}  # fmt: skip


def run(process: TimedProcess, iterations: int) -> dict[str, float]:
    """Return the wall time, the CPU time and the page faults of one of several iterations."""
    before, times, after = process.ask("usage"), process.time(iterations), process.ask("usage")
    used = {name: (after[name] - before[name]) / iterations for name in ("cpu_ms", "faults")}
    return {"ms": statistics.median(times)} | used


def print_times(asked: argparse.Namespace) -> None:
    print_machine()
    config, counts = config_of(asked.network, "relativistic"), asked.threads or sorted({1, CORES})
    with ExitStack() as stack:
        rows = {f"{n} thread(s)": [stack.enter_context(start_ours(config, n))] for n in counts}
        rows[f"{CORES} process(es)"] = [stack.enter_context(start_ours(config, 1)) for _ in range(CORES)]
        pool = stack.enter_context(ThreadPoolExecutor(CORES))
        found: dict[str, list[dict[str, float]]] = {name: [] for name in rows}
        for iterations in [WARM_UP_RUNS, *[asked.iterations] * asked.rounds]:
            for name, processes in rows.items():
                found[name] += pool.map(run, processes, [iterations] * len(processes))
    table = Table({"": 14, "ms an iteration": 21, "CPU, ms": 8, "page faults": 11})
    for name, results in found.items():
        counted = results[len(rows[name]) :]  # without the warm-up
        lower, median, upper = statistics.quantiles([result["ms"] for result in counted], n=4)
        cpu, faults = (statistics.median(result[key] for result in counted) for key in ("cpu_ms", "faults"))
        table.row([name, f"{median:.1f} ({lower:.1f} - {upper:.1f})", f"{cpu:.1f}", f"{faults:.0f}"])


# The picture

WIDTH, LANE, LEFT, LINE = 1000, 56, 70, 22  # pixels
COLOURS = ("#d1495b", "#2e6fb7", "#3b9c79", "#e29b3a", "#8d62b0", "#6b6b6b")  # of the parts


class Span(NamedTuple):
    """What a thread did, as an index of PARTS, and when it began and ended, in seconds."""

    thread: int
    part: int
    start: float
    end: float


def draw(spans: Sequence[Span], start: float, end: float) -> Image.Image:
    """Return a picture with a lane for each thread, and the names of the parts below. White is Python, or waiting."""
    threads, scale = list(dict.fromkeys(span.thread for span in spans)), (WIDTH - LEFT - LINE) / (end - start)
    bottom = LINE + LANE * len(threads)
    picture = Image.new("RGB", (WIDTH, bottom + LINE * 3), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    for tick in range(0, int(1000 * (end - start)) + 1, 1 + int(100 * (end - start))):
        x = LEFT + scale * tick / 1000
        pen.line([(x, LINE - 4), (x, bottom)], "#dddddd")
        pen.text((x, 2), f"{tick} ms", "#555555", font, anchor="mt")
    for span in spans:
        top, x = LINE + LANE * threads.index(span.thread) + 6, LEFT + scale * (span.start - start)
        pen.rectangle([x, top, LEFT + scale * (span.end - start), top + LANE - 12], COLOURS[span.part])
    for index in range(len(threads)):
        pen.text((4, LINE + LANE * index + LANE / 2), f"thread {index + 1}", "#333333", font, anchor="lm")
    for part, name in enumerate(PARTS):
        x, y = LEFT + part % 3 * (WIDTH - LEFT) // 3, bottom + 8 + part // 3 * LINE
        pen.rectangle([x, y, x + 13, y + 13], COLOURS[part])
        pen.text((x + 20, y + 7), name, "#333333", font, anchor="lm")
    return picture


def draw_iteration(asked: argparse.Namespace) -> None:
    """Draw the iteration of median duration."""
    set_threads(2)
    trainer, spans, iterations = Trainer(config_of(asked.network, "relativistic"), load()), list[Span](), []
    record(lambda part, start, end, _: spans.append(Span(threading.get_ident(), part, start, end)))
    for _ in range(WARM_UP_RUNS + asked.iterations):
        spans.clear()
        start = time.perf_counter()
        trainer.iterate()
        iterations.append((time.perf_counter() - start, start, [*spans]))
    seconds, start, chosen = sorted(iterations[WARM_UP_RUNS:])[asked.iterations // 2]
    draw(chosen, start, start + seconds).quantize(32).save(asked.picture, optimize=True)
    print(f"{asked.picture}: an iteration of {1000 * seconds:.1f} ms")


def measure(asked: argparse.Namespace) -> None:
    (draw_iteration if asked.picture else print_times)(asked)


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
