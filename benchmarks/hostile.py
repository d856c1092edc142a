"""What a stranger can do to the server: `python -m benchmarks.hostile`.

    python -m benchmarks.hostile                         # 10,000 requests of seed 0
    python -m benchmarks.hostile --requests 500 --seed 7

A real server, whose runs have bad neighbours, is sent requests made after its own document (/api/openapi.json): paths,
parameters, bodies and headers with something wrong in them, some of them no HTTP at all (benchmarks/stranger.py). What
would change a run always has a fault for which it must be refused. Counted are answers with 5xx, but for 503 with
`Retry-After`; answers that tell what lies outside of the runs; requests that were not answered; and files of runs that
are not as they were.

The exit code is 1 if there is any of these.
"""

import asyncio
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from benchmarks.contest.programs import server
from benchmarks.contest.race import ContestError
from benchmarks.contest.report import Figures, Table, add_save, run
from benchmarks.stranger import Stranger
from gan.command import Parser, whole
from gan.config import preset
from gan.runs.run_writer import create

AT_ONCE = 8  # connections
PATIENCE = 60.0  # seconds for an answer; then it counts as none
MOST_ANSWER = 1 << 22  # bytes of an answer that are looked through
CANARY = b"what lies outside of the runs"
OUTSIDE = (CANARY, b"root:x:0:0")  # no answer may tell
IDLE_SECONDS = 120.0  # until the live run rests


@dataclass(frozen=True)
class Answered:
    """What came back: a status, 0 where the connection was closed without one, and None where nothing came."""

    asked: bytes
    status: int | None
    says_when: bool
    tells: bool  # what lies outside


def bad_neighbours(folder: Path) -> Path:
    """A runs folder with a good run and others that are not, and what lies outside of it; the runs folder."""
    runs, secret = folder / "runs", folder / "secret"
    secret.write_bytes(CANARY)
    config = preset(None, network="quick")
    create(runs / "all-digits", config)
    create(folder / "elsewhere", config)
    (runs / "linked").symlink_to(folder / "elsewhere")
    odd, brackets = create(runs / "odd", config), create(runs / "brackets", config)
    (odd.images / "7.png").symlink_to(secret)
    (odd.images / "3.json").symlink_to(secret)
    (odd.images / "9.png").symlink_to("/etc/passwd")
    (brackets.path / "config.json").write_text("[" * 100_000)
    return runs


def content_of(folder: Path) -> dict[str, bytes]:
    """All files of runs, and where links lead."""
    found = dict[str, bytes]()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = str(path.readlink()).encode()
        elif path.is_file() and path.name != ".lock":
            found[str(path)] = path.read_bytes()
    return found


def is_whole(answer: bytes, request: bytes) -> bool:
    """Whether no more is to come, though the connection is not closed; or more than is looked at."""
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head.lower())
    if len(answer) > MOST_ANSWER or (end and (request.startswith(b"HEAD ") or re.match(rb"\S+ (1|204|304)", head))):
        return True
    return bool(end) and (len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n"))


async def send(address: str, request: bytes) -> Answered:
    """Send a request on a connection of its own and look at what comes back."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    answer = b""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request)
                while not is_whole(answer, request) and (piece := await reader.read(1 << 16)):
                    answer += piece
            except ConnectionError:
                pass
            finally:
                writer.close()
    except TimeoutError:
        if not answer:
            return Answered(request, None, False, False)
    head = answer.partition(b"\r\n\r\n")[0].lower()
    words = answer[:16].split()
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    return Answered(request, status, b"\r\nretry-after:" in head, any(secret in answer for secret in OUTSIDE))


async def attack(address: str, count: int, seed: int) -> list[Answered]:
    """Send so many requests, a few at a time."""
    stranger = Stranger(urlsplit(address).netloc, seed)
    waiting = [stranger.request() for _ in range(count)]
    found = list[Answered]()

    async def work() -> None:
        while waiting:
            found.append(await send(address, waiting.pop()))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return found


async def rested(address: str) -> None:
    """Wait until the live run does nothing."""

    def state() -> object:
        with urlopen(f"{address}/healthz") as answer:
            return json.load(answer)["training"]

    async with asyncio.timeout(IDLE_SECONDS):
        while await asyncio.to_thread(state) != "idle":
            await asyncio.sleep(0.2)


def first_iteration(address: str) -> None:
    """The first to ask for this waits until a small GAN is trained, on a busy machine for long: no fault."""
    with urlopen(f"{address}/api/one-iteration") as answer:
        answer.read()


def counted(answers: Sequence[Answered], before: dict[str, bytes], after: dict[str, bytes]) -> Figures:
    """How many of what."""
    kinds = Counter(kind_of(answer) for answer in answers)
    changed = sum(before.get(name) != after.get(name) for name in before.keys() | after.keys())
    return dict(kinds) | {"tells": sum(answer.tells for answer in answers), "changed": changed}


def kind_of(answer: Answered) -> str:
    """A row of the table."""
    if answer.status is None:
        return "unanswered"
    if answer.status == 503 and answer.says_when:
        return "503"
    return "closed" if answer.status == 0 else f"{answer.status // 100}xx"


ROWS = {  # what is counted, in words; the last ones must be none
    "2xx": "answered (2xx)",
    "3xx": "nothing new (3xx)",
    "4xx": "refused (4xx)",
    "closed": "refused without a word",
    "503": "put off (503 with Retry-After)",
    "5xx": "mistakes (5xx)",
    "unanswered": f"not answered within {PATIENCE:.0f} s",
    "tells": "told what lies outside of the runs",
    "changed": "files of runs changed",
}
FAULTS = ("5xx", "unanswered", "tells", "changed")


def measure(count: int, seed: int) -> list[Figures]:
    """Attack a server and print what came of it; ContestError if anything did."""

    async def attacked(address: str, runs: Path) -> tuple[list[Answered], dict[str, bytes]]:
        await rested(address)
        await asyncio.to_thread(first_iteration, address)
        before = content_of(runs)
        found = await attack(address, count, seed)
        await rested(address)
        return found, before

    with tempfile.TemporaryDirectory() as folder:
        runs = bad_neighbours(Path(folder))
        with server(runs) as address:
            answers, before = asyncio.run(attacked(address, runs))
            row = counted(answers, before, content_of(runs))
    table = Table({"of the requests": 36, f"{count:,}": 8})
    for name, words in ROWS.items():
        table.row([words, f"{row.get(name, 0):,}"])
    for answer in answers:
        if answer.tells or kind_of(answer) in FAULTS:
            print(f"{answer.status}: {answer.asked[:300]!r}")
    if faults := [name for name in FAULTS if row.get(name)]:
        raise ContestError(f"expected none, found {', '.join(ROWS[name] for name in faults)}")
    return [{"requests": count, "seed": seed, **row}]


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.hostile", description="What a stranger can do to the server.")
    parser.add_argument("--requests", type=whole(1, 10_000_000), default=10_000, metavar="N", help="(10,000)")
    parser.add_argument("--seed", type=whole(0), default=0, metavar="S", help="another one, other requests (0)")
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.hostile`; returns the exit code, 1 if anything came of it."""
    return run("hostile", build_parser(), argv, lambda asked: measure(asked.requests, asked.seed))


if __name__ == "__main__":
    sys.exit(main())
