"""Two hundred and fifty who watch a training, and two hundred who only hang: `python -m benchmarks.watchers`.

    python -m benchmarks.watchers                        # 250 watchers for three minutes, then 200 bodies; four minutes
    python -m benchmarks.watchers --minutes 30           # the same for longer: does the server's memory grow?
    python -m benchmarks.watchers --files 256 --watchers 40    # a server that may have so few files open
    python -m benchmarks.watchers --json                 # one line of JSON in place of the table

A server with kernels compiled trains the quick network. First nobody looks. Then all watchers connect at one word and
are told sheet after sheet; one more never reads. Told is how long a sheet took from drawn, in the training process, to
received. Then connections promise the body of a request, and never send it. Meanwhile a stranger asks again and again
how the server is: answered is how long that took. The log is what the server wrote, and memory what its own process
holds, without that of the training.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.contest.programs import LONGEST, run_program
from benchmarks.contest.race import ROOT, ContestError, peer_environment
from benchmarks.contest.report import Figures, Table, add_save, guarded, keep
from gan.command import Parser, decimal, whole

ALONE_SECONDS = 15.0  # of training that nobody looks at, or as many as are watched; after as many that are not counted
HANGING_SECONDS = 20.0  # four times what a body is waited for
ASKED_SECONDS = 0.25  # between two questions of the stranger
MEMORY_SECONDS = 120.0  # after which the memory is looked at first
EVENTS = "/api/events?watch=1"


@dataclass
class Classified:
    """What happened to those who watch, and to the stranger."""

    told: list[float] = field(default_factory=list)  # seconds, a sheet each
    answered: list[float] = field(default_factory=list)  # seconds, a question each
    errors: list[str] = field(default_factory=list)


@dataclass
class Served:
    """A server: where it is, and its process."""

    address: str
    process: int
    log: Path

    def memory_mb(self) -> float:
        """What its process holds."""
        said = subprocess.run(["ps", "-o", "rss=", "-p", str(self.process)], capture_output=True, text=True, check=True)
        return int(said.stdout) * 1024 / 1e6


@contextmanager
def served(folder: Path, files: int | None) -> Iterator[Served]:
    """A server on a free port whose log is kept; where `files` says so it may have so few open."""
    log, command = folder / "log", [sys.executable, "server.py", "--port", "0", "--runs", str(folder / "runs")]
    if files is not None:
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=peer_environment(), stdout=said, stderr=said)
    try:
        end = time.monotonic() + LONGEST
        while not (lines := [line for line in log.read_text("utf-8").splitlines() if line.startswith("Open ")]):
            if process.poll() is not None or time.monotonic() > end:
                raise ContestError(f"expected a server, but it said {log.read_text('utf-8').strip()[-200:]!r}")
            time.sleep(0.1)
        yield Served(lines[0].split()[1].rstrip("/"), process.pid, log)
    finally:
        process.terminate()
        process.wait()


async def watch(session: aiohttp.ClientSession, seen: Classified, opened: Callable[[], None]) -> None:
    """Watch until cancelled; an end that the server makes is an error."""
    try:
        async with session.ws_connect(EVENTS, max_msg_size=0) as socket:
            opened()
            async for message in socket:
                told = json.loads(message.data)
                if told["type"] == "sheet":
                    seen.told.append(time.time() - told["drawn_at"])
            seen.errors.append(f"a watcher was let go with {socket.close_code}")
    except (aiohttp.ClientError, OSError) as error:
        seen.errors.append(f"a watcher: {error!r}")


async def ask(session: aiohttp.ClientSession, seen: Classified) -> None:
    """Ask until cancelled how the server is."""
    while True:
        begin = time.perf_counter()
        try:
            async with session.get("/healthz", timeout=aiohttp.ClientTimeout(total=30)) as answer:
                await answer.read()
                if answer.status != 200:
                    seen.errors.append(f"the stranger was answered {answer.status}")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            seen.errors.append(f"the stranger: {error!r}")
        seen.answered.append(time.perf_counter() - begin)
        await asyncio.sleep(ASKED_SECONDS)


@asynccontextmanager
async def meanwhile(*tasks: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have these go on to the end of the block."""
    running = [asyncio.create_task(task) for task in tasks]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def connected(address: str, request: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection over which a request was begun; nobody reads what comes."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(request.replace("\n", "\r\n").format(host=f"{host}:{port}").encode())
    return reader, writer


UPGRADE = (
    f"GET {EVENTS} HTTP/1.1\nHost: {{host}}\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n"
    f"Sec-WebSocket-Key: {22 * 'A'}==\n\n"
)
PROMISE = (
    "POST /api/runs/all-digits/pause HTTP/1.1\nHost: {host}\nContent-Type: application/json\nContent-Length: 100\n\n{{"
)


async def is_dropped(reader: asyncio.StreamReader) -> bool:
    """Whether the server has ended a connection: what it sent before that is read first."""
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(5):
            while await reader.read(2**20):
                pass
            return True
        return False
    return isinstance(reader.exception(), ConnectionError)


async def speed(session: aiohttp.ClientSession, seconds: float) -> float:
    """Iterations a second of the run that trains, over so many seconds."""

    async def iteration() -> int:
        async with session.get("/api/runs/all-digits") as answer:
            return int((await answer.json())["iteration"])

    before, begin = await iteration(), time.perf_counter()
    await asyncio.sleep(seconds)
    return (await iteration() - before) / (time.perf_counter() - begin)


async def crowd(server: Served, session: aiohttp.ClientSession, watchers: int, seconds: float) -> Figures:
    """Have so many watch for so long."""
    seen, begin, all_open = Classified(), time.perf_counter(), list[float]()
    reader, writer = await connected(server.address, UPGRADE)
    memory = list[float]()

    async def look() -> None:
        await asyncio.sleep(MEMORY_SECONDS)
        memory.append(server.memory_mb())

    def opened() -> None:
        all_open.append(time.perf_counter() - begin)

    async with meanwhile(*(watch(session, seen, opened) for _ in range(watchers)), ask(session, seen), look()):
        per_second = await speed(session, seconds)
        memory.append(server.memory_mb())
    dropped = await is_dropped(reader)
    writer.close()
    growth = memory[-1] / memory[0] - 1 if len(memory) > 1 else None
    kept: Figures = {"watchers": watchers, "open_s": max(all_open, default=None), "watched_its": per_second}
    kept |= {"sheets": len(seen.told), "slow_dropped": dropped, "errors": seen.errors}
    kept |= {"memory_mb": memory[-1], "growth": growth}
    return kept | figures("told", seen.told) | figures("answered_watched", seen.answered)


async def hang(server: Served, session: aiohttp.ClientSession, bodies: int) -> Figures:
    """Have so many bodies never come."""
    seen, log_before = Classified(), server.log.stat().st_size
    async with meanwhile(ask(session, seen)):
        hanging = [await connected(server.address, PROMISE) for _ in range(bodies)]
        await asyncio.sleep(HANGING_SECONDS)
    for _, writer in hanging:
        writer.close()
    log_kb = (server.log.stat().st_size - log_before) / 1e3
    return {
        "bodies": bodies,
        **figures("answered_hanging", seen.answered),
        "hanging_errors": seen.errors,
        "log_kb": log_kb,
    }


def figures(name: str, seconds: Sequence[float]) -> Figures:
    """The median and the worst, in milliseconds."""
    found = [1000 * each for each in seconds]
    return {f"{name}_ms": statistics.median(found), f"{name}_worst_ms": max(found)} if found else {}


async def measured(server: Served, watchers: int, bodies: int, minutes: float) -> Figures:
    """All of it."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(server.address, connector=connector) as session:
        async with session.post("/api/runs/all-digits/fun") as answer:
            if answer.status != 202:
                raise ContestError(f"expected the run to train, received {answer.status}")
        seconds = min(ALONE_SECONDS, 60 * minutes)
        await asyncio.sleep(seconds)
        alone = {"alone_its": await speed(session, seconds)}
        return alone | await crowd(server, session, watchers, 60 * minutes) | await hang(server, session, bodies)


def measure(asked: Any) -> list[Figures]:
    """One row."""
    run_program("-m", "nnet.fast.warm")
    run_program("-m", "gan.write.warm")
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), asked.files) as server:
        return [asyncio.run(measured(server, asked.watchers, asked.bodies, asked.minutes))]


def show(row: Figures) -> None:
    """Print the table."""

    def pair(name: str) -> str:
        return f"{row[f'{name}_ms']:.0f} ms, worst {row[f'{name}_worst_ms']:.0f} ms" if f"{name}_ms" in row else "never"

    table = Table({"what": 40, "figure": 40})
    table.row(["training, nobody looks", f"{row['alone_its']:.1f} it/s"])
    table.row([f"training, {row['watchers']} watch", f"{row['watched_its']:.1f} it/s"])
    table.row(["all connected after", "never" if row["open_s"] is None else f"{row['open_s']:.2f} s"])
    table.row([f"told, {row['sheets']} sheets", pair("told")])
    table.row(["who never reads is dropped", "yes" if row["slow_dropped"] else "no"])
    table.row(["a stranger is answered meanwhile", pair("answered_watched")])
    table.row([f"answered, {row['bodies']} bodies hang", pair("answered_hanging")])
    table.row(["log while they hang", f"{row['log_kb']:.1f} kB"])
    grown = "" if row["growth"] is None else f", {row['growth']:+.1%} since minute 2"
    table.row(["memory", f"{row['memory_mb']:.0f} MB{grown}"])
    errors = row["errors"] + row["hanging_errors"]
    table.row(["errors", f"{len(errors)}{': ' + errors[0] if errors else ''}"])


def answer(arguments: Any) -> None:
    """Do what the command line asks."""

    def measured_and_shown(asked: Any) -> list[Figures]:
        rows = measure(asked)
        show(rows[0])
        return rows

    if arguments.json:
        print(json.dumps(measure(arguments)[0]))
    else:
        keep("watchers", arguments, measured_and_shown)


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.watchers", description="Many who watch, and many who only hang.")
    add = parser.add_argument
    add("--watchers", type=whole(1, 290), default=250, help="that are told all that happens (250)")
    add("--bodies", type=whole(1, 900), default=200, help="that never come (200)")
    add("--minutes", type=decimal(0, 600, above=True), default=3, help="for which they watch (3)")
    add("--files", type=whole(100, 1_000_000), help="that the server may have open (as many as the system lets it)")
    add("--json", action="store_true", help="one line of JSON in place of the table")
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.watchers`; returns the exit code, 1 if it cannot go on."""
    return guarded("watchers", lambda: answer(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
