"""What a sheet that wanders costs: `python -m benchmarks.wander`.

    python -m benchmarks.wander                          # a minute at rest, a minute of wandering, of a core each
    python -m benchmarks.wander --speed fast --seconds 120
    python -m benchmarks.wander --json                   # one line of JSON in place of the table

A server and a headless Chromium that shows the training page with the recorded run: so the network of all digits that
ships draws, the largest there is. The page begins to wander, is held, then goes on. Counted is the time on a core, as
the system does (Linux: /proc), of the server with its processes, and of the browser with its own. The browser has no
graphics card here and draws by itself, which is the dearest way; the server draws every strip that comes.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.contest.programs import run_program, server
from benchmarks.contest.race import ContestError
from benchmarks.contest.report import Figures, Table, add_save, guarded, keep
from benchmarks.first_sheet import opened
from gan.command import Parser, whole

SPEEDS = ("slow", "usual", "fast")  # of static/js/logic/latents.js
SETTLE_SECONDS = 3.0  # after a change; the network is loaded and the first strips are there before it is first held
WHO = ("server", "browser")


class Process(NamedTuple):
    """A process: its parent, its command line, and the seconds that it has had a core."""

    parent: int
    command: str
    seconds: float


def parsed(stat: str, command: str, ticks: int) -> Process:
    """A process from its /proc/PID/stat; its name there stands in brackets and may hold anything."""
    fields = stat.rpartition(")")[2].split()
    return Process(int(fields[1]), command, (int(fields[11]) + int(fields[12])) / ticks)


def processes() -> dict[int, Process]:
    """All that run now, by their number; ContestError where the system does not tell."""
    ticks, found = os.sysconf("SC_CLK_TCK"), dict[int, Process]()
    folder = Path("/proc")
    if not (folder / "self" / "stat").is_file():
        raise ContestError("expected Linux, which tells in /proc what processes take, found another system")
    for path in folder.glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            found[int(path.name)] = parsed((path / "stat").read_text(errors="replace"), command, ticks)
        except OSError:  # it has ended meanwhile
            continue
    return found


def family(root: int, all_of_them: Mapping[int, Process]) -> set[int]:
    """A process and all that came from it."""
    found, new = set[int](), {root}
    while new:
        found |= new
        new = {number for number, one in all_of_them.items() if one.parent in new} - found
    return found


def seconds_of(root: int, all_of_them: Mapping[int, Process]) -> Figures:
    """Of what this benchmark has started: the seconds on a core of the server, and of all else, the browser."""
    children = family(root, all_of_them) - {root}
    servers = [number for number in children if "server.py" in all_of_them[number].command]
    of_server = set[int]().union(*(family(number, all_of_them) for number in servers))
    groups = (of_server, children - of_server)
    return {who: sum(all_of_them[number].seconds for number in group) for who, group in zip(WHO, groups, strict=True)}


def shares(seconds: float) -> Figures:
    """Which part of a core each takes over so many seconds."""
    before, begin = seconds_of(os.getpid(), processes()), time.monotonic()
    time.sleep(seconds)
    after, took = seconds_of(os.getpid(), processes()), time.monotonic() - begin
    return {who: (after[who] - before[who]) / took for who in WHO}


def measure(speed: str, seconds: float) -> list[Figures]:
    """A row: the parts of a core at rest, on the way, and what wandering adds."""
    for module in ("nnet.fast.warm", "gan.write.warm"):
        run_program("-m", module)
    with tempfile.TemporaryDirectory() as runs, server(Path(runs)) as address, opened(address, script="") as page:
        control = page.locator('[data-do="wander"]')
        control.wait_for()  # the recorded run has played to its end, rested, and begun to wander
        control.click()
        page.locator('[data-do="wander-speed"]').evaluate("(select, speed) => { select.value = speed; }", speed)
        time.sleep(SETTLE_SECONDS)
        rest = shares(seconds)
        control.click()
        page.locator(".walk").wait_for()
        time.sleep(SETTLE_SECONDS)
        on_the_way = shares(seconds)
    added = {who: on_the_way[who] - rest[who] for who in WHO}
    return [{"speed": speed, "seconds": seconds, "rest": rest, "wandering": on_the_way, "added": added}]


def show(rows: Sequence[Figures]) -> None:
    """Print the table."""
    table = Table({"% of a core": 12, "at rest": 10, "wandering": 10, "added": 10})
    for row in rows:
        for who in WHO:
            table.row([who, *(f"{100 * row[when][who]:.2f}" for when in ("rest", "wandering", "added"))])


def answer(arguments: Any) -> None:
    """Do what the command line asks."""

    def measured_and_shown(asked: Any) -> list[Figures]:
        rows = measure(asked.speed, float(asked.seconds))
        show(rows)
        return rows

    if arguments.json:
        print(json.dumps(measure(arguments.speed, float(arguments.seconds))[0]))
    else:
        keep("wander", arguments, measured_and_shown)


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.wander", description="What a sheet that wanders costs.")
    add = parser.add_argument
    add("--speed", choices=SPEEDS, default="usual")
    add("--seconds", type=whole(1, 3600), default=60, help="at rest, and of wandering (60)")
    add("--json", action="store_true", help="one line of JSON in place of the table")
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.wander`; returns the exit code, 1 if it cannot go on."""
    return guarded("wander", lambda: answer(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
