"""Measure how well the server handles a crowd, and how much training slows down.

    # 250 watchers, 20 writers; takes four minutes
    python -m benchmarks.crowd
    # does the server's memory grow?
    python -m benchmarks.crowd --minutes 30

The server trains the quick network on all digits. The benchmark has three parts:

1. No other client is connected. This part measures the training speed.
2. Watchers receive every sheet, except one, which never reads. Each writer requests a
   new eight-digit number once a second, in its own handwriting.
3. Clients announce a request body and never send it.

In parts 2 and 3 another client requests /healthz repeatedly. The reported memory is
that of the server's main process. The server and the clients share one machine.
"""

import argparse
import asyncio
import subprocess
import sys
import time

import aiohttp

from benchmarks import crowd_clients as clients
from benchmarks.parse_options import Options, Table, main_of, print_machine
from benchmarks.run_programs import compile_kernels, server
from gan.base.errors import InputError
from gan.base.parameter import Parameter
from gan.cli.command_line import whole

MINUTES = Parameter("minutes", float, 0, 600, above=True)
ALONE_SECONDS = 15.0  # maximum duration of part 1, and of the warm-up before it
READY_SECONDS = 120.0
HANGING_SECONDS = 20.0  # longer than the server's timeout for a request body
MEMORY_SECONDS = 120.0  # from the start of part 2 to the first memory measurement
WRITERS = 2  # processes of the server that draw
PEOPLE = 20  # clients that write a number each second
BODIES = 200  # requests whose body never comes
Part = dict[str, str]  # the figures of one part, by label


def memory_mb(pid: int) -> float:
    kib = subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)])
    return int(kib) * 1024 / 1e6


async def iteration_of(session: aiohttp.ClientSession) -> int:
    async with session.get(clients.RUN) as answer:
        return int((await answer.json())["iteration"])


async def training_speed(session: aiohttp.ClientSession, seconds: float) -> float:
    before = await iteration_of(session)
    begin = time.perf_counter()
    await asyncio.sleep(seconds)
    return (await iteration_of(session) - before) / (time.perf_counter() - begin)


async def command(session: aiohttp.ClientSession, word: str) -> None:
    async with session.post(f"{clients.RUN}/{word}") as answer:
        if answer.status != 202:
            raise InputError(
                f"expected the run to accept {word}, received {answer.status}"
            )


async def measure_crowd(
    address: str,
    pid: int,
    session: aiohttp.ClientSession,
    asked: argparse.Namespace,
    alone: float,
    errors: list[str],
) -> Part:
    """Measure part 2: watchers and writers.

    `alone` is the training speed without them, in iterations per second.
    """
    sheets = clients.Waits(errors)
    numbers = clients.Waits(errors)
    health = clients.Waits(errors)
    memory = list[float]()  # MB, after MEMORY_SECONDS and at the end
    reader, writer = await clients.begin_request(address, clients.UPGRADE)

    async def note_memory() -> None:
        await asyncio.sleep(MEMORY_SECONDS)
        memory.append(memory_mb(pid))

    watching = [clients.watch(session, sheets) for _ in range(asked.watchers)]
    writing = [
        clients.write(session, index, PEOPLE, numbers) for index in range(PEOPLE)
    ]
    async with clients.meanwhile(
        *watching, *writing, clients.check_health(session, health), note_memory()
    ):
        speed = await training_speed(session, 60 * asked.minutes)
        memory.append(memory_mb(pid))
    dropped = await clients.is_dropped(reader)
    writer.close()
    growth = ""
    if len(memory) > 1:
        growth = f", {memory[-1] / memory[0] - 1:+.1%} since minute 2"
    beside = f"training, {asked.watchers} watchers, {PEOPLE} writers"
    return {
        beside: f"{speed:.1f} iterations/s, {speed / alone:.0%}",
        f"{len(sheets.seconds)} sheets, from drawn to received": str(sheets),
        f"{len(numbers.seconds)} numbers": str(numbers),
        "/healthz meanwhile": str(health),
        "the watcher that never reads is dropped": "yes" if dropped else "no",
        "memory of the server": f"{memory[-1]:.0f} MB{growth}",
    }


async def measure_hanging(
    address: str, session: aiohttp.ClientSession, errors: list[str]
) -> Part:
    """Measure part 3: request bodies that never arrive."""
    health = clients.Waits(errors)
    async with clients.meanwhile(clients.check_health(session, health)):
        hanging = [
            await clients.begin_request(address, clients.ANNOUNCED_BODY)
            for _ in range(BODIES)
        ]
        await asyncio.sleep(HANGING_SECONDS)
    for _, writer in hanging:
        writer.close()
    return {f"/healthz while {BODIES} bodies hang": str(health)}


async def measure_all(address: str, pid: int, asked: argparse.Namespace) -> None:
    table = Table({"what": 44, "figure": 44})
    errors = list[str]()
    seconds = min(ALONE_SECONDS, 60 * asked.minutes)
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
        show(await measure_hanging(address, session, errors))
    table.row(["errors", f"{len(errors)}: {errors[0]}" if errors else "none"])


def measure(asked: argparse.Namespace) -> None:
    print_machine()
    compile_kernels()
    with server("--writers", str(WRITERS)) as (address, program):
        asyncio.run(measure_all(address, program.process.pid, asked))


OPTIONS: Options = {
    "--watchers": {
        "type": whole(0, 1000),
        "default": 250,
        "help": "clients that receive every sheet (default 250)",
    },
    "--minutes": {
        "type": MINUTES.option,
        "default": 1,
        "help": "with the crowd (default 1)",
    },
}


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
