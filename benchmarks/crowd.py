"""Measure how well the server handles a crowd and how much this slows its training: `python -m benchmarks.crowd`.

    python -m benchmarks.crowd                                 # 250 watchers, 20 writers; takes four minutes
    python -m benchmarks.crowd --minutes 30                    # does the server's memory grow?
    python -m benchmarks.crowd --files 256 --watchers 40       # a server that may open 256 files

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
import random
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count

import aiohttp

from benchmarks import crowd_clients as clients
from benchmarks.parse_options import Options, Table, main_of, print_machine
from benchmarks.programs import compile_kernels, server
from gan.cli.command_line import whole
from gan.cli.parameter import Parameter
from gan.errors import InputError

MINUTES = Parameter("minutes", float, 0, 600, above=True)
ALONE_SECONDS = 15.0  # maximum duration of part 1, and of the warm-up before it
READY_SECONDS = 120.0
HANGING_SECONDS = 20.0  # four times the server's timeout for a request body
MEMORY_SECONDS = 120.0  # from the start of part 2 to the first memory measurement
WRITERS = 2  # processes of the server that draw
CLIENTS = 4 * WRITERS  # in part 4
KNOWN = 20  # handwriting styles that the server has already drawn and cached
FIRST_NEW = 1_000_000  # seed of the first new style
Part = dict[str, str]  # the figures of one part, by label


def memory_mb(pid: int) -> float:
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)])) * 1024 / 1e6


async def iteration_of(session: aiohttp.ClientSession) -> int:
    async with session.get(clients.RUN) as answer:
        return int((await answer.json())["iteration"])


async def training_speed(session: aiohttp.ClientSession, seconds: float) -> float:
    before, begin = await iteration_of(session), time.perf_counter()
    await asyncio.sleep(seconds)
    return (await iteration_of(session) - before) / (time.perf_counter() - begin)


async def command(session: aiohttp.ClientSession, word: str) -> None:
    async with session.post(f"{clients.RUN}/{word}") as answer:
        if answer.status != 202:
            raise InputError(f"expected the run to accept {word}, received {answer.status}")


async def measure_crowd(
    address: str, pid: int, session: aiohttp.ClientSession, asked: argparse.Namespace, alone: float, errors: list[str]
) -> Part:
    """Measure part 2: watchers and writers. `alone` is the speed of the training without them."""
    sheets, numbers, health, memory = *(clients.Waits(errors) for _ in range(3)), list[float]()
    reader, writer = await clients.begin_request(address, clients.UPGRADE)

    async def note_memory() -> None:
        await asyncio.sleep(MEMORY_SECONDS)
        memory.append(memory_mb(pid))

    watching = [clients.watch(session, sheets) for _ in range(asked.watchers)]
    writing = [clients.write(session, index, asked.people, numbers) for index in range(asked.people)]
    async with clients.meanwhile(*watching, *writing, clients.check_health(session, health), note_memory()):
        speed = await training_speed(session, 60 * asked.minutes)
        memory.append(memory_mb(pid))
    dropped = await clients.is_dropped(reader)
    writer.close()
    growth = f", {memory[-1] / memory[0] - 1:+.1%} since minute 2" if len(memory) > 1 else ""
    beside = f"training, {asked.watchers} watchers, {asked.people} writers"
    return {
        beside: f"{speed:.1f} iterations/s, {speed / alone:.0%}",
        f"{len(sheets.seconds)} sheets, from drawn to received": str(sheets),
        f"{len(numbers.seconds)} numbers": str(numbers),
        "/healthz meanwhile": str(health),
        "the watcher that never reads is dropped": "yes" if dropped else "no",
        "memory of the server": f"{memory[-1]:.0f} MB{growth}",
    }


async def measure_hanging(address: str, session: aiohttp.ClientSession, bodies: int, errors: list[str]) -> Part:
    """Measure part 3: request bodies that never arrive."""
    health = clients.Waits(errors)
    async with clients.meanwhile(clients.check_health(session, health)):
        hanging = [await clients.begin_request(address, clients.ANNOUNCED_BODY) for _ in range(bodies)]
        await asyncio.sleep(HANGING_SECONDS)
    for _, writer in hanging:
        writer.close()
    return {f"/healthz while {bodies} bodies hang": str(health)}


async def measure_capacity(session: aiohttp.ClientSession, seconds: float, errors: list[str]) -> Part:
    """Measure part 4: numbers drawn per second in cached and in new handwriting styles."""
    rng, fresh, first = random.Random(0), count(FIRST_NEW), clients.Waits(errors)
    for seed in range(KNOWN):
        await first.get(session, "/api/write", number="0123456789" * 2, seed=str(seed))  # two glyphs per digit

    async def rate(next_seed: Callable[[], int]) -> float:
        end, waits = time.monotonic() + seconds, clients.Waits(errors)

        async def client() -> None:
            while time.monotonic() < end:
                await waits.get(session, "/api/write", number=clients.random_number(rng), seed=str(next_seed()))

        begin = time.monotonic()
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        return len(waits.seconds) / (time.monotonic() - begin)

    known, new = await rate(lambda: rng.randrange(KNOWN)), await rate(lambda: next(fresh))
    return {"numbers/s without training": f"{known:.0f} in known handwritings, {new:.0f} in new ones"}


async def measure_all(address: str, pid: int, asked: argparse.Namespace) -> None:
    table, errors, seconds = Table({"what": 44, "figure": 44}), list[str](), min(ALONE_SECONDS, 60 * asked.minutes)
    first = clients.Waits(errors)

    def show(part: Part) -> None:
        for row in part.items():
            table.row(row)

    async with clients.connect(address) as session:
        await command(session, "fun")
        await first.get(session, "/api/write", number="1")  # waits for the writer
        async with asyncio.timeout(READY_SECONDS):
            while await iteration_of(session) == 0:
                await asyncio.sleep(0.2)
        await asyncio.sleep(seconds)
        alone = await training_speed(session, seconds)
        show({"training alone": f"{alone:.1f} iterations/s"})
        show(await measure_crowd(address, pid, session, asked, alone, errors))
        show(await measure_hanging(address, session, asked.bodies, errors))
        await command(session, "pause")
        show(await measure_capacity(session, seconds, errors))
    table.row(["errors", f"{len(errors)}: {errors[0]}" if errors else "none"])


def measure(asked: argparse.Namespace) -> None:
    print_machine()
    compile_kernels()
    with server("--writers", str(WRITERS), files=asked.files) as (address, program):
        asyncio.run(measure_all(address, program.process.pid, asked))


OPTIONS: Options = {
    "--watchers": {"type": whole(0, 1000), "default": 250, "help": "clients that receive every sheet (default 250)"},
    "--people": {"type": whole(1, 1000), "default": 20, "help": "clients that write a number each second (default 20)"},
    "--bodies": {"type": whole(0, 900), "default": 200, "help": "request bodies that never come (default 200)"},
    "--minutes": {"type": MINUTES.option, "default": 1, "help": "with the crowd (default 1)"},
    "--files": {"type": whole(100, 1_000_000), "help": "files that the server may open (default: the system's limit)"},
}


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
