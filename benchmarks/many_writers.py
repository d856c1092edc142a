"""Many who write at once: `python -m benchmarks.many_writers`.

    python -m benchmarks.many_writers                          # 250 who watch, 20 who write, four minutes
    python -m benchmarks.many_writers --writers 1 --people 5 --watchers 10 --seconds 5
    python -m benchmarks.many_writers --json                   # one line of JSON in place of the tables

Beside a training: a new run of all digits, the quick network, trains alone and then another of the same seed beside
sockets that are told every sheet and people who write. Each of them asks once a second for a new number of eight digits
in a handwriting of her own, the first within the first second, and waits for the whole PNG. The training's speed is the
run's own, from ten seconds after its start on (benchmarks/open_page.py).

Without a training: as many as four for each process that draws ask for one number after another, in handwritings that
were seen before, then each in a new one.

All programs share the machine, those who ask among them.
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.contest.programs import run_program, server
from benchmarks.contest.report import Figures, Table, add_save, guarded, keep
from benchmarks.first_sheet import percentile
from benchmarks.open_page import train
from gan.command import Parser, whole
from gan.runs.preview import LIVELY_SECONDS

WISH = {"digit": None, "network": "quick", "seed": 0}  # of both runs
DIGITS = 8  # of a number
EACH_SECONDS = 1.0  # from one number of a person to the next
EACH_PROCESS = 4  # who ask at once for each process that draws
HANDWRITINGS = 20  # handwritings that are seen before
OTHERS = 1_000_000  # the first seed of those that are not
READY_SECONDS = 120.0  # until the server's processes can draw


@dataclass
class Asked:
    """What became of the numbers that were asked for."""

    seconds: list[float] = field(default_factory=list)  # of those that came
    errors: list[str] = field(default_factory=list)

    async def ask(self, session: aiohttp.ClientSession, number: str, seed: int) -> None:
        """Ask for a number and wait for all of it."""
        begin = time.perf_counter()
        try:
            async with session.get("/api/write", params={"number": number, "seed": str(seed)}) as answer:
                await answer.read()
                if answer.status != 200:
                    self.errors.append(str(answer.status))
                    return
        except (aiohttp.ClientError, TimeoutError) as error:
            self.errors.append(type(error).__name__)
            return
        self.seconds.append(time.perf_counter() - begin)


def number_of(rng: random.Random) -> str:
    """A number of eight digits."""
    return f"{rng.randrange(10**DIGITS):0{DIGITS}}"


async def person(session: aiohttp.ClientSession, who: int, of: int, until: Callable[[], bool], asked: Asked) -> None:
    """Ask for a number once a second; who waits for longer than that asks at once when it has come."""
    rng = random.Random(who)
    due = time.monotonic() + EACH_SECONDS * who / of
    while not until():
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asked.ask(session, number_of(rng), seed=who)
        due = max(due + EACH_SECONDS, time.monotonic())


async def watcher(session: aiohttp.ClientSession, lost: list[str]) -> None:
    """Look at all sheets until told to end; note a socket that is closed."""
    try:
        async with session.ws_connect("/api/events?watch=1", max_msg_size=0) as socket:
            async for _ in socket:
                pass
            lost.append(f"closed with {socket.close_code}")
    except aiohttp.ClientError as error:
        lost.append(type(error).__name__)


async def beside(address: str, runs: Path, people: int, watchers: int, leave_out: float, seconds: float) -> Figures:
    """Train alone, then beside those who watch and write; speeds, and what became of the numbers."""
    alone = await asyncio.to_thread(train, address, runs, WISH, leave_out, seconds)
    asked, lost = Asked(), list[str]()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(connected(address))
        watching = [asyncio.create_task(watcher(session, lost)) for _ in range(watchers)]
        training = asyncio.create_task(asyncio.to_thread(train, address, runs, WISH, leave_out, seconds))
        await asyncio.gather(*(person(session, who, people, training.done, asked) for who in range(people)))
        speed = await training
        found = len(lost)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    return {
        "alone": alone, "beside": speed, "part": speed / alone, "numbers": len(asked.seconds), "errors": asked.errors,
        "p50": percentile(asked.seconds, 0.5), "p99": percentile(asked.seconds, 0.99), "lost": found,
    }  # fmt: skip


async def capacity(address: str, at_once: int, seconds: float) -> Figures:
    """Numbers a second, in handwritings seen before and in new ones, asked for by so many at once."""
    rng, fresh = random.Random(0), count(OTHERS)
    async with connected(address) as session:
        first = Asked()
        for seed in range(HANDWRITINGS):
            await first.ask(session, "0123456789" * 2, seed)  # of every digit the first two forms

        async def rate(seed: Callable[[], int]) -> tuple[float, list[str]]:
            asked, end = Asked(), time.monotonic() + seconds

            async def work() -> None:
                while time.monotonic() < end:
                    await asked.ask(session, number_of(rng), seed())

            begin = time.monotonic()
            await asyncio.gather(*(work() for _ in range(at_once)))
            return len(asked.seconds) / (time.monotonic() - begin), asked.errors

        seen, seen_errors = await rate(lambda: rng.randrange(HANDWRITINGS))
        new, new_errors = await rate(lambda: next(fresh))
    return {"seen": seen, "new": new, "errors": first.errors + seen_errors + new_errors}


def connected(address: str) -> aiohttp.ClientSession:
    """A session without a limit of connections."""
    return aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(limit=0))


async def ready(address: str) -> None:
    """Wait until the server draws."""
    end = time.monotonic() + READY_SECONDS
    async with connected(address) as session:
        while time.monotonic() < end:
            tried = Asked()
            await tried.ask(session, "1", 0)
            if tried.seconds:
                return


def measured(writers: int, task: Callable[[str, Path], Awaitable[Figures]]) -> Figures:
    """Do something with a server of so many processes that draw."""

    async def at(address: str, runs: Path) -> Figures:
        await ready(address)
        return await task(address, runs)

    with tempfile.TemporaryDirectory() as runs, server(Path(runs), "--writers", str(writers)) as address:
        return asyncio.run(at(address, Path(runs)))


def measure(asked: Any) -> list[Figures]:
    """Both parts."""
    for module in ("nnet.fast.warm", "gan.write.warm"):
        run_program("-m", module)
    leave_out, seconds = float(asked.leave_out), float(asked.seconds)
    rows = list[Figures]()
    if not asked.alone:
        crowd = {"people": asked.people, "watchers": asked.watchers}
        found = measured(
            asked.writers, lambda at, runs: beside(at, runs, **crowd, leave_out=leave_out, seconds=seconds)
        )
        rows.append({"what": "beside a training", "writers": asked.writers, **crowd, **found})
    found = measured(asked.writers, lambda at, _: capacity(at, EACH_PROCESS * asked.writers, seconds / 2))
    return [*rows, {"what": "without a training", "writers": asked.writers, **found}]


def show(rows: Sequence[Figures]) -> None:
    """Print a table of each part."""
    for row in rows:
        table = Table({f"{row['what']}, {row['writers']} that draw": 48, "found": 14})
        if "part" in row:
            table.row([f"training alone, and beside {row['watchers']} who watch, it/s",
                       f"{row['alone']:.1f}, {row['beside']:.1f}"])  # fmt: skip
            table.row(["which is", f"{row['part']:.0%}"])
            table.row([f"numbers that {row['people']} were given", row["numbers"]])
            table.row(["half of them within, ms", f"{1000 * row['p50']:.0f}"])
            table.row(["99 % of them within, ms", f"{1000 * row['p99']:.0f}"])
            table.row(["sockets lost", row["lost"]])
        else:
            table.row(["numbers a second, handwritings seen before", f"{row['seen']:.1f}"])
            table.row(["numbers a second, new handwritings", f"{row['new']:.1f}"])
        kinds = sorted(set(row["errors"]))
        table.row(["errors", ", ".join(f"{row['errors'].count(kind)} x {kind}" for kind in kinds) or "none"])
        print()


def answer(arguments: Any) -> None:
    """Do what the command line asks."""

    def measured_and_shown(asked: Any) -> list[Figures]:
        rows = measure(asked)
        show(rows)
        return rows

    if arguments.json:
        print(json.dumps({"rows": measure(arguments)}))
    else:
        keep("many_writers", arguments, measured_and_shown)


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.many_writers", description="Many who write at once.")
    add, usual = parser.add_argument, int(LIVELY_SECONDS)
    add("--writers", type=whole(1, 64), default=2, metavar="N", help="processes that draw (2)")
    add("--people", type=whole(1, 1000), default=20, metavar="N", help="who write beside the training (20)")
    add("--watchers", type=whole(0, 1000), default=250, metavar="N", help="who watch it (250)")
    add("--leave-out", type=whole(0, 3600), default=usual, metavar="S", help=f"seconds after a start ({usual})")
    add("--seconds", type=whole(1, 3600), default=60, metavar="S", help="that are measured (60)")
    add("--alone", action="store_true", help="without the part beside a training")
    add("--json", action="store_true", help="one line of JSON in place of the tables")
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.many_writers`; returns the exit code, 1 if it cannot go on."""
    return guarded("many_writers", lambda: answer(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
