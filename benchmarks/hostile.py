"""Send thousands of broken requests to a server: `python -m benchmarks.hostile`.

    python -m benchmarks.hostile                         # 10,000 requests with seed 0
    python -m benchmarks.hostile --requests 500 --seed 7

The requests are based on /api/openapi.json, but their path, parameters, body or headers contain errors. Some are not
HTTP at all (benchmarks/make_hostile_requests.py). Every request that would change a run contains an error, so the
server must refuse it. The runs folder contains broken runs and symlinks to files outside it.

The exit code is 1 if there is a fault: a 5xx response (other than 503 with `Retry-After`), a response with data from
outside the runs folder, a missing response, or a changed file in a run.
"""

import asyncio
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.make_hostile_requests import HostileRequests
from benchmarks.programs import server, wait_until_idle
from benchmarks.report import Table, print_machine, run
from benchmarks.timing import BenchmarkError
from gan.cli.command_line import Parser, whole
from gan.rules.config import preset
from gan.runs.run_writer import create

CONNECTIONS = 8
TIMEOUT = 60.0  # seconds to wait for a response
LARGEST_ANSWER = 1 << 22  # bytes of a response that are read and searched for secrets
CANARY = b"what lies outside of the runs"
SECRETS = (CANARY, b"root:x:0:0")  # no response may contain these


@dataclass(frozen=True)
class Answered:
    """The response to a request.

    Its status is 0 if the connection was closed without a response, and None if no response arrived in time.
    """

    request: bytes
    status: int | None
    retry_after: bool
    leaks: bool  # whether it contains a secret


def make_runs(folder: Path) -> Path:
    """Create a runs folder with a good run, broken runs and symlinks to files outside it; return its path."""
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
    """Return the content of every file in the folder and the target of every symlink, by path."""
    found = dict[str, bytes]()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = str(path.readlink()).encode()
        elif path.is_file() and path.name != ".lock":
            found[str(path)] = path.read_bytes()
    return found


def is_complete(answer: bytes, request: bytes) -> bool:
    """Return whether to stop reading, because the response is complete or longer than LARGEST_ANSWER bytes."""
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head.lower())
    if len(answer) > LARGEST_ANSWER or (end and (request.startswith(b"HEAD ") or re.match(rb"\S+ (1|204|304)", head))):
        return True
    return bool(end) and (len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n"))


async def send(address: str, request: bytes) -> Answered:
    """Send a request on a new connection and read the response."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    answer = b""
    try:
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request)
                while not is_complete(answer, request) and (piece := await reader.read(1 << 16)):
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
    return Answered(request, status, b"\r\nretry-after:" in head, any(secret in answer for secret in SECRETS))


async def attack(address: str, count: int, seed: int) -> list[Answered]:
    """Send random requests from CONNECTIONS concurrent clients and return the responses."""
    requests = HostileRequests(urlsplit(address).netloc, seed)
    queue = [requests.make() for _ in range(count)]
    found = list[Answered]()

    async def client() -> None:
        while queue:
            found.append(await send(address, queue.pop()))

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return found


def kind_of(answer: Answered) -> str:
    """Return the name of the table row that counts this response."""
    if answer.status is None:
        return "unanswered"
    if answer.status == 503 and answer.retry_after:
        return "503"
    return "closed" if answer.status == 0 else f"{answer.status // 100}xx"


def count_kinds(answers: Sequence[Answered], before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, int]:
    """Count the responses of each kind, the leaks, and the changed files."""
    kinds = Counter(kind_of(answer) for answer in answers)
    changed = sum(before.get(name) != after.get(name) for name in before.keys() | after.keys())
    return dict(kinds) | {"leaks": sum(answer.leaks for answer in answers), "changed": changed}


ROWS = {
    "2xx": "answered (2xx)",
    "3xx": "not modified (3xx)",
    "4xx": "refused (4xx)",
    "closed": "connection closed without an answer",
    "503": "server busy (503 with Retry-After)",
    "5xx": "server errors (5xx)",
    "unanswered": f"no answer within {TIMEOUT:.0f} s",
    "leaks": "answers with content from outside the runs",
    "changed": "changed files of runs",
}
FAULTS = ("5xx", "unanswered", "leaks", "changed")


def measure(count: int, seed: int) -> dict[str, int]:
    """Attack a server and print the counts. Raise BenchmarkError if there are faults."""

    async def attacked(address: str, runs: Path) -> tuple[list[Answered], dict[str, bytes]]:
        await asyncio.to_thread(wait_until_idle, address)
        before = content_of(runs)
        found = await attack(address, count, seed)
        await asyncio.to_thread(wait_until_idle, address)
        return found, before

    with tempfile.TemporaryDirectory() as folder:
        runs = make_runs(Path(folder))
        with server(runs) as at:
            answers, before = asyncio.run(attacked(at.address, runs))
            counts = count_kinds(answers, before, content_of(runs))
    table = Table({"requests": 44, f"{count:,}": 8})
    for name, words in ROWS.items():
        table.row([words, f"{counts.get(name, 0):,}"])
    for answer in answers:
        if answer.leaks or kind_of(answer) in FAULTS:
            print(f"{answer.status}: {answer.request[:300]!r}")
    if faults := [name for name in FAULTS if counts.get(name)]:
        raise BenchmarkError(f"expected no faults, found {', '.join(ROWS[name] for name in faults)}")
    return counts


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.hostile` and return the exit code, 1 if there are faults."""
    parser = Parser("python -m benchmarks.hostile", description="Send thousands of broken requests to a server.")
    parser.add_argument("--requests", type=whole(1, 10_000_000), default=10_000, metavar="N", help="(default 10,000)")
    parser.add_argument("--seed", type=whole(0), default=0, metavar="S", help="of the requests (default 0)")

    def task() -> None:
        asked = parser.parse_args(argv)
        print_machine()
        measure(asked.requests, asked.seed)

    return run("hostile", task)


if __name__ == "__main__":
    sys.exit(main())
