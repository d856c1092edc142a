"""Measure how well the server handles a crowd and how much this slows its training: `python -m benchmarks.crowd`.

    python -m benchmarks.crowd                                 # 250 watchers, 20 writers; takes four minutes
    python -m benchmarks.crowd --minutes 30                    # does the server's memory grow?
    python -m benchmarks.crowd --files 256 --watchers 40       # a server that may open 256 files
    python -m benchmarks.crowd --json                          # one line of JSON instead of the table

The server trains the quick network on all digits. The benchmark has four parts:

1. No other client is connected. This part measures the training speed.
2. Watchers receive every sheet, except one, which never reads. Each writer requests a new eight-digit number once a
   second, in its own handwriting.
3. Clients announce a request body and never send it.
4. Training is paused. A few clients request one number after another, first in cached handwriting styles, then in
   new ones.

In parts 2 and 3 another client requests /healthz repeatedly. The reported memory is that of the server's main process.
The server and the clients share one machine.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import aiohttp

from benchmarks.crowd_clients import (
    ANNOUNCED_BODY,
    RUN,
    UPGRADE,
    Waits,
    begin_request,
    check_health,
    connect,
    is_dropped,
    meanwhile,
    random_number,
    watch,
    write,
)
from benchmarks.programs import Server, compile_kernels, server
from benchmarks.report import Figures, Table, print_machine, run
from benchmarks.timing import BenchmarkError
from gan.cli.command_line import Parser, decimal, whole

ALONE_SECONDS = 15.0  # maximum duration of part 1, and of the warm-up before it
HANGING_SECONDS = 20.0  # four times the server's timeout for a request body
MEMORY_SECONDS = 120.0  # from the start of part 2 to the first memory measurement
READY_SECONDS = 120.0
CLIENTS_PER_PROCESS = 4  # in part 4, for each of the server's drawing processes
KNOWN = 20  # handwriting styles that the server has already drawn and cached
FIRST_NEW = 1_000_000  # seed of the first new style


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(said.stdout) * 1024 / 1e6


async def iteration_of(session: aiohttp.ClientSession) -> int:
    """Return the run's current iteration."""
    async with session.get(RUN) as answer:
        return int((await answer.json())["iteration"])


async def training_speed(session: aiohttp.ClientSession, seconds: float) -> float:
    """Return the run's iterations per second, measured over the given time."""
    before, begin = await iteration_of(session), time.perf_counter()
    await asyncio.sleep(seconds)
    return (await iteration_of(session) - before) / (time.perf_counter() - begin)


async def wait_until_ready(session: aiohttp.ClientSession) -> None:
    """Wait until the run is training and the server can draw numbers."""
    end = time.monotonic() + READY_SECONDS
    while True:
        tried = Waits()
        await tried.get(session, "/api/write", number="1")
        if tried.seconds and await iteration_of(session) > 0:
            return
        if time.monotonic() > end:
            raise BenchmarkError(f"expected the server to train and draw within {READY_SECONDS:.0f} s: {tried.errors}")
        await asyncio.sleep(0.2)


async def command(session: aiohttp.ClientSession, word: str) -> None:
    """Send a command to the run."""
    async with session.post(f"{RUN}/{word}") as answer:
        if answer.status != 202:
            raise BenchmarkError(f"expected the run to accept {word}, received {answer.status}")


async def measure_crowd(at: Server, session: aiohttp.ClientSession, asked: argparse.Namespace) -> Figures:
    """Measure part 2: watchers and writers."""
    sheets, numbers, health, memory = Waits(), Waits(), Waits(), list[float]()
    reader, writer = await begin_request(at.address, UPGRADE)

    async def note_memory() -> None:
        await asyncio.sleep(MEMORY_SECONDS)
        memory.append(memory_mb(at.pid))

    watching = [watch(session, sheets) for _ in range(asked.watchers)]
    writing = [write(session, index, asked.people, numbers) for index in range(asked.people)]
    async with meanwhile(*watching, *writing, check_health(session, health), note_memory()):
        speed = await training_speed(session, 60 * asked.minutes)
        memory.append(memory_mb(at.pid))
    dropped = await is_dropped(reader)
    writer.close()
    return {
        "watchers": asked.watchers, "people": asked.people, "speed": speed, "sheets": sheets.percentiles(),
        "numbers": numbers.percentiles(), "health": health.percentiles(), "slow_watcher_dropped": dropped,
        "memory_mb": memory[-1], "memory_growth": memory[-1] / memory[0] - 1 if len(memory) > 1 else None,
        "errors": sheets.errors + numbers.errors + health.errors,
    }  # fmt: skip


async def measure_hanging(at: Server, session: aiohttp.ClientSession, bodies: int) -> Figures:
    """Measure part 3: request bodies that never arrive."""
    health, log_before = Waits(), at.log.stat().st_size
    async with meanwhile(check_health(session, health)):
        hanging = [await begin_request(at.address, ANNOUNCED_BODY) for _ in range(bodies)]
        await asyncio.sleep(HANGING_SECONDS)
    for _, writer in hanging:
        writer.close()
    log_kb = (at.log.stat().st_size - log_before) / 1e3
    return {"bodies": bodies, "health": health.percentiles(), "log_kb": log_kb, "errors": health.errors}


