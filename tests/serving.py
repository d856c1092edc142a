"""Help for tests of the server: starting the real one, waiting, reading its events and refusals."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
from aiohttp import ClientWebSocketResponse
from aiohttp.test_utils import TestClient
from commands import wait_for
from fake_worker import tiny

from gan.classifier.reading import Reading
from gan.runs.evaluation import Remarks
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.web.routes.runs import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
Client = TestClient[Any, Any]
MakeClient = Callable[..., Awaitable[Client]]
POSTS = ["/api/runs", "/api/mine"] + [
    f"/api/runs/all-digits/{command}" for command in (*COMMANDS, "ask", "name", "delete")
]


def start_server(
    runs: Path,
    port: int = 0,
    arguments: Sequence[str] = (),
    recorded: Path | None = None,
    before: Callable[[], None] | None = None,
    begun: bool = True,
) -> tuple[subprocess.Popen[str], str]:
    """Start the real server, its first run a tiny network, or none unless `begun`.

    Gives the process and its address; port 0 is a free one. Without `recorded` it has no recorded run, whether one
    ships or not. `before` is called in its process first.
    """
    if begun and not (runs / "all-digits").exists():
        create(runs / "all-digits", tiny(None, iterations=None))
    command = [sys.executable, str(ROOT / "server.py"), "--port", str(port), "--runs", str(runs), "--threads", "1"]
    command += ["--recorded", str(recorded or runs / "none"), *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=runs, preexec_fn=before
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if line.startswith("Compiling the writer's kernels"):  # tests that were not started by make
        line = process.stdout.readline()
    assert line.startswith("Open http://"), line + (process.stdout.read() if process.poll() is not None else "")
    return process, line.split()[1].rstrip("/")


@contextmanager
def running(runs: Path, recorded: Path | None = None, begun: bool = True) -> Iterator[str]:
    """The address of a real server that can write, which must end in order and with nothing more to say."""
    process, address = start_server(runs, recorded=recorded, begun=begun)
    try:
        wait_until_it_writes(address)
        yield address
    finally:
        output = end_server(process)
    assert (process.returncode, output) == (0, "")


def wait_until_it_writes(address: str) -> None:
    """Wait for the server's writers, which start beside it: on a busy machine a page would see that it has to wait."""
    while True:
        try:
            with urlopen(f"{address}/api/write?number=1", timeout=120):
                return
        except HTTPError as error:
            with error:
                if error.code != 503:
                    raise
                time.sleep(int(error.headers["Retry-After"]))


def end_server(process: subprocess.Popen[str]) -> str:
    """End a server as a service manager does, and give what it printed after its first line."""
    process.terminate()
    output, _ = process.communicate(timeout=120)
    return output


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something another thread or process is about to do."""
    wait_for(condition, "another thread or process")


REMARKS = Remarks(Reading((*range(10), 3), (*[0.95] * 10, 0.5)))  # eleven drawings, the last of them no clear digit


def make_recorded(folder: Path) -> Run:
    """A recorded run of four pictures, as `gan.pretrained.record` makes it."""
    run = create(folder, tiny(None, iterations=40))
    for iteration in (0, 10, 20, 40):
        run.save_picture(iteration, np.full((11, 28, 28), 3 * iteration, np.uint8), REMARKS)
        losses = {"d_loss": 0.5, "g_loss": 1.5, "told_apart": 0.75, "d_change": 0.0}
        run.append_metrics({"iteration": iteration, **losses})
    return run


async def until(socket: ClientWebSocketResponse, **wanted: Any) -> dict[str, Any]:
    """The next event that has these values; also for a snapshot. AssertionError if it does not come in two minutes."""
    heard = []
    try:
        async with asyncio.timeout(120):  # over all: a socket that is only pinged would be heard for ever
            while True:
                event = await socket.receive_json()
                if all(event.get(key) == value for key, value in wanted.items()):
                    return dict(event)
                heard.append({key: event.get(key) for key in ("type", "run", "state", "iteration")})
    except TimeoutError:
        raise AssertionError(f"{wanted} did not come, only {heard}") from None


async def until_each(socket: ClientWebSocketResponse, *runs: str, **wanted: Any) -> None:
    """Wait until an event with these values has come of each run, whichever comes first."""
    missing = set(runs)
    while missing:
        missing.discard((await until(socket, **wanted))["run"])


async def refusal(response: Any) -> tuple[int, str, str | None]:
    """Status, sentence and field of an error, which must be JSON with nothing else in it."""
    body = await response.json()
    assert body.keys() == {"error", "field"}
    assert body["error"]
    assert "\n" not in body["error"]
    return response.status, body["error"], body["field"]