async def measure_capacity(session: aiohttp.ClientSession, clients: int, seconds: float) -> Figures:
    """Measure part 4: numbers drawn per second in cached and in new handwriting styles."""
    rng, fresh, first = random.Random(0), count(FIRST_NEW), Waits()
    for seed in range(KNOWN):
        await first.get(session, "/api/write", number="0123456789" * 2, seed=str(seed))  # two glyphs per digit

    async def rate(next_seed: Callable[[], int]) -> float:
        end, waits = time.monotonic() + seconds, Waits()

        async def client() -> None:
            while time.monotonic() < end:
                await waits.get(session, "/api/write", number=random_number(rng), seed=str(next_seed()))

        begin = time.monotonic()
        await asyncio.gather(*(client() for _ in range(clients)))
        first.errors += waits.errors
        return len(waits.seconds) / (time.monotonic() - begin)

    known = await rate(lambda: rng.randrange(KNOWN))
    return {"known": known, "new": await rate(lambda: next(fresh)), "errors": first.errors}


async def measure(at: Server, asked: argparse.Namespace) -> Figures:
    """Measure all four parts."""
    seconds = min(ALONE_SECONDS, 60 * asked.minutes)
    async with connect(at.address) as session:
        await command(session, "fun")
        await wait_until_ready(session)
        await asyncio.sleep(seconds)
        found: Figures = {"alone": await training_speed(session, seconds)}
        found["crowd"] = await measure_crowd(at, session, asked)
        found["hanging"] = await measure_hanging(at, session, asked.bodies)
        await command(session, "pause")
        found["capacity"] = await measure_capacity(session, CLIENTS_PER_PROCESS * asked.writers, seconds)
    return found


def print_table(found: Figures) -> None:
    """Print the figures."""
    crowd, hanging, capacity = found["crowd"], found["hanging"], found["capacity"]

    def waited(waits: Figures) -> str:
        return f"{waits['ms']:.0f} ms; 99 %: {waits['ms_99']:.0f}; longest: {waits['ms_longest']:.0f}"

    table = Table({"what": 44, "figure": 44})
    table.row(["training alone", f"{found['alone']:.1f} iterations/s"])
    part = crowd["speed"] / found["alone"]
    beside = f"training, {crowd['watchers']} watchers, {crowd['people']} writers"
    table.row([beside, f"{crowd['speed']:.1f} iterations/s, {part:.0%}"])
    table.row([f"{crowd['sheets']['count']} sheets, from drawn to received", waited(crowd["sheets"])])
    table.row([f"{crowd['numbers']['count']} numbers", waited(crowd["numbers"])])
    table.row(["/healthz meanwhile", waited(crowd["health"])])
    table.row(["the watcher that never reads is dropped", "yes" if crowd["slow_watcher_dropped"] else "no"])
    growth = "" if crowd["memory_growth"] is None else f", {crowd['memory_growth']:+.1%} since minute 2"
    table.row(["memory of the server", f"{crowd['memory_mb']:.0f} MB{growth}"])
    table.row([f"/healthz while {hanging['bodies']} bodies hang", waited(hanging["health"])])
    table.row(["log meanwhile", f"{hanging['log_kb']:.1f} kB"])
    rates = f"{capacity['known']:.0f} in known handwritings, {capacity['new']:.0f} in new ones"
    table.row(["numbers/s without training", rates])
    errors = crowd["errors"] + hanging["errors"] + capacity["errors"]
    table.row(["errors", f"{len(errors)}: {errors[0]}" if errors else "none"])


def build_parser() -> Parser:
    """Build the command line."""
    parser = Parser("python -m benchmarks.crowd", description="Measure how the server serves a crowd.")
    add = parser.add_argument
    add("--watchers", type=whole(0, 1000), default=250, help="clients that receive every sheet (default 250)")
    add("--people", type=whole(1, 1000), default=20, help="clients that ask for a number each second (default 20)")
    add("--bodies", type=whole(0, 900), default=200, help="request bodies that never come (default 200)")
    add("--minutes", type=decimal(0, 600, above=True), default=1, help="with the crowd (default 1)")
    add("--writers", type=whole(1, 64), default=2, help="processes of the server that draw (default 2)")
    add("--files", type=whole(100, 1_000_000), help="files that the server may open (default: the system's limit)")
    add("--json", action="store_true", help="one line of JSON in place of the table")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.crowd` and return the exit code."""

    def task() -> None:
        asked = build_parser().parse_args(argv)
        if not asked.json:
            print_machine()
        compile_kernels()
        more = ("--writers", str(asked.writers))
        with tempfile.TemporaryDirectory() as runs, server(Path(runs), *more, files=asked.files) as at:
            found = asyncio.run(measure(at, asked))
        if asked.json:
            print(json.dumps(found))
        else:
            print_table(found)

    return run("crowd", task)


if __name__ == "__main__":
    sys.exit(main())
